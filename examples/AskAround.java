// SPDX-License-Identifier: Apache-2.0
//
// Asks servers of datagrams one after the other, from one socket, until one answers: a server that
// refuses, or is silent for a second, is left for the next.
//
//     ./sockeye run examples/AskAround.java QUESTION SERVER...
//
// test: ReactorEcho 0 & -> datagrams on .*:(\d+)
// test: AskAround hello udp:127.0.0.1:9 udp:127.0.0.1:$1 -> ^127.0.0.1:\d+ answers: hello

import module sockeye.reactor;

class Asking implements MessageProtocol {
    final String question;
    final Queue<Endpoint> others;
    DelayedCall patience;

    Asking(String question, Queue<Endpoint> others) {
        this.question = question;
        this.others = others;
    }

    public void opened(MessageTransport socket) {
        socket.send(question);
        patience = socket.reactor().after(Duration.ofSeconds(1), () -> askNext(socket));
    }

    void askNext(MessageTransport socket) {
        patience.cancel();
        if (others.isEmpty()) {
            IO.println("nobody answers");
            socket.reactor().stop();
            return;
        }
        socket.connect(others.remove());
        opened(socket);
    }

    public void failed(MessageTransport socket, IOException why) {
        askNext(socket);
    }

    public void received(MessageTransport socket, ByteBuffer answer) {
        IO.println(socket.peer() + " answers: " + StandardCharsets.UTF_8.decode(answer));
        socket.reactor().stop();
    }
}

void main(String... args) throws Exception {
    var servers = new ArrayDeque<Endpoint>();
    for (var each : List.of(args).subList(1, args.length)) {
        servers.add(EndpointSpec.parse(each).toEndpoint());
    }
    try (var reactor = Reactor.open()) {
        reactor.connectDatagrams(servers.remove(), new Asking(args[0], servers));
        reactor.run();
    }
}
