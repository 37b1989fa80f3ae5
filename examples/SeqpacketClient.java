// SPDX-License-Identifier: Apache-2.0
//
// Sends one record and receives one: no framing, and no buffer that has to be the right size.
//
//     ./sockeye run examples/SeqpacketClient.java WHO [NAME]
//
// test: SeqpacketServer example-$PID & -> serving on
// test: SeqpacketClient world example-$PID -> ^hello, world

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    var name = UnixEndpoint.ofAbstract(args.length > 1 ? args[1] : "sockeye-greeter");
    try (var server = MessageSocket.connectSeqpacket(name)) {
        server.send(args[0]);
        var answer = server.receive(ByteBuffer.allocate(1_024));
        IO.println(StandardCharsets.UTF_8.decode(answer.payload()));
    }
}
