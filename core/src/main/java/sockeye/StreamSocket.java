// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Scratch;
import sockeye.internal.kernel.StripedPool;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connected stream socket of any family: TCP, MPTCP, AF_UNIX, and whatever else has SOCK_STREAM.
 *
 * <pre>{@code
 * try (var server = StreamSocket.connect(InetEndpoint.of("127.0.0.1", 21567))) {
 *     server.write("hello\n");
 *     System.out.println(server.reader().readLine());
 * }
 * }</pre>
 *
 * <p>Its {@link #socket()} has the socket's own verbs: options, flags, ancillary data, timeouts.
 * They know nothing of what {@link #write} keeps back and {@link #reader} has read ahead: {@link
 * #flush} before sending there.
 */
public final class StreamSocket
        implements ByteStream, GatheringByteChannel, ScatteringByteChannel, Role {
    /** How much {@link #write} may keep back while pipelined input is being answered. */
    private static final int HELD_BYTES = 32 << 10;

    private static final StripedPool<byte[]> ROOM = new StripedPool<>(() -> new byte[HELD_BYTES]);

    private final LinuxSocket socket;
    private final ReentrantLock writing = new ReentrantLock();
    private byte @Nullable [] held; // guarded by writing
    private int heldCount; // guarded by writing
    private final UnixPaths.@Nullable Bound bound;
    private volatile @Nullable LineReader reader;
    private @Nullable Endpoint peer;
    private @Nullable Endpoint local;

    private StreamSocket(
            LinuxSocket socket, @Nullable Endpoint peer, UnixPaths.@Nullable Bound bound) {
        this.socket = socket;
        this.peer = peer;
        this.bound = bound;
    }

    /** The role over a socket that is connected already. */
    public static StreamSocket of(LinuxSocket socket) {
        return new StreamSocket(socket, null, null);
    }

    /** The role over a socket that another process made, and whose file it told of. */
    static StreamSocket inherited(LinuxSocket socket, UnixPaths.@Nullable Bound bound) {
        return new StreamSocket(socket, null, bound);
    }

    UnixPaths.@Nullable Bound bound() {
        return bound;
    }

    static StreamSocket accepted(LinuxSocket.Accepted accepted) {
        return new StreamSocket(accepted.socket(), accepted.peer(), null);
    }

    /**
     * Connects to an address, without a limit of time but the kernel's own.
     *
     * @param settings options set before the connect
     * @throws IOException ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENOENT, … as {@link ErrnoFailure}
     */
    public static StreamSocket connect(Endpoint peer, OptionSetting<?>... settings)
            throws IOException {
        return connect(peer, Deadline.NONE, settings);
    }

    /**
     * The same, to be done by a deadline.
     *
     * @throws java.net.SocketTimeoutException if it passes
     */
    public static StreamSocket connect(
            Endpoint peer, Deadline deadline, OptionSetting<?>... settings) throws IOException {
        return connect(peer, 0, Origin.ANY, deadline, settings);
    }

    static StreamSocket connect(
            Endpoint peer,
            int protocol,
            Origin from,
            Deadline deadline,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = prepare(peer, protocol, null, deadline, settings);
        UnixPaths.Bound bound = null;
        try {
            bound = from.bind(socket);
            socket.connect(peer);
            socket.writeDeadline(Deadline.NONE);
            return new StreamSocket(socket, peer, bound);
        } catch (IOException | RuntimeException | Error failed) {
            if (bound != null) {
                bound.unlink();
            }
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /** A socket that lacks nothing but its connect, which has the deadline. */
    static LinuxSocket prepare(
            Endpoint peer,
            int protocol,
            @Nullable Endpoint local,
            Deadline deadline,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(peer.family(), SOCK_STREAM, protocol);
        try {
            Nagle.off(socket);
            socket.apply(settings);
            if (local != null) {
                socket.bind(local);
            }
            socket.writeDeadline(deadline);
            return socket;
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /** The role over what was prepared and then connected. */
    static StreamSocket connected(LinuxSocket socket, Endpoint peer) {
        socket.writeDeadline(Deadline.NONE);
        return new StreamSocket(socket, peer, null);
    }

    /**
     * Connects to what a text names, {@code tcp:localhost:80} or {@code unix:/run/x}: a host name
     * is resolved, and of its addresses the first that answers is kept; {@link ConnectSettings}
     * tells in which order, and when, they are tried.
     *
     * @throws EndpointSyntaxException if the scheme is no stream, or an option is not known
     * @throws java.net.UnknownHostException if the name has no address
     * @throws IOException if none answers, with the errors of all of them suppressed in it
     */
    public static StreamSocket connect(EndpointSpec peer, OptionSetting<?>... settings)
            throws IOException {
        return connect(peer, Deadline.NONE, settings);
    }

    /**
     * The same, to be done by a deadline, resolving included.
     *
     * @throws java.net.SocketTimeoutException if it passes
     */
    public static StreamSocket connect(
            EndpointSpec peer, Deadline deadline, OptionSetting<?>... settings) throws IOException {
        return connect(peer, ConnectSettings.DEFAULT, deadline, settings);
    }

    /** The same with a resolver, a family or an order of one's own. */
    public static StreamSocket connect(
            EndpointSpec peer, ConnectSettings how, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        return Connecting.stream(peer, how, deadline, settings);
    }

    /** Two ends of a stream. */
    public record Pair(StreamSocket left, StreamSocket right) implements AutoCloseable {
        /** Closes both. */
        @Override
        public void close() throws IOException {
            try (right) {
                left.close();
            }
        }
    }

    /** Two AF_UNIX stream sockets that are connected to each other; socketpair(2). */
    public static Pair pair() throws IOException {
        LinuxSocket.Pair pair = LinuxSocket.socketPair(AF_UNIX, SOCK_STREAM, 0);
        return new Pair(of(pair.left()), of(pair.right()));
    }

    /** Takes charge of an open descriptor; see {@link LinuxSocket#adopt}. */
    public static StreamSocket adopt(int fd) throws IOException {
        return of(LinuxSocket.adopt(fd));
    }

    @Override
    public LinuxSocket socket() {
        return socket;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        LineReader ahead = reader;
        return ahead == null ? receive(bytes, offset, length) : ahead.read(bytes, offset, length);
    }

    private int receive(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        if (length == 0) {
            return nothing();
        }
        int count;
        try {
            count = socket.recvInto(bytes, offset, length, 0);
        } catch (IOException failed) {
            return wouldBlock(failed);
        }
        return count == 0 ? -1 : count;
    }

    /** The result of reading nothing, for which the kernel might wait. */
    private int nothing() throws ClosedChannelException {
        if (!socket.isOpen()) {
            throw new ClosedChannelException();
        }
        return 0;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("a read-only buffer");
        }
        if (!buffer.hasRemaining()) {
            return nothing();
        }
        LineReader ahead = reader;
        if (ahead != null && (ahead.available() > 0 || buffer.hasArray())) {
            return readAhead(ahead, buffer);
        }
        flushHeld();
        int count;
        try {
            count = socket.recvInto(buffer, 0);
        } catch (IOException failed) {
            return wouldBlock(failed);
        }
        return count == 0 ? -1 : count;
    }

    private static int readAhead(LineReader ahead, ByteBuffer buffer) throws IOException {
        if (buffer.hasArray()) {
            int count =
                    ahead.read(
                            buffer.array(),
                            buffer.arrayOffset() + buffer.position(),
                            buffer.remaining());
            buffer.position(buffer.position() + Math.max(count, 0));
            return count;
        }
        byte[] some = new byte[Math.min(ahead.available(), buffer.remaining())];
        int count = ahead.read(some, 0, some.length);
        buffer.put(some, 0, Math.max(count, 0));
        return count;
    }

    /** In non-blocking mode a channel says 0. */
    private static int wouldBlock(IOException failed) throws IOException {
        if (failed instanceof ErrnoFailure errno && errno.errno().number() == LinuxSocket.EAGAIN) {
            return 0;
        }
        throw failed;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        lock();
        try {
            LineReader ahead = reader;
            boolean fits = length <= HELD_BYTES - heldCount;
            if (fits && ahead != null && ahead.hasMore()) {
                hold(bytes, offset, length);
                return;
            }
            if (fits && heldCount > 0) {
                hold(bytes, offset, length);
                sendHeld(length);
                return;
            }
            sendHeld(0);
            if (length > 0) {
                socket.sendAll(bytes, offset, length, 0);
            }
        } finally {
            writing.unlock();
        }
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        int length = buffer.remaining();
        lock();
        try {
            sendHeld(0);
            if (length > 0) {
                socket.sendAll(buffer, 0);
            }
            return length;
        } catch (IOException failed) {
            if (failed instanceof ErrnoFailure errno
                    && errno.errno().number() == LinuxSocket.EAGAIN) {
                return length - buffer.remaining();
            }
            throw failed;
        } finally {
            writing.unlock();
        }
    }

    /** Writes all that remains in the buffers, in order and, as far as it goes, in one call. */
    @Override
    public long write(ByteBuffer[] buffers) throws IOException {
        return write(buffers, 0, buffers.length);
    }

    @Override
    public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        lock();
        long done = 0;
        try {
            sendHeld(0);
            long until = socket.until(0);
            int next = offset;
            int end = offset + length;
            while (true) {
                while (next < end && !buffers[next].hasRemaining()) {
                    next++;
                }
                if (next == end) {
                    return done;
                }
                int most = Math.min(end, next + Scratch.VECTOR_COUNT);
                ByteBuffer[] part = Arrays.copyOfRange(buffers, next, most);
                done += MessageHeader.send(socket, part, List.of(), 0, null, until);
            }
        } catch (InterruptedIOException cut) {
            cut.bytesTransferred = (int) Math.min(done, Integer.MAX_VALUE);
            throw cut;
        } catch (IOException failed) {
            return done + wouldBlock(failed);
        } finally {
            writing.unlock();
        }
    }

    /** Fills the buffers in order with what one read brings. */
    @Override
    public long read(ByteBuffer[] buffers) throws IOException {
        return read(buffers, 0, buffers.length);
    }

    @Override
    public long read(ByteBuffer[] buffers, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        LineReader ahead = reader;
        int first = offset;
        int end = Math.min(offset + length, offset + Scratch.VECTOR_COUNT);
        while (first < end && !buffers[first].hasRemaining()) {
            first++;
        }
        if (first == end) {
            return 0;
        }
        if (ahead != null && ahead.available() > 0) {
            return read(buffers[first]);
        }
        flushHeld();
        ByteBuffer[] part = Arrays.copyOfRange(buffers, first, end);
        try {
            int count = socket.recvMsgInto(part, 0, 0).length();
            return count == 0 ? -1 : count;
        } catch (IOException failed) {
            return wouldBlock(failed);
        }
    }

    @Override
    public void flush() throws IOException {
        lock();
        try {
            sendHeld(0);
        } finally {
            writing.unlock();
        }
    }

    /**
     * Sends what is held, before a wait for input. It never waits behind a write of another thread,
     * which may itself wait until its peer has been read from; that write sends first what is held.
     */
    private void flushHeld() throws IOException {
        if (writing.tryLock()) {
            try {
                sendHeld(0);
            } finally {
                writing.unlock();
            }
        }
    }

    private final class Input implements LineReader.Source {
        @Override
        public void flushHeld() throws IOException {
            StreamSocket.this.flushHeld();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            return receive(bytes, offset, length);
        }
    }

    private void lock() throws IOException {
        if (writing.tryLock()) {
            return;
        }
        try {
            writing.lockInterruptibly();
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw SocketInterruptedException.during("send", null, 0);
        }
    }

    private void hold(byte[] bytes, int offset, int length) {
        byte[] room = held;
        if (room == null) {
            room = ROOM.take();
            held = room;
        }
        System.arraycopy(bytes, offset, room, heldCount, length);
        heldCount += length;
    }

    /**
     * Sends what is held; what does not go, for lack of time, stays held. The last of it may be the
     * calling write's own bytes: they do not stay, for the exception says how many of them went.
     */
    private void sendHeld(int own) throws IOException {
        byte[] room = held;
        if (room == null) {
            return;
        }
        int older = heldCount - own;
        ByteBuffer rest = ByteBuffer.wrap(room, 0, heldCount);
        try {
            socket.sendAll(rest, 0);
        } catch (InterruptedIOException cut) {
            cut.bytesTransferred = Math.max(0, rest.position() - older);
            throw cut;
        } catch (IOException failed) {
            if (!(failed instanceof ErrnoFailure errno) || rest.position() == 0) {
                throw failed;
            }
            int done = Math.max(0, rest.position() - older);
            throw socket.owner().failure(errno.operation(), errno.errno().number(), done);
        } finally {
            keep(room, rest.position(), Math.max(0, older - rest.position()));
        }
    }

    private void keep(byte[] room, int from, int count) {
        System.arraycopy(room, from, room, 0, count);
        heldCount = count;
        if (count == 0) {
            held = null;
            ROOM.give(room);
        }
    }

    @Override
    public void awaitInput() throws IOException {
        LineReader ahead = reader;
        if (ahead == null || ahead.available() == 0) {
            flushHeld();
            socket.awaitInput();
        }
    }

    @Override
    public LineReader reader() {
        LineReader ahead = reader;
        if (ahead == null) {
            synchronized (socket) {
                ahead = reader;
                if (ahead == null) {
                    ahead = new LineReader(this, new Input());
                    reader = ahead;
                }
            }
        }
        return ahead;
    }

    @Override
    public @Nullable Endpoint peer() {
        Endpoint known = peer;
        if (known == null) {
            try {
                known = socket.getPeerName();
                peer = known;
            } catch (IOException unknown) {
                return null;
            }
        }
        return known;
    }

    /** Names what the kernel has another name for; before anybody else knows this object. */
    void local(Endpoint endpoint) {
        local = endpoint;
    }

    @Override
    public @Nullable Endpoint local() {
        try {
            return local != null ? local : socket.getSockName();
        } catch (IOException unknown) {
            return null;
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        flush();
        Closing.half(socket, LinuxSocket.SHUT_WR);
    }

    @Override
    public void shutdownInput() throws IOException {
        Closing.half(socket, LinuxSocket.SHUT_RD);
    }

    @Override
    public void readDeadline(Deadline deadline) {
        socket.readDeadline(deadline);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        socket.writeDeadline(deadline);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        if (kind.isInstance(this)) {
            return Optional.of(kind.cast(this));
        }
        return kind.isInstance(socket) ? Optional.of(kind.cast(socket)) : Optional.empty();
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Closes the socket. What {@link #write} kept back is sent before, as far as that needs no
     * waiting. The file of a path that it was connected from ({@code bind=PATH}) is removed if that
     * is still its own.
     */
    @Override
    public void close() throws IOException {
        if (socket.isOpen() && writing.tryLock()) {
            try {
                byte[] room = held;
                if (room != null) {
                    socket.sendNow(room, 0, heldCount);
                    keep(room, 0, 0);
                }
            } catch (IOException lost) {
                // The peer is gone, or reads nothing: then it would not have got them later either.
            } finally {
                writing.unlock();
            }
        }
        if (bound != null && socket.isOpen()) {
            bound.unlink();
        }
        TipcConnection.endInOrder(socket);
        socket.close();
    }

    @Override
    public String toString() {
        return "StreamSocket[" + socket + "]";
    }
}
