// SPDX-License-Identifier: Apache-2.0
//
// The time-stamp server as a protocol that is called: for each line that has come, the line with
// the time in front.
//
//     ./sockeye run examples/TimestampReactor.java [PORT]
//
// test: TimestampReactor 0 & -> serving on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^\[.*Z] hello

import module sockeye.reactor;

import module java.base;

void main(String... args) throws Exception {
    int port = args.length > 0 ? Integer.parseInt(args[0]) : 21567;
    try (var reactor = Reactor.open()) {
        var listening =
                reactor.listen(
                        InetEndpoint.any(port),
                        Lines.to((line, client) ->
                                client.write("[%s] %s\n".formatted(Instant.now(), line))));
        IO.println("serving on " + listening.local());
        reactor.run();
    }
}
