// SPDX-License-Identifier: Apache-2.0
//
// Asks over UDP, where a question or its answer may get lost: asks again after a while, three
// times.
//
//     ./sockeye run examples/UdpClient.java TEXT [PORT]
//
// test: UdpEcho 0 & -> serving on .*:(\d+)
// test: UdpClient ping $1 -> ^127.0.0.1:\d+ answers: ping

import module sockeye;

import module java.base;

void main(String... args) throws Exception {
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 7007;
    try (var socket = MessageSocket.connect(InetEndpoint.loopback(port))) {
        for (int attempt = 1; attempt <= 3; attempt++) {
            socket.send(args[0]);
            socket.readDeadline(Deadline.after(Duration.ofSeconds(attempt)));
            try {
                var answer = socket.receive(ByteBuffer.allocate(2_048));
                var text = StandardCharsets.UTF_8.decode(answer.payload());
                IO.println("%s answers: %s".formatted(answer.peer(), text));
                return;
            } catch (SocketTimeoutException lost) {
                IO.println("no answer, asking again");
            }
        }
    }
}
