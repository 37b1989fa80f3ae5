// SPDX-License-Identifier: Apache-2.0
//
// Sends each line that is typed to a server and prints the answer. It waits five seconds for each.
//
//     ./sockeye run examples/TimestampClient.java [tcp:HOST:PORT | unix:PATH]
//
// test: TimestampServer 0 & -> serving on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^\[.*Z] hello

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var where = EndpointSpec.parse(args.length > 0 ? args[0] : "tcp:localhost:21567");
    var patience = Duration.ofSeconds(5);
    try (var server = StreamSocket.connect(where, Deadline.after(patience))) {
        for (String line; (line = IO.readln()) != null && !line.isEmpty(); ) {
            server.write(line + "\n");
            server.readDeadline(Deadline.after(patience));
            IO.println(server.reader().readLine());
        }
    }
}
