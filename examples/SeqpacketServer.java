// SPDX-License-Identifier: Apache-2.0
//
// Greets each client of an abstract Unix name. Records keep their boundaries, as datagrams do, and
// there is a connection, as with a stream.
//
//     ./sockeye run examples/SeqpacketServer.java [NAME]
//
// test: SeqpacketServer example-$PID -> serving on @example-

import module sockeye.server;

import module java.base;

void main(String... args) throws Exception {
    var name = UnixEndpoint.ofAbstract(args.length > 0 ? args[0] : "sockeye-greeter");
    var server =
            Server.seqpacket(
                    name,
                    client -> {
                        var greeting = client.receive(ByteBuffer.allocate(1_024));
                        client.send("hello, " + StandardCharsets.UTF_8.decode(greeting.payload()));
                    });
    IO.println("serving on " + server.local());
    server.join();
}
