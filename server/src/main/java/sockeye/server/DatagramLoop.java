// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.MessageBatch;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.SocketTraffic;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Receives datagrams, has each handled, and sends the answers: as many as are there with one
 * recvmmsg(2), and their answers with one sendmmsg(2). Nothing is allocated per datagram unless its
 * handler asks who sent it.
 */
final class DatagramLoop implements Intake {
    /** Received or sent by one call. */
    private static final int BATCH = 32;

    private static final Duration PAUSE = Duration.ofMillis(5);
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** How many that were queued when the server stopped are still handled. */
    private static final int LAST = 1024;

    /** How many beyond those are counted before the socket is closed. */
    private static final int MOST_DROPPED = 65_536;

    private final Server server;
    private final MessageSocket role;
    private final LinuxSocket socket;
    private final DatagramHandler handler;
    private final MessageBatch batch;
    private final MessageBatch answers;
    private final Received[] requests = new Received[BATCH];
    private final Patience patience = new Patience();
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong undelivered = new AtomicLong();
    private final AtomicLong truncated = new AtomicLong();
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile long lastHandled;
    private volatile long lastDropped;
    private final ConcurrentDatagrams.@Nullable Turns turns;
    private boolean troubled;

    DatagramLoop(Server server, MessageSocket role, DatagramHandler handler) {
        this(server, role, handler, BATCH);
    }

    /**
     * @param most received by one call
     */
    DatagramLoop(Server server, MessageSocket role, DatagramHandler handler, int most) {
        this.server = server;
        this.role = role;
        this.socket = role.socket();
        this.handler = handler;
        this.turns =
                handler instanceof ConcurrentDatagrams concurrent
                        ? new ConcurrentDatagrams.Turns(concurrent)
                        : null;
        this.batch = new MessageBatch(most, longest(server));
        this.answers = new MessageBatch(BATCH, ServerSettings.LONGEST_DATAGRAM);
        for (int i = 0; i < BATCH; i++) {
            requests[i] = new Received(i);
        }
    }

    private static int longest(Server server) {
        int most = server.settings().limits().maxMessage();
        return Math.min(most, ServerSettings.LONGEST_DATAGRAM);
    }

