// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * An open descriptor of whatever kind, as a value that owns it: one that came with a {@link
 * Message}, or one that {@link #adopt} takes charge of.
 *
 * <p>Ask for its {@link #kind()}. A socket is best taken over by {@link #asSocket()}; anything else
 * is read and written here, as a {@link ByteChannel}, so that {@code Channels.newInputStream} and
 * its kin work too. A file can be {@linkplain #reopen reopened} as a {@link FileChannel}.
 *
 * <p><b>Waiting.</b> {@code read} and {@code write} wait in the calling thread, virtual or
 * platform, and never pin a carrier, though the open file description's {@code O_NONBLOCK}, which
 * other processes share, is left alone: the kernel is asked not to wait for this one call ({@code
 * RWF_NOWAIT}). Files, terminals and others that cannot be asked so are read and written on a
 * platform thread, once poll(2) says that they are ready. An interrupt cancels a wait with {@link
 * SocketInterruptedException}; the status stays set and the descriptor open.
 *
 * <p><b>Threads.</b> Any method may be called by any thread. Two reads at once share out the bytes,
 * two writes may interleave.
 *
 * <p><b>Close</b> wakes those who wait, which throw {@link AsynchronousCloseException}, and is
 * idempotent. A descriptor that becomes unreachable without having been closed or detached is
 * closed by the garbage collector, and a warning is logged.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7), SCM_RIGHTS</a>
 */
public final class PassedDescriptor implements HasDescriptor, ByteChannel {

    @CStruct("struct pollfd")
    static final class Pollfd {
        static final int SIZEOF = 8;
        static final int fd = 0;
        static final int events = 4;
        static final int revents = 6;

        private Pollfd() {}
    }

    @CStruct("struct iovec")
    static final class Iovec {
        static final int SIZEOF = 16;
        static final int iov_base = 0;
        static final int iov_len = 8;

        private Iovec() {}
    }

    private static final int S_IFIFO = 0x1000;
    private static final int S_IFCHR = 0x2000;
    private static final int S_IFDIR = 0x4000;
    private static final int S_IFBLK = 0x6000;
    private static final int S_IFREG = 0x8000;
    private static final int S_IFLNK = 0xA000;
    private static final int S_IFSOCK = 0xC000;

    private static final int AT_FDCWD = -100;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int FD_CLOEXEC = 1;
    private static final int O_NONBLOCK = 0x800;
    private static final int POLLIN = 1;
    private static final int POLLOUT = 4;
    private static final int RWF_NOWAIT = 8;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EOPNOTSUPP = 95;
    private static final int ENOSYS = 38;
    private static final int ENOTSOCK = 88;
    private static final int ECONNRESET = 104;

    private final Descriptor descriptor;
    private final Cleaner.Cleanable leak;
    private final Owner owner = new Owner();
    private volatile @Nullable DescriptorKind kind;

    private PassedDescriptor(Descriptor descriptor) {
        this.descriptor = descriptor;
        this.leak = Leaks.watch(this, descriptor);
    }

    /**
     * Takes charge of an open descriptor. Nothing is asked or changed; a wrong number shows at the
     * first use.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    public static PassedDescriptor adopt(int fd) {
        if (fd < 0) {
            throw new IllegalArgumentException("no descriptor: " + fd);
        }
        return new PassedDescriptor(new Descriptor(Kernel.current(), fd));
    }

    /**
     * A duplicate of another descriptor, not inherited by child processes; fcntl(2),
     * F_DUPFD_CLOEXEC. Both share the open file description.
     *
     * @throws IOException EMFILE if there are too many, or if the other is closed
     */
    public static PassedDescriptor duplicate(HasDescriptor other) throws IOException {
        try (Lease lease = other.lease()) {
            int copy = Kernel.current().fcntl(lease.fileno(), F_DUPFD_CLOEXEC, 0);
            if (copy < 0) {
                throw ErrnoFailure.of("dup", -copy, "fd " + lease.fileno(), null, null, 0);
            }
            return adopt(copy);
        }
    }

    // What it is.

    @Override
    public int fileno() {
        return descriptor.isOpen() ? descriptor.fd : -1;
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return new DescriptorLease(descriptor);
    }

    /** Whether it is neither closed nor detached. */
    @Override
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /**
     * What stands behind it: fstat(2), and readlinkat(2) of {@code /proc/self/fd} for what has no
     * file type. Asked once.
     */
    public DescriptorKind kind() throws IOException {
        DescriptorKind known = kind;
        if (known == null) {
            known = askKind();
            kind = known;
        }
        return known;
    }

    private DescriptorKind askKind() throws IOException {
        descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            int result = descriptor.kernel.fstat(descriptor.fd, scratch.address(Scratch.CONTROL));
            if (result < 0) {
                throw ErrnoFailure.of("fstat", -result, "fd " + descriptor.fd, null, null, 0);
            }
            int mode = scratch.memory().get(JAVA_INT, Scratch.CONTROL + FileStatus.Stat.st_mode);
            return switch (mode & FileStatus.S_IFMT) {
                case S_IFSOCK -> DescriptorKind.SOCKET;
                case S_IFREG -> DescriptorKind.REGULAR_FILE;
                case S_IFDIR -> DescriptorKind.DIRECTORY;
                case S_IFIFO -> DescriptorKind.PIPE;
                case S_IFCHR -> DescriptorKind.CHARACTER_DEVICE;
                case S_IFBLK -> DescriptorKind.BLOCK_DEVICE;
                case S_IFLNK -> DescriptorKind.SYMBOLIC_LINK;
                default ->
                        switch (link(scratch)) {
                            case "anon_inode:[eventfd]" -> DescriptorKind.EVENTFD;
                            case "anon_inode:[timerfd]" -> DescriptorKind.TIMERFD;
                            case "anon_inode:[signalfd]" -> DescriptorKind.SIGNALFD;
                            case "anon_inode:[eventpoll]" -> DescriptorKind.EPOLL;
                            case "anon_inode:[pidfd]" -> DescriptorKind.PIDFD;
                            default -> DescriptorKind.OTHER;
                        };
            };
        } finally {
            descriptor.exit();
        }
    }

    private String link(Scratch scratch) {
        MemorySegment memory = scratch.memory();
        int target = Scratch.CONTROL + 64;
        memory.setString(Scratch.CONTROL, path());
        int length =
                descriptor.kernel.readlinkat(
                        AT_FDCWD, scratch.address(Scratch.CONTROL), scratch.address(target), 255);
        if (length < 0) {
            return "";
        }
        memory.set(JAVA_BYTE, target + length, (byte) 0);
        return memory.getString(target);
    }

    private String path() {
        return "/proc/self/fd/" + descriptor.fd;
    }

    /** Whether the open file description is in blocking mode: fcntl(2), O_NONBLOCK clear. */
    public boolean isBlocking() throws IOException {
        return (control(F_GETFL, 0) & O_NONBLOCK) == 0;
    }

    /**
     * Sets or clears O_NONBLOCK, which every process that shares the open file description sees. It
     * makes no difference here; it does for the program that this descriptor is handed on to.
     */
    public void setBlocking(boolean blocking) throws IOException {
        int flags = control(F_GETFL, 0);
        control(F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
    }

    /**
     * Whether child processes inherit it; not one that was received, unless {@link
     * #setInheritable}.
     */
    public boolean isInheritable() throws IOException {
        return (control(F_GETFD, 0) & FD_CLOEXEC) == 0;
    }

    /** Clears or sets FD_CLOEXEC. */
    public void setInheritable(boolean inheritable) throws IOException {
        control(F_SETFD, inheritable ? 0 : FD_CLOEXEC);
    }

    private int control(int command, int argument) throws IOException {
        descriptor.enter();
        try {
            int result = descriptor.kernel.fcntl(descriptor.fd, command, argument);
            if (result < 0) {
                throw owner.failure("fcntl", -result, 0);
            }
            return result;
        } finally {
            descriptor.exit();
        }
    }

    // What to make of it.

    /**
     * Makes a socket of it, which owns the descriptor from then on; this object is closed.
     *
     * @throws IOException ENOTSOCK if it is something else: it stays open here then
     */
    public LinuxSocket asSocket() throws IOException {
        if (kind() != DescriptorKind.SOCKET) {
            throw ErrnoFailure.of("adopt", ENOTSOCK, describe(), null, null, 0);
        }
        int fd = detach();
        LinuxSocket socket = null;
        try {
            socket = LinuxSocket.adopt(fd);
            return socket;
        } finally {
            if (socket == null) {
                descriptor.kernel.close(fd);
            }
        }
    }

    /**
     * Makes a socket of it, in the role that it is for: a stream, messages, or a listener.
     *
     * <pre>{@code
     * switch (passed.asRole()) {
     *     case StreamSocket stream -> ...
     *     case MessageSocket messages -> ...
     *     case Listener<?> listener -> ...
     * }
     * }</pre>
     *
     * @throws IOException as {@link #asSocket} does
     */
    public Role asRole() throws IOException {
        LinuxSocket socket = asSocket();
        try {
            return Role.of(socket);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /**
     * Opens the file behind it anew, through {@code /proc/self/fd}: a channel with a position of
     * its own. The options need not be those of the descriptor, the file's permissions decide.
     * Works for files that were unlinked or never had a name, too.
     *
     * @throws IOException if the file may not be opened so, or is no file
     */
    public FileChannel reopen(OpenOption... options) throws IOException {
        descriptor.enter();
        try {
            return FileChannel.open(Path.of(path()), options);
        } finally {
            descriptor.exit();
        }
    }

    /**
     * Gives the number away: it is the caller's from now on, and this object is closed. Waits, as
     * close does, until nobody uses it.
     *
     * @throws ClosedChannelException if it is closed or detached already
     */
    public int detach() throws ClosedChannelException {
        boolean open = descriptor.detach();
        leak.clean();
        if (!open) {
            throw new ClosedChannelException();
        }
        return descriptor.fd;
    }

    /**
     * close(2). Wakes those who wait here, and returns when nobody uses the descriptor any more. A
     * second call does nothing.
     *
     * @throws IOException the error of close(2), such as ENOSPC for a file; it is closed
     *     nevertheless
     */
    @Override
    public void close() throws IOException {
        // A socket with SO_LINGER or a file on a network may take its time.
        int result = (int) Blocking.call(descriptor::close);
        leak.clean();
        if (result < 0 && result != -EINTR && result != -ECONNRESET) {
            throw ErrnoFailure.of("close", -result, "fd " + descriptor.fd, null, null, 0);
        }
    }

    /** Closes it where nobody can do anything about a failure. */
    void closeQuietly() {
        try {
            close();
        } catch (IOException late) {
            System.getLogger("sockeye").log(System.Logger.Level.DEBUG, "close", late);
        }
    }

    // Reading and writing.

    /** Sets the time by which every read has to be done, those that wait already included. */
    public void readDeadline(Deadline deadline) {
        descriptor.input.deadline(deadline.time());
    }

    /** The same for every write. */
    public void writeDeadline(Deadline deadline) {
        descriptor.output.deadline(deadline.time());
    }

    /**
     * read(2), from the file's position. Waits until there is something, or the end.
     *
     * @return how many bytes were read, −1 at the end, 0 only if there is no room in the buffer
     * @throws IllegalArgumentException if the buffer is read-only
     * @throws SocketTimeoutException when the deadline has passed
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    @Override
    public int read(ByteBuffer to) throws IOException {
        if (to.isReadOnly()) {
            throw new IllegalArgumentException("read-only buffer");
        }
        Gate gate = descriptor.input;
        descriptor.enter();
        try {
            if (!to.hasRemaining()) {
                return 0;
            }
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result = attempt(true, to);
            } while (result < 0
                    && descriptor.again(owner, "read", gate, seen, result, Clock.NEVER));
            if (result < 0) {
                throw owner.failure("read", (int) -result, 0);
            }
            return result == 0 ? -1 : (int) result;
        } finally {
            descriptor.exit();
        }
    }

    /**
     * write(2), at the file's position, in as many calls as it takes. Waits until all is written.
     *
     * @return how many bytes were written: what remained in the buffer
     * @throws IOException after a part, with {@link ErrnoFailure#bytesDone()}; the buffer's
     *     position tells as well. EPIPE if nobody reads the pipe any more
     * @throws SocketTimeoutException when the deadline has passed
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    @Override
    public int write(ByteBuffer from) throws IOException {
        Gate gate = descriptor.output;
        descriptor.enter();
        try {
            int done = 0;
            while (from.hasRemaining()) {
                long result;
                int seen;
                do {
                    seen = gate.epoch();
                    result = attempt(false, from);
                } while (result < 0
                        && descriptor.again(owner, "write", gate, seen, result, Clock.NEVER, done));
                if (result < 0) {
                    throw owner.failure("write", (int) -result, done);
                }
                if (result == 0) {
                    break;
                }
                done += (int) result;
            }
            return done;
        } finally {
            descriptor.exit();
        }
    }

    /**
     * One try that does not block this thread if it is virtual; EAGAIN means to wait for an event.
     */
    private long attempt(boolean reading, ByteBuffer buffer) throws IOException {
        long result = transfer(reading, buffer, RWF_NOWAIT);
        boolean refused = result == -EOPNOTSUPP || result == -ENOSYS;
        if (!refused && result != -EAGAIN) {
            return result;
        }
        boolean waits =
                switch (kind()) {
                    // Always ready, says poll(2), and means the disk.
                    case REGULAR_FILE, DIRECTORY, BLOCK_DEVICE -> false;
                    default -> true;
                };
        if (waits && (!refused || !isReady(reading ? POLLIN : POLLOUT))) {
            return -EAGAIN;
        }
        return Blocking.call(() -> transfer(reading, buffer, 0));
    }

    private boolean isReady(int events) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.CONTROL + Pollfd.fd, descriptor.fd);
            memory.set(JAVA_SHORT, Scratch.CONTROL + Pollfd.events, (short) events);
            memory.set(JAVA_SHORT, Scratch.CONTROL + Pollfd.revents, (short) 0);
            int zero = Scratch.CONTROL + 64;
            memory.asSlice(zero, 16).fill((byte) 0);
            return descriptor.kernel.ppoll(
                            scratch.address(Scratch.CONTROL), 1, scratch.address(zero))
                    != 0;
        }
    }

    private long transfer(boolean reading, ByteBuffer buffer, int flags) {
        MemorySegment segment = MemorySegment.ofBuffer(buffer);
        try (Scratch scratch = Scratch.take()) {
            boolean direct = segment.isNative();
            MemorySegment memory = direct ? segment : scratch.payload();
            long length = Math.min(segment.byteSize(), memory.byteSize());
            if (!reading && !direct) {
                MemorySegment.copy(segment, 0, memory, 0, length);
            }
            scratch.memory().set(JAVA_LONG, Scratch.VECTORS + Iovec.iov_base, memory.address());
            scratch.memory().set(JAVA_LONG, Scratch.VECTORS + Iovec.iov_len, length);
            long vector = scratch.address(Scratch.VECTORS);
            Kernel kernel = descriptor.kernel;
            long result =
                    reading
                            ? kernel.preadv2(descriptor.fd, vector, 1, -1, flags)
                            : kernel.pwritev2(descriptor.fd, vector, 1, -1, flags);
            if (result > 0) {
                if (reading && !direct) {
                    MemorySegment.copy(memory, 0, segment, 0, result);
                }
                buffer.position(buffer.position() + (int) result);
            }
            return result;
        }
    }

    private String describe() {
        DescriptorKind known = kind;
        return "fd " + descriptor.fd + (known == null ? "" : " (" + known + ")");
    }

    private final class Owner implements Descriptor.Owner {
        @Override
        public IOException failure(String operation, int errno, long done) {
            return ErrnoFailure.of(operation, errno, describe(), null, null, done);
        }

        @Override
        public IOException cut(String operation, Gate.Outcome outcome, long done) {
            return switch (outcome) {
                case TIMEOUT ->
                        new SocketTimeoutException(operation + " " + describe() + ": timed out");
                case INTERRUPT -> SocketInterruptedException.during(operation, describe(), done);
                case CLOSED -> new AsynchronousCloseException();
                case EVENT -> throw new IllegalArgumentException();
            };
        }
    }

    /** Shows the number, and the kind if it was asked for. */
    @Override
    public String toString() {
        return "PassedDescriptor[" + (isOpen() ? describe() : "closed") + "]";
    }
}
