// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LineReader;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** A simulated connection for code that waits on a {@link Fiber}. */
final class BlockingStream implements ByteStream {
    private static final int AHEAD = 64 << 10;
    private static final int PIECE = 16 << 10;

    private final Loop loop;
    private final LineReader reader;
    private final List<Fiber> waiting = new ArrayList<>();
    private @Nullable Transport transport;

    private byte[] held = {};
    private int from;
    private int to;
    private boolean ended;
    private boolean over;
    private @Nullable Throwable why;

    private boolean inputShut;
    private boolean outputShut;
    private boolean closed;
    private Deadline readBy = Deadline.NONE;
    private Deadline writeBy = Deadline.NONE;

    BlockingStream(Loop loop) {
        this.loop = loop;
        this.reader =
                LineReader.over(
                        this,
                        new LineReader.Source() {
                            @Override
                            public void flushHeld() {}

                            @Override
                            public int read(byte[] bytes, int offset, int length)
                                    throws IOException {
                                return take(bytes, offset, length);
                            }
                        });
    }

    /** What the reactor calls. */
    Protocol below(Runnable whenOpened) {
        return new Protocol() {
            @Override
            public void opened(Transport opened) {
                transport = opened;
                whenOpened.run();
            }

            @Override
            public void received(Transport from, ByteBuffer bytes) {
                keep(bytes);
                wake();
            }

            @Override
            public void ended(Transport from) {
                ended = true;
                wake();
            }

            @Override
            public void writable(Transport from, boolean writable) {
                wake();
            }

            @Override
            public void closed(Transport from, @Nullable Throwable reason) {
                over = true;
                why = reason;
                wake();
            }
        };
    }

    /** What has no room stays with the transport, which is paused by that. */
    private void keep(ByteBuffer bytes) {
        int count = Math.min(bytes.remaining(), AHEAD - (to - from));
        if (held.length - to < count) {
            byte[] room = new byte[Math.max(to - from + count, Math.min(AHEAD, 2 * held.length))];
            System.arraycopy(held, from, room, 0, to - from);
            to -= from;
            from = 0;
            held = room;
        }
        bytes.get(held, to, count);
        to += count;
    }

    private void wake() {
        for (Fiber each : List.copyOf(waiting)) {
            each.wake();
        }
    }

    private Transport transport() {
        return Objects.requireNonNull(transport, "not opened");
    }

    /** Does something as the loop. */
    private static void asLoop(Runnable work) {
        Fiber me = Fiber.current();
        if (me == null) {
            work.run();
        } else {
            var _ =
                    me.call(() -> {
                        work.run();
                        return true;
                    });
        }
    }

    private void await(Deadline until, String what, int done) throws IOException {
        Fiber me = Fiber.require();
        if (until.isPassed()) {
            var late = new SocketTimeoutException(what + ": timed out");
            late.bytesTransferred = done;
            throw late;
        }
        DelayedCall limit = null;
        if (!until.equals(Deadline.NONE)) {
            Duration left = until.remaining();
            limit = me.call(() -> loop.after(left, me::wake));
        }
        waiting.add(me);
        try {
            me.await();
        } finally {
            waiting.remove(me);
            if (limit != null) {
                asLoop(limit::cancel);
            }
        }
        if (closed) {
            throw new AsynchronousCloseException();
        }
    }

    private void checkOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
        }
    }

    private IOException failure() {
        return switch (why) {
            case null -> new SocketException("the connection is closed");
            case IOException failed -> failed;
            case Throwable failed -> new IOException(failed);
        };
    }

    // Reading.

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return reader.read(bytes, offset, length);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (!buffer.hasRemaining()) {
            return 0;
        }
        byte[] piece = new byte[Math.min(buffer.remaining(), PIECE)];
        int count = reader.read(piece, 0, piece.length);
        if (count > 0) {
            buffer.put(piece, 0, count);
        }
        return count;
    }

    private int take(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return 0;
        }
        awaitInput();
        if (from == to) {
            return -1;
        }
        int count = Math.min(length, to - from);
        System.arraycopy(held, from, bytes, offset, count);
        from += count;
        if (from == to && transport().isPaused()) {
            asLoop(transport()::resume);
        }
        return count;
    }

    @Override
    public void awaitInput() throws IOException {
        checkOpen();
        while (from == to && !ended && !inputShut) {
            if (over) {
                if (why == null) {
                    return;
                }
                throw failure();
            }
            await(readBy, "read", 0);
        }
    }

    @Override
    public LineReader reader() {
        return reader;
    }

    // Writing.

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        checkOpen();
        for (int done = 0; done < length; ) {
            int from = offset + done;
            int count = Math.min(length - done, PIECE);
            awaitRoom(done);
            asLoop(() -> transport().write(bytes, from, count));
            done += count;
        }
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        int count = buffer.remaining();
        while (buffer.hasRemaining()) {
            byte[] piece = new byte[Math.min(buffer.remaining(), PIECE)];
            buffer.get(buffer.position(), piece);
            write(piece);
            buffer.position(buffer.position() + piece.length);
        }
        return count;
    }

    private void awaitRoom(int done) throws IOException {
        while (true) {
            if (over) {
                throw failure();
            }
            if (outputShut) {
                throw new SocketException("the output is shut down");
            }
            if (transport().isWritable()) {
                return;
            }
            await(writeBy, "write", done);
        }
    }

    @Override
    public void flush() throws IOException {
        checkOpen();
    }

    // The rest.

    @Override
    public @Nullable Endpoint peer() {
        return transport().peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return transport().local();
    }

    @Override
    public void shutdownOutput() throws IOException {
        checkOpen();
        outputShut = true;
        asLoop(transport()::shutdownOutput);
    }

    @Override
    public void shutdownInput() throws IOException {
        checkOpen();
        inputShut = true;
        asLoop(this::wake);
    }

    @Override
    public void readDeadline(Deadline deadline) {
        readBy = deadline;
        asLoop(this::wake);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        writeBy = deadline;
        asLoop(this::wake);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        return kind.isInstance(this) ? Optional.of(kind.cast(this)) : transport().unwrap(kind);
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            asLoop(() -> {
                transport().close();
                wake();
            });
        }
    }

    /** Whether something other than its user has ended it, and not in order. */
    boolean isBroken() {
        return over && why != null;
    }

    /** Ends it with a reset. */
    void abort() {
        closed = true;
        asLoop(() -> {
            transport().abort();
            wake();
        });
    }

    @Override
    public String toString() {
        return "BlockingStream[" + peer() + "]";
    }
}
