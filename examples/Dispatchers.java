// SPDX-License-Identifier: Apache-2.0
//
// Python's asyncore in its own size: a dispatcher is a socket and what to do when something happens
// to it; the loop asks each what it waits for. Below it an echo server made of two dispatchers, as
// in asyncore's own documentation.
//
//     ./sockeye run examples/Dispatchers.java [PORT]
//
// test: Dispatchers 0 & -> echo on port (\d+)
// test: TimestampClient tcp:localhost:$1 < hello -> ^hello

import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLOUT;

import module sockeye;

import module java.base;

abstract static class Dispatcher {
    final LinuxSocket socket;
    private final ReadinessKey<Dispatcher> key;
    private byte[] unsent = {};

    Dispatcher(ReadinessSelector<Dispatcher> loop, LinuxSocket socket) throws IOException {
        this.socket = socket;
        socket.setBlocking(false);
        key = loop.register(socket, EPOLLIN, this);
    }

    void handleAccepted(StreamSocket peer) throws IOException {}

    void handleRead(byte[] bytes) throws IOException {}

    void handleClose() throws IOException {
        socket.close();
    }

    void handleError(IOException failed) throws IOException {
        handleClose();
    }

    boolean readable() {
        return unsent.length == 0; // who does not take answers is asked nothing
    }

    void send(byte[] bytes) throws IOException {
        int end = unsent.length;
        unsent = Arrays.copyOf(unsent, end + bytes.length);
        System.arraycopy(bytes, 0, unsent, end, bytes.length);
        int sent = Math.max(0, socket.sendNow(unsent, 0, unsent.length));
        unsent = Arrays.copyOfRange(unsent, sent, unsent.length);
        key.interest((readable() ? EPOLLIN : 0) | (unsent.length > 0 ? EPOLLOUT : 0));
    }

    void happened() throws IOException {
        try {
            if (key.isWritable()) send(new byte[0]);
            if (key.isReadable() || key.isHangUp() || key.isError()) receive();
        } catch (IOException failed) {
            handleError(failed);
        }
    }

    void receive() throws IOException {
        var room = new byte[8_192];
        int count = socket.recvNow(room, 0, room.length);
        if (count == 0) handleClose();
        if (count > 0) handleRead(Arrays.copyOf(room, count));
    }

    static void loop(ReadinessSelector<Dispatcher> loop) throws IOException {
        while (loop.size() > 0) {
            for (var key : loop.select()) key.attachment().happened();
        }
    }
}

static class Echo extends Dispatcher {
    Echo(ReadinessSelector<Dispatcher> loop, LinuxSocket socket) throws IOException {
        super(loop, socket);
    }

    @Override
    void handleRead(byte[] bytes) throws IOException {
        send(bytes);
    }
}

static class EchoServer extends Dispatcher {
    private final ReadinessSelector<Dispatcher> loop;
    private final Listener<StreamSocket> listener;

    EchoServer(ReadinessSelector<Dispatcher> loop, int port) throws IOException {
        var listener = Listener.stream(InetEndpoint.any(port));
        super(loop, listener.socket());
        this.loop = loop;
        this.listener = listener;
        IO.println("echo on port " + ((InetEndpoint) listener.local()).port());
    }

    @Override
    void receive() throws IOException {
        handleAccepted(listener.accept());
    }

    @Override
    void handleAccepted(StreamSocket peer) throws IOException {
        new Echo(loop, peer.socket());
    }

    @Override
    void handleError(IOException failed) {
        IO.println(failed.getMessage()); // a connection that is gone already
    }
}

void main(String... args) throws Exception {
    try (var loop = ReadinessSelector.<Dispatcher>open()) {
        new EchoServer(loop, args.length > 0 ? Integer.parseInt(args[0]) : 7007);
        Dispatcher.loop(loop);
    }
}
