// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.SocketInterruptedException;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsStep;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sending half of a {@link TlsStream}: what was written and is kept back, what is encrypted and
 * not sent, and whose turn it is. Readers come here with what TLS has to answer, and never wait.
 */
final class TlsSending {
    /** How much a write may keep back while pipelined input is being answered. */
    private static final int HELD_BYTES = 16 << 10;

    /** How long the last record of all is waited for. */
    private static final Duration LAST = Duration.ofSeconds(1);

    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private final ByteStream below;
    private final TlsMachine machine;
    private final ReentrantLock writing = new ReentrantLock();

    /** What is encrypted and not sent; guarded by writing. */
    private @Nullable ByteBuffer queued;

    /** What was written and is kept back, up to its position; guarded by writing. */
    private @Nullable ByteBuffer held;

    /** Whether the machine may have something to send of which no thread has taken care. */
    private volatile boolean answerDue;

    private final Object deadlines = new Object();
    private Deadline writeDeadline = Deadline.NONE; // guarded by deadlines
    private boolean ownDeadline; // guarded by deadlines

    TlsSending(ByteStream below, TlsMachine machine) {
        this.below = below;
        this.machine = machine;
    }

    /** Takes a lock, unless the thread is interrupted while it has to wait. */
    static void lock(ReentrantLock lock, String operation) throws IOException {
        if (lock.tryLock()) {
            return;
        }
        try {
            lock.lockInterruptibly();
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw SocketInterruptedException.during(operation, null, 0);
        }
    }

    private void unlock() {
        writing.unlock();
        if (answerDue) {
            answer();
        }
    }

    /**
     * Writes all of this, or keeps it back.
     *
     * @param more whether the caller has further input to answer without waiting
     */
    void write(byte[] bytes, int offset, int length, boolean more) throws IOException {
        lock(writing, "send");
        try {
            boolean fits = length <= HELD_BYTES - (held == null ? 0 : held.position());
            if (fits && more) {
                hold(bytes, offset, length);
            } else if (fits && held != null) {
                hold(bytes, offset, length);
                sendHeld(length);
            } else {
                sendHeld(0);
                sendAll(ByteBuffer.wrap(bytes, offset, length));
            }
        } finally {
            unlock();
        }
    }

    /** Writes what was kept back, what is queued, and then this. */
    void write(ByteBuffer buffer) throws IOException {
        lock(writing, "send");
        try {
            sendHeld(0);
            sendAll(buffer);
        } finally {
            unlock();
        }
    }

    /** Sends what the machine has to say by itself; waits where the stream below makes it. */
    void own() throws IOException {
        writing.lock();
        try {
            send(TlsBuffers.NOTHING);
        } finally {
            writing.unlock();
        }
    }

    /** Ends our data. */
    void end() throws IOException {
        lock(writing, "shutdown");
        try {
            sendHeld(0);
            machine.close();
            sendAll(TlsBuffers.NOTHING);
        } finally {
            unlock();
        }
    }

    /** Says the last that is said, unless another thread's write stands in the way. */
    void last() {
        if (writing.tryLock()) {
            try {
                sendLast();
            } finally {
                writing.unlock();
            }
        }
    }

    void deadline(Deadline deadline) {
        synchronized (deadlines) {
            writeDeadline = deadline;
            if (!ownDeadline) {
                below.writeDeadline(deadline);
            }
        }
    }

    private void hold(byte[] bytes, int offset, int length) {
        ByteBuffer room = held;
        if (room == null) {
            room = TlsBuffers.take(HELD_BYTES);
            held = room;
        }
        room.put(bytes, offset, length);
    }

    /**
     * Sends what is kept back; what does not go into records, for lack of time, stays. The last of
     * it may be the calling write's own bytes: they do not stay, for the exception says how many of
     * them went.
     */
    private void sendHeld(int own) throws IOException {
        ByteBuffer room = held;
        if (room == null) {
            return;
        }
        int older = room.flip().remaining() - own;
        try {
            sendAll(room, older);
        } finally {
            room.limit(Math.max(older, room.position()));
            room.compact();
            if (room.position() == 0) {
                held = null;
                TlsBuffers.recycle(room);
            }
        }
    }