    SocketTraffic traffic() {
        return SocketTraffic.of(socket);
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
    public Role source() {
        return role;
    }

    @Override
    public long taken() {
        return received.get();
    }

    @Override
    public boolean holdsBack() {
        return false;
    }

    @Override
    public void end() {
        socket.readDeadline(PASSED);
    }

    @Override
    public boolean drains() {
        return true;
    }

    @Override
    public void cutOff() {
        if (turns != null) {
            turns.cutOff();
        }
        if (!server.retiring() && closing.compareAndSet(false, true)) {
            dropWhatIsQueued();
        }
        try {
            role.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }

    @Override
    public void run() {
        try {
            while (socket.isOpen() && !server.leaving()) {
                try {
                    serve(socket.recvBatch(batch, 0));
                } catch (SocketTimeoutException cut) {
                    // Undone even if the server stops: that is looked for next.
                    socket.readDeadline(Deadline.NONE);
                } catch (IOException failed) {
                    fail(failed);
                }
            }
            if (!server.retiring()) {
                serveWhatIsQueued();
            }
            if (turns != null && socket.isOpen()) {
                turns.awaitAll();
            }
        } catch (InterruptedException stopped) {
            // By the server, which is stopping.
        } finally {
            cutOff();
        }
    }

    /**
     * Serves one datagram on the calling thread, and leaves the socket open.
     *
     * @return whether one came in time
     */
    boolean serveOne(Deadline by) throws IOException {
        socket.readDeadline(by);
        try {
            while (true) {
                try {
                    serve(socket.recvBatch(batch, 0));
                    return true;
                } catch (SocketTimeoutException nobody) {
                    return false;
                } catch (IOException failed) {
                    if (!is(failed, Errno.ECONNREFUSED)) {
                        throw failed;
                    }
                }
            }
        } finally {
            socket.readDeadline(Deadline.NONE);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the loop's own thread alone
    private void serveWhatIsQueued() {
        try {
            for (int last = LAST; last > 0; ) {
                int count = socket.recvBatch(batch, MessageFlag.MSG_DONTWAIT);
                serve(count);
                last -= count;
                lastHandled += count;
            }
        } catch (IOException nothing) {
            // That was all.
        }
    }

    /** What nobody will answer is counted, within bounds: senders may be faster than that. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the one thread that closes
    private void dropWhatIsQueued() {
        var thrownAway = new MessageBatch(BATCH, 1);
        try {
            while (lastDropped < MOST_DROPPED) {
                lastDropped += socket.recvBatch(thrownAway, MessageFlag.MSG_DONTWAIT);
            }
        } catch (IOException nothing) {
            // That was all.
        }
    }

    /** What became of what was queued when the server stopped. */
    StopReport.Datagrams last() {
        return new StopReport.Datagrams(lastHandled, lastDropped);
    }

    private void fail(IOException failed) throws InterruptedException {
        if (is(failed, Errno.ECONNREFUSED) || !socket.isOpen()) {
            // An answer came to a port where nobody listens any more; or this is the end.
            return;
        }
        if (!troubled) {
            troubled = true;
            server.observe(observer -> observer.troubled(server.local(), failed));
        }
        Thread.sleep(PAUSE);
    }

    private void serve(int count) throws IOException {
        if (troubled) {
            troubled = false;
            server.observe(observer -> observer.recovered(server.local(), 0));
        }
        received.addAndGet(count);
        answers.clear();
        for (int i = 0; i < count; i++) {
            if (batch.truncated(i)) {
                truncated.incrementAndGet();
            } else {
                handle(requests[i]);
            }
        }
        flush();
    }

    private void handle(Received request) {
        request.valid = true;
        try {
            if (turns != null) {
                turns.start(request);
            } else {
                handler.handle(request);
            }
        } catch (Throwable thrown) {
            Endpoint peer = request.peer();
            server.observe(observer -> observer.requestFailed(peer, thrown));
        } finally {
            request.valid = false;
        }
    }

    /** Sends what was answered. No one peer can hold that up for long. */
    private void flush() throws IOException {
        int from = 0;
        while (from < answers.count()) {
            try {
                from += socket.sendBatch(answers, from, MessageFlag.MSG_DONTWAIT);
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure)) {
                    throw failed;
                }
                if (!is(failed, Errno.EAGAIN) || !patience.pause()) {
                    undelivered.incrementAndGet();
                    from++;
                }
            }
        }
        answers.clear();
    }

    private static boolean is(IOException failed, Errno errno) {
        return failed instanceof ErrnoFailure failure && failure.errno().equals(errno);
    }

    /** A request in the loop's own batch. */
    final class Received implements Request {
        private final int index;
        private boolean valid;

        private Received(int index) {
            this.index = index;
        }

        private void check() {
            if (!valid) {
                throw new IllegalStateException("the handler has returned; copy() keeps a request");
            }
        }

        @Override
        public ByteBuffer payload() {
            check();
            return batch.payload(index);
        }

        @Override
        public @Nullable Endpoint peer() {
            check();
            return batch.peer(index);
        }

        @Override
        public void reply(ByteBuffer answer) throws IOException {
            check();
            if (answer.remaining() > ServerSettings.LONGEST_DATAGRAM || !batch.hasPeer(index)) {
                answer.position(answer.limit());
                undelivered.incrementAndGet();
                return;
            }
            if (answers.count() == BATCH) {
                flush();
            }
            answers.addReply(answer, batch, index);
        }

        @Override
        public Kept copy() {
            ByteBuffer mine = payload().duplicate();
            return new Kept(ByteBuffer.allocate(mine.remaining()).put(mine).flip(), peer());
        }
    }

    /** A request that outlives its handler's call. */
    final class Kept implements Request {
        private final ByteBuffer payload;
        private final @Nullable Endpoint peer;

        private Kept(ByteBuffer payload, @Nullable Endpoint peer) {
            this.payload = payload;
            this.peer = peer;
        }

        /** Has it handled, and reports what was thrown. */
        void serve(DatagramHandler handler) {
            try {
                handler.handle(this);
            } catch (Throwable thrown) {
                server.observe(observer -> observer.requestFailed(peer, thrown));
            }
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
            int end = answer.limit();
            try {
                if (peer != null) {
                    socket.sendTo(answer, peer, MessageFlag.MSG_DONTWAIT);
                    return;
                }
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure)) {
                    throw failed;
                }
            }
            answer.position(end);
            undelivered.incrementAndGet();
        }

        @Override
        public Request copy() {
            ByteBuffer mine = payload.duplicate();
            return new Kept(ByteBuffer.allocate(mine.remaining()).put(mine).flip(), peer);
        }
    }
}
