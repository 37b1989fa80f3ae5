// SPDX-License-Identifier: Apache-2.0
//
// Who may bind a port gives the listener to one who may not: the open socket goes through a Unix
// socket, in order with the bytes. Both are protocols here; they could as well be two processes.
//
//     ./sockeye run examples/PassListener.java
//
// test: PassListener -> ^client heard: served by the one that was given it$

import module sockeye.reactor;

import module java.base;

void main() throws Exception {
    try (var reactor = Reactor.open();
            var pair = StreamSocket.pair()) {
        reactor.adopt(pair.left(), new Giving());
        reactor.adopt(pair.right(), new Taking());
        reactor.run();
    }
}

class Giving implements Protocol {
    @Override
    public void opened(Transport other) throws IOException {
        var passing = other.unwrap(DescriptorPassing.class).orElseThrow();
        try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
            passing.write(ByteBuffer.wrap("yours".getBytes()), listener);
        } // ours is closed; the one that travels is not
        other.close();
    }

    @Override
    public void received(Transport other, ByteBuffer bytes) {}
}

class Taking implements Protocol {
    @Override
    public void opened(Transport other) {
        var passing = other.unwrap(DescriptorPassing.class).orElseThrow();
        passing.receive(1, (from, descriptors) -> serve(from.reactor(), descriptors.getFirst()));
    }

    @Override
    public void received(Transport other, ByteBuffer bytes) {
        bytes.position(bytes.limit());
    }

    @SuppressWarnings("unchecked") // what was sent is a listener of streams
    void serve(Reactor reactor, PassedDescriptor passed) throws IOException {
        var listening =
                reactor.listen((Listener<StreamSocket>) passed.asRole(), () -> new Greeting());
        reactor.reported(reactor.connect(listening.local(), new Client()));
    }
}

class Greeting implements Protocol {
    @Override
    public void opened(Transport client) {
        client.write("served by the one that was given it\n");
        client.close();
    }

    @Override
    public void received(Transport client, ByteBuffer bytes) {}
}

class Client implements Protocol {
    @Override
    public void received(Transport server, ByteBuffer bytes) {
        IO.print("client heard: " + StandardCharsets.UTF_8.decode(bytes));
    }

    @Override
    public void closed(Transport server, Throwable why) {
        server.reactor().stop();
    }
}
