// SPDX-License-Identifier: Apache-2.0
//
// A TCP service that sends each line back with the time in front, to as many clients as come.
//
//     ./sockeye run examples/TimestampServer.java [PORT]
//
// test: TimestampServer 0 -> serving on \[::]:\d+

import module sockeye.server;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 21567;
    var server =
            Server.stream(
                    InetEndpoint.any(port),
                    client -> {
                        var lines = client.reader();
                        for (String line; (line = lines.readLine()) != null; )
                            client.write("[%s] %s%n".formatted(Instant.now(), line));
                    });
    IO.println("serving on " + server.local());
    server.join();
}
