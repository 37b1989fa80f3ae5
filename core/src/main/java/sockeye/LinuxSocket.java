// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.MessageFlag.MSG_DONTWAIT;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The BSD socket, one to one with the kernel: any family, type and protocol that the kernel
 * accepts, and every order of calls that it allows. For most programs the roles on top of it,
 * {@link StreamSocket}, {@link MessageSocket} and {@link Listener}, are the better choice: they
 * offer only what is legal.
 *
 * <pre>{@code
 * import static sockeye.AddressFamily.*;
 * import static sockeye.LinuxSocket.*;
 * import static sockeye.SocketType.*;
 *
 * var tcpSocket = socket(AF_INET, SOCK_STREAM);
 * var udpSocket = socket(AF_INET, SOCK_DGRAM);
 * }</pre>
 *
 * <p><b>Waiting.</b> A socket has one of three modes, as Python's have: blocking (the default),
 * non-blocking, and with a timeout; see {@link #setTimeout}. Whatever the mode, the kernel's
 * descriptor is non-blocking: an operation that would block parks the calling thread, virtual or
 * platform, and no carrier is ever pinned. A {@linkplain #readDeadline deadline} holds in addition.
 * An interrupt cancels a wait with {@link SocketInterruptedException}; the interrupt status stays
 * set, and the socket stays open and usable. An operation that need not wait does not look at the
 * interrupt status.
 *
 * <p><b>Ends.</b> As the kernel has it: {@code recv} of a stream returns 0 at its end; an empty
 * datagram is 0 too; what would block in non-blocking mode is an {@link ErrnoFailure} with EAGAIN;
 * a truncated message says so in the {@link Message#flags() flags}.
 *
 * <p><b>Threads.</b> Any method may be called by any thread at any time. Several may wait at once,
 * in either direction.
 *
 * <p><b>Close</b> wakes every thread that waits, which throws {@link AsynchronousCloseException};
 * every later operation throws {@link ClosedChannelException}. When close returns the descriptor is
 * closed; its number is never used again. A socket that becomes unreachable unclosed is closed by
 * the garbage collector, and a warning is logged.
 *
 * <p><b>Errors</b> of the kernel are {@link ErrnoFailure}s, subclasses of the exceptions that the
 * JDK would throw.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/socket.2.html">socket(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>
 */
public final class LinuxSocket implements HasDescriptor, AutoCloseable {
    /** No more receptions: {@link #shutdown}. */
    public static final int SHUT_RD = 0;

    /** No more transmissions: {@link #shutdown}. */
    public static final int SHUT_WR = 1;

    /** Neither: {@link #shutdown}. */
    public static final int SHUT_RDWR = 2;

    /**
     * The backlog of {@link #listen()}; the kernel caps it at {@code net.core.somaxconn}, which is
     * 4096 by default.
     */
    public static final int DEFAULT_BACKLOG = 4096;

    /** What {@link #recvNow} and {@link #sendNow} return in place of a count: EAGAIN. */
    public static final int WOULD_BLOCK = -1;

    /**
     * The timeout with which sockets begin that are made, adopted or accepted while a value is
     * bound: Python's {@code setdefaulttimeout}, but for a scope rather than for the process. Zero
     * is non-blocking mode.
     *
     * <pre>{@code
     * ScopedValue.where(LinuxSocket.DEFAULT_TIMEOUT, Duration.ofSeconds(5)).run(() -> ...);
     * }</pre>
     */
    public static final ScopedValue<Duration> DEFAULT_TIMEOUT = ScopedValue.newInstance();

    static final int SOCK_NONBLOCK = 0x800;
    static final int SOCK_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int FD_CLOEXEC = 1;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_PROTOCOL = 38;
    private static final int SO_DOMAIN = 39;
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    private static final int ECONNRESET = 104;

    private static final long BLOCKING = -1;
    private static final long NON_BLOCKING = 0;

    /** Waits between two tries where the kernel gives no event: from, and at most. */
    static final long BACKOFF_FIRST = 200_000;

    static final long BACKOFF_MOST = 20_000_000;

    final Descriptor descriptor;
    final int family;
    final int type;
    final int protocol;
    final boolean critical;
    boolean shortReadDrains;

    /** Of the direct buffers that were used last, in either direction. */
    @Nullable BufferMemory received;

    @Nullable BufferMemory sent;

    /** Written and read by {@link SocketTraffic}. */
    @SuppressWarnings("unused")
    long bytesReceived;

    @SuppressWarnings("unused")
    long bytesSent;

    /**
     * Whether the open file description is non-blocking: not for what is shared as standard input
     * or output.
     */
    final boolean switched;

    private final boolean blockingBefore;

    /** Nanoseconds, {@link #BLOCKING} or {@link #NON_BLOCKING}. */
    private volatile long timeout = BLOCKING;

    /** Whether somebody may have set SO_LINGER, so that close(2) may wait. */
    volatile boolean lingers;

    private final SocketFailures owner = new SocketFailures(this);
    private final Cleaner.Cleanable watched;

    LinuxSocket(
            Descriptor descriptor,
            int family,
            int type,
            int protocol,
            boolean switched,
            boolean blockingBefore) {
        this.descriptor = descriptor;
        this.family = family;
        this.type = type;
        this.protocol = protocol;
        this.switched = switched;
        this.blockingBefore = blockingBefore;
        boolean inet = family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6;
        this.critical = SocketData.areCallsShort(family, protocol);
        this.shortReadDrains =
                inet && type == SocketType.SOCK_STREAM && protocol == IpProtocol.IPPROTO_TCP;
        this.watched = Leaks.watch(this, descriptor);
        if (DEFAULT_TIMEOUT.isBound()) {
            setTimeout(DEFAULT_TIMEOUT.get());
        }
    }

    // Making one.

    /**
     * A socket with the family's default protocol for the type; {@link #socket(int, int, int)} with
     * 0.
     */
    public static LinuxSocket socket(int family, int type) throws IOException {
        return socket(family, type, 0);
    }

    /**
     * socket(2). The descriptor is not inherited by child processes.
     *
     * @param family any AF_ number, see {@link AddressFamily}
     * @param type any SOCK_ number, see {@link SocketType}; SOCK_NONBLOCK makes the socket
     *     non-blocking
     * @param protocol any number that the family knows, 0 for its default; see {@link IpProtocol}
     * @throws IOException EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT; EMFILE or ENFILE if there
     *     are too many descriptors; EACCES or EPERM without the privilege
     */
    public static LinuxSocket socket(int family, int type, int protocol) throws IOException {
        Kernel kernel = Kernel.current();
        int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
        int fd = NetworkNamespace.socket(kernel, family, type | flags, protocol);
        if (fd < 0) {
            String what = "family %d type %d protocol %d".formatted(family, type, protocol);
            throw ErrnoFailure.of("socket", -fd, what, null, null, 0);
        }
        LinuxSocket socket = created(kernel, fd, family, type & ~flags, protocol);
        if ((type & SOCK_NONBLOCK) != 0) {
            socket.setBlocking(false);
        }
        return socket;
    }

    private static LinuxSocket created(Kernel kernel, int fd, int family, int type, int protocol) {
        int actual = protocol;
        if (protocol == 0) {
            // The kernel chose: IPPROTO_TCP for an Internet stream, and so on.
            int asked = SocketValues.intOption(kernel, fd, SOL_SOCKET, SO_PROTOCOL);
            actual = Math.max(asked, 0);
        }
        return new LinuxSocket(
                Descriptor.ofSocket(kernel, fd, family, type), family, type, actual, true, true);
    }

    /** Two sockets that are connected to each other. */
    public record Pair(LinuxSocket left, LinuxSocket right) implements AutoCloseable {
        /** Closes both. */
        @Override
        public void close() throws IOException {
            try (right) {
                left.close();
            }
        }
    }

    /** A connected pair of AF_UNIX streams. */
    public static Pair socketPair() throws IOException {
        return socketPair(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM, 0);
    }

    /** socketpair(2): AF_UNIX of every type, AF_TIPC. */
    public static Pair socketPair(int family, int type, int protocol) throws IOException {
        Kernel kernel = Kernel.current();
        try (Scratch scratch = Scratch.take()) {
            int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
            int result =
                    kernel.socketpair(
                            family, type | flags, protocol, scratch.address(Scratch.INTS));
            if (result < 0) {
                String what = "family %d type %d protocol %d".formatted(family, type, protocol);
                throw ErrnoFailure.of("socketpair", -result, what, null, null, 0);
            }
            int left = scratch.memory().get(JAVA_INT, Scratch.INTS);
            int right = scratch.memory().get(JAVA_INT, Scratch.INTS + 4);
            int plain = type & ~flags;
            Pair pair =
                    new Pair(
                            created(kernel, left, family, plain, protocol),
                            created(kernel, right, family, plain, protocol));
            if ((type & SOCK_NONBLOCK) != 0) {
                pair.left.setBlocking(false);
                pair.right.setBlocking(false);
            }
            return pair;
        }
    }

    /**
     * Takes charge of an open descriptor, whose family, type and protocol are asked of the kernel.
     * It is made non-blocking, which everybody who shares its open file description sees, unless it
     * is 0, 1 or 2; {@link #detach} restores what it was.
     *
     * @throws IOException ENOTSOCK, EBADF; the descriptor is then left as it is, still the caller's
     */
    public static LinuxSocket adopt(int fd) throws IOException {
        Kernel kernel = Kernel.current();
        int family = SocketValues.intOption(kernel, fd, SOL_SOCKET, SO_DOMAIN);
        int type = SocketValues.intOption(kernel, fd, SOL_SOCKET, SO_TYPE);
        int protocol = SocketValues.intOption(kernel, fd, SOL_SOCKET, SO_PROTOCOL);
        int flags = kernel.fcntl(fd, F_GETFL, 0);
        int failed = Math.min(Math.min(family, type), flags);
        if (failed < 0) {
            throw ErrnoFailure.of("adopt", -failed, "fd " + fd, null, null, 0);
        }
        boolean blocking = (flags & O_NONBLOCK) == 0;
        boolean standard = fd <= 2;
        if (blocking && !standard) {
            kernel.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
        }
        LinuxSocket socket =
                new LinuxSocket(
                        Descriptor.ofSocket(kernel, fd, family, type),
                        family,
                        type,
                        Math.max(protocol, 0),
                        !(blocking && standard),
                        blocking);
        // Somebody may have set SO_LINGER, and then close may block.
        socket.lingers = true;
        return socket;
    }

    /**
     * Makes a duplicate of an open descriptor and takes charge of that: Python's {@code fromfd}.
     */
    public static LinuxSocket adoptDuplicate(int fd) throws IOException {
        Kernel kernel = Kernel.current();
        int duplicate = kernel.fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (duplicate < 0) {
            throw ErrnoFailure.of("dup", -duplicate, "fd " + fd, null, null, 0);
        }
        try {
            return SocketValues.share(adopt(duplicate));
        } catch (IOException refused) {
            kernel.close(duplicate);
            throw refused;
        }
    }

    /**
     * A second socket on a duplicate of the descriptor, not inherited by children. Both share the
     * open file description: options, shutdown and the connection; each has its own timeout and
     * deadlines.
     */
    public LinuxSocket dup() throws IOException {
        descriptor.enter();
        try {
            int duplicate = descriptor.kernel.fcntl(descriptor.fd, F_DUPFD_CLOEXEC, 0);
            if (duplicate < 0) {
                throw owner.failure("dup", -duplicate, 0);
            }
            LinuxSocket copy =
                    new LinuxSocket(
                            new Descriptor(descriptor.kernel, duplicate),
                            family,
                            type,
                            protocol,
                            switched,
                            blockingBefore);
            copy.timeout = timeout;
            SocketValues.share(this);
            return SocketValues.share(copy);
        } finally {
            descriptor.exit();
        }
    }

    // What it is.

    /** The AF_ number. */
    public int family() {
        return family;
    }

    /** The SOCK_ number, without SOCK_NONBLOCK and SOCK_CLOEXEC. */
    public int type() {
        return type;
    }

    /** The protocol number; the one that the kernel chose if 0 was asked for. */
    public int protocol() {
        return protocol;
    }

    /** The descriptor's number, or −1 once closed or detached. */
    @Override
    public int fileno() {
        return descriptor.isOpen() ? descriptor.fd : -1;
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return new DescriptorLease(descriptor);
    }

    /** Whether it has been neither closed nor detached. */
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /**
     * Whether child processes inherit the descriptor; not unless {@link #setInheritable} says so.
     */
    public boolean isInheritable() throws IOException {
        return (simple("fcntl", () -> descriptor.kernel.fcntl(descriptor.fd, F_GETFD, 0))
                        & FD_CLOEXEC)
                == 0;
    }

    /** Sets or clears FD_CLOEXEC. */
    public void setInheritable(boolean inheritable) throws IOException {
        simple(
                "fcntl",
                () ->
                        descriptor.kernel.fcntl(
                                descriptor.fd, F_SETFD, inheritable ? 0 : FD_CLOEXEC));
    }

    // Ending.

    /**
     * close(2). Idempotent. Wakes every thread that waits on this socket, and returns when none
     * uses the descriptor any more and it is closed. With a linger time set it may take that long.
     *
     * @throws IOException the error of close(2), but for ECONNRESET; the descriptor is closed
     *     nevertheless
     */
    @Override
    public void close() throws IOException {
        int result = SocketValues.close(this);
        watched.clean();
        if (result < 0 && result != -ECONNRESET && result != -EINTR) {
            throw ErrnoFailure.of("close", -result, null, null, null, 0);
        }
    }

    /**
     * Ends this object's charge of the descriptor without closing it, as close would for everybody
     * who waits, and returns the number, which is the caller's from now on. It is left blocking or
     * non-blocking as it was when adopted; one that was made here is left as {@link #setBlocking}
     * has it.
     *
     * @throws ClosedChannelException if this socket is closed or detached already
     */
    public int detach() throws IOException {
        if (!descriptor.detach()) {
            throw new ClosedChannelException();
        }
        watched.clean();
        if (switched && blockingBefore && timeout != NON_BLOCKING) {
            int flags = descriptor.kernel.fcntl(descriptor.fd, F_GETFL, 0);
            descriptor.kernel.fcntl(descriptor.fd, F_SETFL, flags & ~O_NONBLOCK);
        }
        return descriptor.fd;
    }

    /**
     * shutdown(2): ends one direction or both, for every process that shares the connection.
     *
     * @param how {@link #SHUT_RD}, {@link #SHUT_WR} or {@link #SHUT_RDWR}
     * @throws IOException ENOTCONN; EINVAL for another number
     */
    public void shutdown(int how) throws IOException {
        simple("shutdown", () -> descriptor.kernel.shutdown(descriptor.fd, how));
    }

    // Modes.

    /**
     * Sets how long an operation may wait: accept, connect, and every kind of receive and send,
     * each with its own measure. {@link #sendAll} has it once for all of its parts.
     *
     * @param timeout null to wait without limit; zero for non-blocking mode; negative is refused
     */
    public void setTimeout(@Nullable Duration timeout) {
        if (timeout == null) {
            this.timeout = BLOCKING;
        } else if (timeout.isNegative()) {
            throw new IllegalArgumentException("negative timeout: " + timeout);
        } else {
            this.timeout = Clock.nanos(timeout);
        }
    }

    /** What {@link #setTimeout} has set: null, zero or more. */
    public @Nullable Duration getTimeout() {
        long nanos = timeout;
        return nanos == BLOCKING ? null : Duration.ofNanos(nanos);
    }

    /** {@code setTimeout(null)}, or {@code setTimeout(Duration.ZERO)}. */
    public void setBlocking(boolean blocking) {
        timeout = blocking ? BLOCKING : NON_BLOCKING;
    }

    /** Whether operations wait, with a timeout or without. */
    public boolean getBlocking() {
        return timeout != NON_BLOCKING;
    }

    /**
     * Sets the time by which every accept and receive has to be done, those that wait already
     * included. It stays until set anew; once passed, an operation that would have to wait fails
     * with {@link SocketTimeoutException}.
     */
    public void readDeadline(Deadline deadline) {
        descriptor.input.deadline(deadline.time());
    }

    /** The same for connect and every send. */
    public void writeDeadline(Deadline deadline) {
        descriptor.output.deadline(deadline.time());
    }

    // Naming and connecting.

    /**
     * bind(2). A long Unix path becomes one in {@code /proc/self/fd}; its last part has at most
     * some 90 bytes then, and datagram sockets are refused, with IllegalArgumentException.
     */
    public void bind(Endpoint local) throws IOException {
        int result;
        descriptor.enter();
        try (SocketName name = SocketName.toBind(this, local)) {
            result = descriptor.kernel.bind(descriptor.fd, name.address(), name.length());
        } finally {
            descriptor.exit();
        }
        if (result < 0) {
            throw ErrnoFailure.of("bind", -result, describe(local), local, null, 0);
        }
    }

    /** Listens with {@link #DEFAULT_BACKLOG}. */
    public void listen() throws IOException {
        listen(DEFAULT_BACKLOG);
    }

    /**
     * listen(2). The kernel caps the backlog at {@code net.core.somaxconn} without a word; less
     * than 0 counts as 0.
     */
    public void listen(int backlog) throws IOException {
        simple("listen", () -> descriptor.kernel.listen(descriptor.fd, Math.max(backlog, 0)));
    }

    /**
     * A connection and who made it.
     *
     * @param socket in blocking mode, whatever the listener's mode
     * @param peer the address that accept(2) gave
     */
    public record Accepted(LinuxSocket socket, Endpoint peer) {}

    /**
     * accept4(2).
     *
     * @throws IOException EINVAL if the socket does not listen; EMFILE, ENFILE; ECONNABORTED; see
     *     accept(2)
     */
    public Accepted accept() throws IOException {
        return SocketConnection.accept(this);
    }

    /**
     * connect(2), and waits until it is done. After a timeout or an interrupt the attempt goes on
     * in the kernel, and a further connect to the same peer resumes the wait.
     *
     * @throws IOException ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENOENT, EINPROGRESS in
     *     non-blocking mode, …
     */
    public void connect(Endpoint peer) throws IOException {
        int errno = connectEx(peer);
        if (errno != 0) {
            throw ErrnoFailure.of("connect", errno, describe(peer), null, peer, 0);
        }
    }

    /**
     * connect(2), its error as a number rather than as an exception: 0, 111 (ECONNREFUSED), 115
     * (EINPROGRESS) in non-blocking mode, … A timeout, an interrupt and a close still throw.
     */
    public int connectEx(Endpoint peer) throws IOException {
        return SocketConnection.connect(this, peer);
    }

    /**
     * Dissolves the association of a datagram socket, or the connection of a stream: connect(2) to
     * AF_UNSPEC.
     */
    public void disconnect() throws IOException {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().asSlice(Scratch.ADDRESS, Scratch.ADDRESS_BYTES).fill((byte) 0);
            simple(
                    "connect",
                    () ->
                            descriptor.kernel.connect(
                                    descriptor.fd, scratch.address(Scratch.ADDRESS), 16));
        }
        owner.connectedTo(null);
    }

    /** getsockname(2): the address this socket is bound to. */
    public Endpoint getSockName() throws IOException {
        return SocketConnection.name(this, "getsockname");
    }

    /**
     * getpeername(2).
     *
     * @throws IOException ENOTCONN
     */
    public Endpoint getPeerName() throws IOException {
        return SocketConnection.name(this, "getpeername");
    }

    // Receiving.

    /**
     * Receives up to {@code size} bytes into an array of their number. See {@link #recvInto(byte[],
     * int, int, int)}.
     */
    public byte[] recv(int size) throws IOException {
        return recv(size, 0);
    }

    /** The same with flags. */
    public byte[] recv(int size, int flags) throws IOException {
        byte[] bytes = new byte[size];
        int count = recvInto(bytes, 0, size, flags);
        return count == size ? bytes : Arrays.copyOf(bytes, count);
    }

    /** Fills what it can of the array. See {@link #recvInto(byte[], int, int, int)}. */
    public int recvInto(byte[] bytes) throws IOException {
        return recvInto(bytes, 0, bytes.length, 0);
    }

    /**
     * recv(2), without a copy and without allocation.
     *
     * @param flags MSG_ numbers, see {@link MessageFlag}. MSG_DONTWAIT does not wait; MSG_WAITALL
     *     on a stream waits for all of it, but not with MSG_PEEK; with MSG_TRUNC a datagram's real
     *     length is not returned, only what was received.
     * @return how many bytes were received, 0 to {@code length}; 0 at the end of a stream, and for
     *     an empty message
     */
    public int recvInto(byte[] bytes, int offset, int length, int flags) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return SocketData.recv(this, bytes, MemorySegment.NULL, offset, length, flags);
    }

    /** Receives into what remains of the buffer, and moves its position. */
    public int recvInto(ByteBuffer buffer) throws IOException {
        return recvInto(buffer, 0);
    }

    /** The same with flags. */
    public int recvInto(ByteBuffer buffer, int flags) throws IOException {
        return SocketData.recv(this, buffer, flags);
    }

    /** Receives into a segment, native or on the heap. */
    public int recvInto(MemorySegment segment, int flags) throws IOException {
        int length = (int) Math.min(segment.byteSize(), Integer.MAX_VALUE);
        return SocketData.recv(this, null, segment, 0, length, flags);
    }

    /**
     * Waits until a receive would find something: data, the end, an error, or a connection to
     * accept. It may return early. So a buffer need be had only while there is something to put
     * into it.
     */
    public void awaitInput() throws IOException {
        SocketData.awaitInput(this, Deadline.NONE);
    }

    /**
     * The same until a time at most, which is no error when it comes.
     *
     * @return whether a receive is worth a try; false if the time came first
     * @throws SocketTimeoutException if the socket's own timeout or read deadline came first
     */
    public boolean awaitInput(Deadline time) throws IOException {
        return SocketData.awaitInput(this, time);
    }

    /**
     * Whether a receive would find nothing, as far as is known: the last one left nothing behind,
     * and no event has come since. Asks nothing of the kernel.
     */
    public boolean isDrained() {
        return descriptor.input.isDrained(descriptor.input.epoch());
    }

    /**
     * One recv(2) that never waits, without a copy and without allocation, whatever the mode; that
     * it would have to wait is told by a number rather than by an exception.
     *
     * @return how many bytes were received, 0 at the end of a stream and for an empty message, or
     *     {@link #WOULD_BLOCK}
     */
    public int recvNow(byte[] bytes, int offset, int length) throws IOException {
        return SocketData.recvNow(this, bytes, offset, length);
    }

    /** Receives one message of up to {@code size} bytes with its sender. */
    public Message recvFrom(int size) throws IOException {
        return recvMsg(size, 0, 0);
    }

    /** The same with flags. */
    public Message recvFrom(int size, int flags) throws IOException {
        return recvMsg(size, 0, flags);
    }

    /**
     * Receives one message into what remains of the buffer, and moves its position; recvfrom(2).
     *
     * @return who sent it, or null if the kernel does not say (a connected stream)
     */
    public @Nullable Endpoint recvFromInto(ByteBuffer buffer, int flags) throws IOException {
        Message message = recvMsgInto(new ByteBuffer[] {buffer}, 0, flags);
        return message.peer();
    }

    /**
     * recvmsg(2): one message, its sender and what came beside it.
     *
     * @param size the most bytes to receive
     * @param ancillarySize room for control data in bytes, at most 14,336; see {@link
     *     Ancillary#space}
     * @throws AncillaryTruncatedException over AF_UNIX, if there was room but not for all: the
     *     descriptors that came are closed, the exception has the message
     */
    public Message recvMsg(int size, int ancillarySize, int flags) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(size);
        try {
            Message received = recvMsgInto(new ByteBuffer[] {buffer}, ancillarySize, flags);
            return received.withPayload(buffer.flip());
        } catch (AncillaryTruncatedException truncated) {
            throw truncated.withPayload(buffer.flip());
        }
    }

    /**
     * recvmsg(2) into what remains of several buffers, in order; their positions move. Descriptors
     * among the control data are never inherited by children.
     *
     * @return the message, its payload empty: the bytes are in the buffers
     * @throws AncillaryTruncatedException as {@link #recvMsg} does
     */
    public Message recvMsgInto(ByteBuffer[] buffers, int ancillarySize, int flags)
            throws IOException {
        return MessageHeader.receive(this, buffers, ancillarySize, flags, until(flags));
    }

    /**
     * recvmmsg(2): waits for a message, and takes as many as are there and fit.
     *
     * @return how many, at least 1
     */
    public int recvBatch(MessageBatch batch, int flags) throws IOException {
        return batch.receive(this, flags, until(flags));
    }

    // Sending.

    /** Sends the array. See {@link #send(byte[], int, int, int)}. */
    public int send(byte[] bytes) throws IOException {
        return send(bytes, 0, bytes.length, 0);
    }

    /**
     * send(2), without a copy and without allocation; MSG_NOSIGNAL is always set. Waits until
     * something was taken.
     *
     * @return how many bytes the kernel took: of a stream maybe fewer than offered, of a message
     *     all
     */
    public int send(byte[] bytes, int offset, int length, int flags) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        return SocketData.sendOnce(
                this, bytes, MemorySegment.NULL, offset, length, flags, until(flags), 0);
    }

    /** Sends what remains of the buffer, and moves its position by what was taken. */
    public int send(ByteBuffer buffer, int flags) throws IOException {
        return SocketData.send(this, buffer, flags);
    }

    /** Sends a segment, native or on the heap. */
    public int send(MemorySegment segment, int flags) throws IOException {
        int length = (int) Math.min(segment.byteSize(), Integer.MAX_VALUE);
        return SocketData.sendOnce(this, null, segment, 0, length, flags, until(flags), 0);
    }

    /**
     * One send(2) that never waits, without a copy and without allocation, whatever the mode.
     *
     * @return how many bytes the kernel took, of a stream maybe fewer than offered, or {@link
     *     #WOULD_BLOCK}
     */
    public int sendNow(byte[] bytes, int offset, int length) throws IOException {
        return SocketData.sendNow(this, bytes, offset, length);
    }

    /**
     * Sends all of the array, in as many calls as it takes, under one timeout. Several threads may
     * do so at once; on a stream the parts of what they send may then alternate (the roles prevent
     * that).
     *
     * @throws IOException with {@link ErrnoFailure#bytesDone()}, or in the text of a timeout, how
     *     many were sent
     */
    public void sendAll(byte[] bytes) throws IOException {
        sendAll(bytes, 0, bytes.length, 0);
    }

    /** The same for a part of an array, with flags. */
    public void sendAll(byte[] bytes, int offset, int length, int flags) throws IOException {
        Objects.checkFromIndexSize(offset, length, bytes.length);
        SocketData.sendAll(this, bytes, MemorySegment.NULL, offset, length, flags);
    }

    /** The same for what remains of a buffer, whose position moves as bytes are taken. */
    public void sendAll(ByteBuffer buffer, int flags) throws IOException {
        SocketData.sendAll(this, buffer, flags);
    }

    /** Sends one message to an address. See {@link #sendTo(ByteBuffer, Endpoint, int)}. */
    public int sendTo(byte[] bytes, Endpoint peer) throws IOException {
        return sendTo(ByteBuffer.wrap(bytes), peer, 0);
    }

    /**
     * sendto(2): what remains of the buffer, whose position moves, to an address.
     *
     * <p>An unconnected AF_UNIX socket gets no event when a full receiver has room again: the call
     * is then tried again after growing pauses of 0.2 to 20 milliseconds.
     */
    public int sendTo(ByteBuffer buffer, Endpoint peer, int flags) throws IOException {
        return sendMsg(new ByteBuffer[] {buffer}, List.of(), flags, peer);
    }

    /** sendmsg(2) to the connected peer. */
    public int sendMsg(ByteBuffer[] buffers, List<? extends Ancillary> ancillary, int flags)
            throws IOException {
        return sendMsg(buffers, ancillary, flags, null);
    }

    /**
     * sendmsg(2): gathers what remains of several buffers, with control data. Positions move by
     * what was taken.
     *
     * @param peer where to, or null for the connected peer
     * @return how many bytes the kernel took
     */
    public int sendMsg(
            ByteBuffer[] buffers,
            List<? extends Ancillary> ancillary,
            int flags,
            @Nullable Endpoint peer)
            throws IOException {
        return MessageHeader.send(this, buffers, ancillary, flags, peer, until(flags));
    }

    /** Waits out a full AF_UNIX receiver for which no event comes; returns the next pause. */
    long backoff(String operation, Gate gate, long pause, long until) throws IOException {
        long nanos = pause == 0 ? BACKOFF_FIRST : pause;
        Gate.Outcome outcome = gate.pause(nanos, until);
        if (outcome != Gate.Outcome.EVENT) {
            throw owner.cut(operation, outcome, 0);
        }
        return Math.min(nanos * 2, BACKOFF_MOST);
    }

    /**
     * sendmmsg(2): sends messages of a batch, those before {@code from} left out.
     *
     * @return how many the kernel took, at least 1 unless there were none; go on with the next
     * @throws IOException if the first of them fails; go on with the next but one, if you like
     */
    public int sendBatch(MessageBatch batch, int from, int flags) throws IOException {
        return batch.send(this, from, flags, until(flags));
    }

    /**
     * Sends a part of a file on a stream by sendfile(2), without the bytes passing through this
     * process. What reads from a disk may block: that happens on a platform thread.
     *
     * @return how many bytes were sent: {@code count}, or fewer if the file ends
     */
    public long sendFile(Path file, long offset, long count) throws IOException {
        return FileTransfer.send(this, file, offset, count);
    }

    /**
     * The same from an open file whose descriptor the JDK keeps to itself: the bytes go through
     * this process.
     */
    public long sendFile(FileChannel file, long offset, long count) throws IOException {
        return FileTransfer.send(this, file, offset, count);
    }

    /**
     * Moves bytes from this stream to another by splice(2), inside the kernel, until {@code count}
     * are moved or this one ends. Each wait has the timeout and the deadline of the socket that it
     * waits for.
     *
     * @return how many were moved
     * @throws IOException with the number of bytes that had been sent; up to 64 KiB that were
     *     received may be lost
     */
    public long spliceTo(LinuxSocket target, long count) throws IOException {
        return FileTransfer.splice(this, target, count);
    }

    // Options.

    /**
     * The options of the levels that a socket of this family and protocol has, in no order that
     * matters. Not a promise: the kernel may be older than one of them, or refuse one for the type,
     * the state or want of privilege.
     *
     * @return a new list
     */
    public List<Option<?>> supportedOptions() {
        return Option.ofSocket(family, protocol);
    }

    /**
     * getsockopt(2), decoded.
     *
     * @throws IOException ENOPROTOOPT if the kernel or this kind of socket does not know the
     *     option; EOPNOTSUPP and others as the option says
     * @throws UnsupportedOperationException if the option can only be set
     */
    public <T> T getOption(Option<T> option) throws IOException {
        return SocketValues.get(this, option);
    }

    /** getsockopt(2), as bytes: at most {@code maxLength}, 0 to 65,536. */
    public byte[] getOption(int level, int number, int maxLength) throws IOException {
        return SocketValues.get(this, Option.rawBytes(level, number, maxLength));
    }

    /**
     * setsockopt(2).
     *
     * @throws IllegalArgumentException if the value is out of the option's range
     * @throws IOException ENOPROTOOPT if the kernel or this kind of socket does not know the
     *     option; EPERM without privilege; others as the option says
     * @throws UnsupportedOperationException if the option can only be read
     */
    public <T> void setOption(Option<T> option, T value) throws IOException {
        SocketValues.set(this, option, value);
    }

    /** setsockopt(2) with a C int. */
    public void setOption(int level, int number, int value) throws IOException {
        SocketValues.set(this, Option.rawInt(level, number), value);
    }

    /** setsockopt(2) with bytes, at most 65,536. */
    public void setOption(int level, int number, byte[] value) throws IOException {
        SocketValues.set(this, Option.rawBytes(level, number, value.length), value);
    }

    /** setsockopt(2) with a null pointer and a length, as a few options want it. */
    public void setOption(int level, int number, @Nullable Void nothing, int length)
            throws IOException {
        simple(
                "setsockopt",
                () -> descriptor.kernel.setsockopt(descriptor.fd, level, number, 0, length));
    }

    /**
     * Sets options one after the other: {@code socket.apply(Membership.of(group, 0).join())}.
     *
     * @throws IOException of the first that the kernel refuses; those before it are set
     */
    public void apply(OptionSetting<?>... settings) throws IOException {
        for (OptionSetting<?> setting : settings) {
            applyOne(setting);
        }
    }

    private <T> void applyOne(OptionSetting<T> setting) throws IOException {
        setOption(setting.option(), setting.value());
    }

    // ioctl(2).

    /**
     * ioctl(2) with a pointer to an int.
     *
     * @return what the kernel wrote there
     */
    public int ioctl(long request, int value) throws IOException {
        byte[] argument = OptionCodec.ofInt(value);
        ioctl(request, argument);
        return OptionCodec.toInt(argument, Integer.BYTES);
    }

    /**
     * ioctl(2) with a pointer to bytes, which hold the kernel's answer afterwards; at most 14,336,
     * and as many as the request demands: the kernel is not told their number.
     */
    public void ioctl(long request, byte[] argument) throws IOException {
        if (argument.length > Scratch.CONTROL_BYTES) {
            throw new IllegalArgumentException(
                    "at most " + Scratch.CONTROL_BYTES + " bytes: " + argument.length);
        }
        try (Scratch scratch = Scratch.take()) {
            MemorySegment.copy(
                    argument, 0, scratch.memory(), JAVA_BYTE, Scratch.CONTROL, argument.length);
            simple(
                    "ioctl",
                    () ->
                            descriptor.kernel.ioctl(
                                    descriptor.fd, request, scratch.address(Scratch.CONTROL)));
            MemorySegment.copy(
                    scratch.memory(), JAVA_BYTE, Scratch.CONTROL, argument, 0, argument.length);
        }
    }

    /**
     * How many bytes can be received at once (FIONREAD); of a datagram socket, the size of the next
     * message.
     */
    public int available() throws IOException {
        return ioctl(0x541B, 0);
    }

    /**
     * How many sent bytes wait in the queue, of TCP those the peer has not acknowledged (SIOCOUTQ).
     */
    public int unsent() throws IOException {
        return ioctl(0x5411, 0);
    }

    /** Whether the next byte to be received is at the urgent mark (SIOCATMARK). */
    public boolean atMark() throws IOException {
        return ioctl(0x8905, 0) != 0;
    }

    // As streams.

    /**
     * This socket as a stream of bytes to read: Python's {@code makefile("rb")}. Closing it closes
     * the socket.
     */
    public InputStream inputStream() {
        return StreamSocket.of(this).inputStream();
    }

    /**
     * This socket as a stream of bytes to write, unbuffered: {@code makefile("wb")}. Closing it
     * closes the socket.
     */
    public OutputStream outputStream() {
        return StreamSocket.of(this).outputStream();
    }

    // Plumbing.

    /** When an operation that starts now has to give up. */
    long until(int flags) {
        long nanos = timeout;
        if ((flags & MSG_DONTWAIT) != 0 || nanos == NON_BLOCKING) {
            return Descriptor.AT_ONCE;
        }
        return nanos < 0 ? Clock.NEVER : Clock.after(nanos);
    }

    SocketFailures owner() {
        return owner;
    }

    private interface Call {
        int make();
    }

    private int simple(String operation, Call call) throws IOException {
        descriptor.enter();
        try {
            int result = call.make();
            if (result < 0) {
                throw owner.failure(operation, -result, 0);
            }
            return result;
        } finally {
            descriptor.exit();
        }
    }

    String describe(Endpoint endpoint) {
        return EndpointSpec.describe(family, type, protocol, endpoint);
    }

    /** Shows descriptor, family, type, protocol and addresses, as far as they are known. */
    @Override
    public String toString() {
        if (!isOpen()) {
            return "LinuxSocket[closed]";
        }
        Endpoint local = owner.local();
        Endpoint peer = owner.peer();
        return "LinuxSocket[fd=%d, family=%d, type=%d, protocol=%d%s%s]"
                .formatted(
                        descriptor.fd,
                        family,
                        type,
                        protocol,
                        local == null ? "" : ", local=" + describe(local),
                        peer == null ? "" : ", peer=" + describe(peer));
    }
}
