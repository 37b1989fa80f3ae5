// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Receives datagrams, has each handled, and sends the answers. */
final class DatagramLoop implements Intake {
    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** How many that were queued when the server stopped are still handled. */
    private static final int LAST = 1024;

    private final Server server;
    private final MessageSocket socket;
    private final DatagramHandler handler;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong undelivered = new AtomicLong();
    private final AtomicLong truncated = new AtomicLong();
    private boolean troubled;

    DatagramLoop(Server server, MessageSocket socket, DatagramHandler handler) {
        this.server = server;
        this.socket = socket;
        this.handler = handler;
    }

    long received() {
        return received.get();
    }

    long undelivered() {
        return undelivered.get();
    }

    long truncated() {
        return truncated.get();
    }

    @Override
    public void end() {
        socket.readDeadline(PASSED);
    }

    void cutOff() {
        try {
            socket.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }

    @Override
    public void run() {
        ByteBuffer buffer = ByteBuffer.allocate(server.settings().maxDatagram());
        int last = LAST;
        try {
            while (socket.isOpen() && (!server.stopping() || last-- > 0)) {
                try {
                    receive(buffer.clear());
                } catch (SocketTimeoutException cut) {
                    if (server.stopping()) {
                        return;
                    }
                    socket.readDeadline(Deadline.NONE);
                } catch (IOException failed) {
                    if (!socket.isOpen()) {
                        return;
                    }
                    if (!troubled) {
                        troubled = true;
                        server.observe(observer -> observer.troubled(server.local(), failed));
                    }
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException stopped) {
            // By the server, which is stopping.
        } finally {
            cutOff();
        }
    }

    private void receive(ByteBuffer buffer) throws IOException {
        Message message = socket.receive(buffer);
        if (troubled) {
            troubled = false;
            server.observe(observer -> observer.recovered(server.local(), 0));
        }
        if (message == null) {
            return;
        }
        received.incrementAndGet();
        if (message.truncated()) {
            truncated.incrementAndGet();
            return;
        }
        handle(new Received(message.payload(), message.peer()));
    }

    private void handle(Received request) {
        try {
            handler.handle(request);
        } catch (Throwable thrown) {
            server.observe(observer -> observer.requestFailed(request.peer(), thrown));
        }
    }

    private void send(ByteBuffer answer, @Nullable Endpoint peer) throws IOException {
        if (peer == null) {
            undelivered.incrementAndGet();
            return;
        }
        try {
            socket.socket().sendTo(answer, peer, MessageFlag.MSG_DONTWAIT);
        } catch (IOException failed) {
            if (!(failed instanceof ErrnoFailure)) {
                throw failed;
            }
            answer.position(answer.limit());
            undelivered.incrementAndGet();
        }
    }

    /** A request in the loop's own buffer. */
    final class Received implements Request {
        private final ByteBuffer payload;
        private final @Nullable Endpoint peer;

        Received(ByteBuffer payload, @Nullable Endpoint peer) {
            this.payload = payload;
            this.peer = peer;
        }

        @Override
        public ByteBuffer payload() {
            return payload;
        }

        @Override
        public @Nullable Endpoint peer() {
            return peer;
        }

        @Override
        public void reply(ByteBuffer answer) throws IOException {
            send(answer, peer);
        }

        @Override
        public Request copy() {
            ByteBuffer own = ByteBuffer.allocate(payload.remaining());
            return new Kept(own.put(payload.duplicate()).flip(), peer);
        }
    }

    /** A request that outlives its handler's call. */
    final class Kept implements Request {
        private final ByteBuffer payload;
        private final @Nullable Endpoint peer;

        Kept(ByteBuffer payload, @Nullable Endpoint peer) {
            this.payload = payload;
            this.peer = peer;
        }

        @Override
        public ByteBuffer payload() {
            return payload;
        }

        @Override
        public @Nullable Endpoint peer() {
            return peer;
        }

        @Override
        public void reply(ByteBuffer answer) throws IOException {
            send(answer, peer);
        }

        @Override
        public Request copy() {
            ByteBuffer own = ByteBuffer.allocate(payload.remaining());
            return new Kept(own.put(payload.duplicate()).flip(), peer);
        }
    }
}
