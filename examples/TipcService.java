// SPDX-License-Identifier: Apache-2.0
//
// Offers a service of TIPC by its number: no address, no port, no registry. Run it on as many nodes
// of a cluster as you like; together they are one service.
//
//     ./sockeye run examples/TipcService.java [TYPE/INSTANCE]
//
// needs: AF_TIPC
// test: TipcService 18888/17 -> serving 18888/17 at \d+@

import module sockeye.server;

import module java.base;

void main(String... args) throws Exception {
    var service = TipcEndpoint.parse(args.length > 0 ? args[0] : "18888/17");
    var server =
            Server.seqpacket(
                    service,
                    client -> {
                        var buffer = ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
                        while (client.receive(buffer.clear()) instanceof Message greeting) {
                            var who = StandardCharsets.UTF_8.decode(greeting.payload());
                            client.send("hello, " + who);
                        }
                    });
    IO.println("serving " + service + " at " + server.local());
    server.join();
}
