// SPDX-License-Identifier: Apache-2.0
//
// Python's asynchat in its own size: input is collected up to a terminator, which is some bytes or
// a
// number of bytes, and output comes from producers, one after the other, as the peer takes it.
// Below
// it a service that takes "LENGTH\n" and that many bytes, and counts them down.
//
//     ./sockeye run examples/ChatSession.java
//
// test: ChatSession -> ^5 4 3 2 1 hello$

import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLOUT;

import module sockeye;

import module java.base;

sealed interface Terminator {
    record Text(byte[] bytes) implements Terminator {}

    record Length(int bytes) implements Terminator {}
}

/** Gives the next bytes to send; null at its end. */
interface Producer {
    byte[] more();
}

abstract static class Chat {
    static final int MOST = 65_536;

    private final LinuxSocket socket;
    private final ReadinessKey<Chat> key;
    private final Deque<Producer> producers = new ArrayDeque<>();
    private ByteBuffer sending = ByteBuffer.allocate(0);
    private byte[] collected = {};
    Terminator terminator = new Terminator.Text("\n".getBytes());

    Chat(ReadinessSelector<Chat> loop, LinuxSocket socket) throws IOException {
        this.socket = socket;
        key = loop.register(socket, EPOLLIN, this);
    }

    /** The input up to the terminator, without it if it is bytes. */
    abstract void foundTerminator(byte[] input) throws IOException;

    void push(Producer producer) {
        producers.add(producer);
    }

    void closeWhenDone() {
        producers.add(() -> {
            throw new UncheckedIOException(new EOFException("done"));
        });
    }

    void happened() throws IOException {
        try {
            if (key.isReadable()) receive();
            send();
        } catch (IOException | UncheckedIOException gone) {
            socket.close();
        }
    }

    private void receive() throws IOException {
        var room = new byte[4_096];
        int count = socket.recvNow(room, 0, room.length);
        if (count == 0 || collected.length > MOST) throw new EOFException();
        int end = collected.length;
        collected = Arrays.copyOf(collected, end + Math.max(count, 0));
        System.arraycopy(room, 0, collected, end, collected.length - end);
        for (int at; (at = find()) >= 0; ) {
            var input = Arrays.copyOf(collected, at);
            int skip = terminator instanceof Terminator.Text(byte[] text) ? text.length : 0;
            collected = Arrays.copyOfRange(collected, at + skip, collected.length);
            foundTerminator(input);
        }
    }

    private int find() {
        return switch (terminator) {
            case Terminator.Length(int length) -> collected.length >= length ? length : -1;
            case Terminator.Text(byte[] text) -> {
                int at = 0;
                while (at + text.length <= collected.length
                        && !Arrays.equals(collected, at, at + text.length, text, 0, text.length)) {
                    at++;
                }
                yield at + text.length <= collected.length ? at : -1;
            }
        };
    }

    private void send() throws IOException {
        while (sending.hasRemaining() || !producers.isEmpty()) {
            if (!sending.hasRemaining()) {
                byte[] next = producers.getFirst().more();
                if (next == null) producers.removeFirst();
                else sending = ByteBuffer.wrap(next);
                continue;
            }
            int sent = socket.sendNow(sending.array(), sending.position(), sending.remaining());
            if (sent < 0) break;
            sending.position(sending.position() + sent);
        }
        key.interest(EPOLLIN | (sending.hasRemaining() ? EPOLLOUT : 0));
    }
}

static class Countdown extends Chat {
    private boolean inBody;

    Countdown(ReadinessSelector<Chat> loop, LinuxSocket socket) throws IOException {
        super(loop, socket);
    }

    @Override
    void foundTerminator(byte[] input) {
        if (!inBody) {
            int length = Math.clamp(Long.parseLong(new String(input)), 0, MOST);
            terminator = new Terminator.Length(length);
            inBody = true;
            return;
        }
        var left = new AtomicInteger(input.length);
        push(() -> left.get() == 0 ? null : (left.getAndDecrement() + " ").getBytes());
        var body = new ArrayDeque<byte[]>(List.of(input, "\n".getBytes()));
        push(body::poll);
        closeWhenDone();
        terminator = new Terminator.Text("\n".getBytes());
    }
}

void main() throws Exception {
    try (var loop = ReadinessSelector.<Chat>open();
            var pair = LinuxSocket.socketPair();
            var client = StreamSocket.of(pair.left())) {
        new Countdown(loop, pair.right());
        client.write("5\nhello");
        while (loop.size() > 0) {
            for (var key : loop.select()) key.attachment().happened();
        }
        IO.println(client.reader().readLine());
    }
}
