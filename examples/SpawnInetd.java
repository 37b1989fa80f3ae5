// SPDX-License-Identifier: Apache-2.0
//
// What inetd does: a program for each connection, which is its standard input and output. Nothing
// of the bytes passes through this JVM.
//
//     ./sockeye run examples/SpawnInetd.java PORT PROGRAM [ARGUMENT...]
//
// test: SpawnInetd 0 sed -u s/^/sed:/ & -> serving on .*:(\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^sed:hello$

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var command = ChildCommand.of(args[1], Arrays.copyOfRange(args, 2, args.length));
    try (var listener = Listener.stream(InetEndpoint.any(Integer.parseInt(args[0])))) {
        IO.println("serving on " + listener.local());
        while (true) {
            var client = listener.accept();
            Thread.ofVirtual().start(() -> serve(command, client));
        }
    }
}

void serve(ChildCommand command, StreamSocket client) {
    var peer = client.peer();
    var connection = ChildStream.of(client);
    try (var child = command.with(0, connection).with(1, connection).start()) {
        client.close(); // the child has its own
        IO.println(peer + " ended with " + child.await());
    } catch (IOException failed) {
        IO.println(peer + ": " + failed.getMessage());
    } finally {
        try {
            client.close();
        } catch (IOException late) {
            IO.println(late.getMessage());
        }
    }
}