    /** Sends what is held, before a wait for input, but never waits behind another writer. */
    void flushHeld() throws IOException {
        if (held() && writing.tryLock()) {
            try {
                sendHeld(0);
            } finally {
                unlock();
            }
        }
        if (answerDue) {
            answer();
        }
    }

    /** Only a hint where another thread writes, and that one sends what it holds. */
    private boolean held() {
        return held != null;
    }

    /** Sends what is queued, and then this; says how much of this went if it is cut. */
    private void sendAll(ByteBuffer data) throws IOException {
        sendAll(data, data.position());
    }

    private void sendAll(ByteBuffer data, int start) throws IOException {
        try {
            send(data);
        } catch (SocketInterruptedException cut) {
            int done = Math.max(0, data.position() - start);
            var cancelled = SocketInterruptedException.during("send", null, done);
            cancelled.initCause(cut);
            throw cancelled;
        } catch (InterruptedIOException cut) {
            cut.bytesTransferred = Math.max(0, data.position() - start);
            throw cut;
        }
        if (data.hasRemaining()) {
            throw new ClosedChannelException(); // after close_notify
        }
    }

    /** Until all is sent, our end is, or it is the peer's turn in a handshake. */
    private void send(ByteBuffer data) throws IOException {
        while (true) {
            drain();
            answerDue = false; // before the machine is asked: what comes up later is due again
            TlsStep step = encrypt(data);
            if (step == TlsStep.TASK) {
                machine.runTasks();
            } else if (queued == null
                    && (step == TlsStep.IDLE || step == TlsStep.INPUT || step == TlsStep.ENDED)) {
                return;
            }
        }
    }

    /** Puts as many records as there is room for into an empty queue. */
    private TlsStep encrypt(ByteBuffer data) throws IOException {
        ByteBuffer room = TlsBuffers.take(machine.recordRoom());
        TlsStep step;
        try {
            do {
                step = machine.send(data, room);
            } while (step == TlsStep.MOVED || step == TlsStep.ESTABLISHED);
        } finally {
            queued = TlsBuffers.giveBack(room.flip());
        }
        return step;
    }

    private void drain() throws IOException {
        ByteBuffer rest = queued;
        if (rest == null) {
            return;
        }
        try {
            while (rest.hasRemaining()) {
                if (below.write(rest) == 0) {
                    throw new IOException("the stream below does not wait");
                }
            }
        } finally {
            queued = TlsBuffers.giveBack(rest);
        }
    }

    /**
     * Sends, if that needs no waiting, what the machine has to say by itself. Another thread that
     * writes sends it otherwise, now or when it is done.
     */
    void answer() {
        answerDue = true;
        while (answerDue && writing.tryLock()) {
            try {
                answerDue = false;
                sendWithoutWaiting();
            } finally {
                writing.unlock();
            }
        }
    }

    private void sendWithoutWaiting() {
        boolean ownOnly = queued == null;
        synchronized (deadlines) {
            ownDeadline = true;
            below.writeDeadline(PASSED);
        }
        try {
            send(TlsBuffers.NOTHING);
        } catch (InterruptedIOException later) {
            // What is queued goes with the next write.
        } catch (IOException broken) {
            // Who writes is told by his own bytes; nobody misses the answer to a peer that is gone.
            if (ownOnly && queued != null) {
                TlsBuffers.recycle(queued);
                queued = null;
            }
        } finally {
            synchronized (deadlines) {
                ownDeadline = false;
                below.writeDeadline(writeDeadline);
            }
        }
    }

    private void sendLast() {
        boolean interrupted = Thread.interrupted();
        synchronized (deadlines) {
            ownDeadline = true;
            below.writeDeadline(Deadline.after(LAST).orSooner(writeDeadline));
        }
        try {
            sendHeld(0);
            machine.close();
            send(TlsBuffers.NOTHING);
        } catch (IOException lost) {
            // The peer is gone, or reads nothing.
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (queued != null) {
            TlsBuffers.recycle(queued);
            queued = null;
        }
    }
}
