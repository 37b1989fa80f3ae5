// SPDX-License-Identifier: Apache-2.0
//
// Waits until somebody in the cluster offers a service, connects to it by its number, and asks.
//
//     ./sockeye run examples/TipcClient.java WHO [TYPE INSTANCE]
//
// needs: AF_TIPC
// test: TipcService 18888/18 & -> serving
// test: TipcClient world 18888 18 -> ^hello, world

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    long type = args.length > 1 ? Long.parseLong(args[1]) : 18888;
    long instance = args.length > 2 ? Long.parseLong(args[2]) : 17;
    var found = TipcTopology.waitForService(type, instance, Duration.ofSeconds(30));
    IO.println(found.map(who -> "offered by " + who).orElse("nobody offers it"));
    try (var service = MessageSocket.connectSeqpacket(TipcEndpoint.service(type, instance))) {
        service.send(args[0]);
        var answer = service.receive(ByteBuffer.allocate(1_024));
        IO.println(StandardCharsets.UTF_8.decode(answer.payload()));
    }
}
