// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.MemorySegment.NULL;

import java.lang.foreign.MemorySegment;

/**
 * The system-call line: everything that Sockeye asks of the kernel goes through the two abstract
 * methods here, and so a test kernel that overrides them can make any call fail, be cut short or
 * come late.
 *
 * <p>Every method is one system call. It returns what the call returns, or the negated errno;
 * nothing throws. Pointers are addresses of native memory that the caller keeps alive, but for the
 * <em>critical</em> calls, whose buffers may lie on the heap. A critical call holds up every
 * safepoint: it never blocks ({@code MSG_DONTWAIT}, a timeout of zero), and one call moves at most
 * {@link #CRITICAL_BYTES}, or one message.
 */
public abstract class Kernel {
    /** The most that one critical call may move of a stream: some 20 µs of copying. */
    public static final int CRITICAL_BYTES = 128 << 10;

    private static final class Current {
        static final Kernel REAL = new LinuxKernel();
        static volatile Kernel kernel = REAL;
    }

    /** The real one, whatever is in place. */
    public static Kernel real() {
        return Current.REAL;
    }

    /**
     * The kernel that new descriptors use: the real one, unless a test has put another in its
     * place.
     */
    public static Kernel current() {
        return Current.kernel;
    }

    /**
     * Puts another kernel in place for descriptors made from now on; for tests. Returns the one
     * before.
     */
    public static Kernel install(Kernel kernel) {
        Kernel before = Current.kernel;
        Current.kernel = kernel;
        return before;
    }

    /**
     * Any call; what it points to is native memory. The thread may block here, and pins its carrier
     * if it does.
     */
    protected abstract long call(SystemCall call, long a, long b, long c, long d, long e, long f);

    /** A call that cannot block and whose second, fifth and sixth arguments may be heap memory. */
    protected abstract long critical(
            SystemCall call,
            long a,
            MemorySegment b,
            long c,
            long d,
            MemorySegment e,
            MemorySegment f);

    /** The same with a part of an array as its only buffer. */
    protected long critical(
            SystemCall call, long a, byte[] array, int offset, long length, long d) {
        MemorySegment part = MemorySegment.ofArray(array).asSlice(offset, length);
        return critical(call, a, part, length, d, NULL, NULL);
    }

    /** The same with a part of a segment. */
    protected long critical(
            SystemCall call, long a, MemorySegment segment, long offset, long length, long d) {
        return critical(call, a, segment.asSlice(offset, length), length, d, NULL, NULL);
    }

    /**
     * A function of the C library, which is no system call but is asked for here too, so that a
     * test can stand in between. It may wait for as long as it likes: only on a platform thread.
     *
     * @param errno room for one, where errno(3) is put after the call
     * @param arguments up to eight numbers and native addresses
     * @return what it returns; of an int the low half
     */
    protected abstract long library(LibraryFunction function, int[] errno, long... arguments);

    /** Whether calls may fail that nobody made: only where a test stands in between. */
    public boolean injectsFaults() {
        return false;
    }

    /** Whether the C library has it. */
    public abstract boolean has(LibraryFunction function);

    /** A function of the C library that returns an int. */
    public final int libraryInt(LibraryFunction function, int[] errno, long... arguments) {
        return (int) library(function, errno, arguments);
    }

    /** A function of the C library that returns a pointer, or nothing. */
    public final long libraryPointer(LibraryFunction function, int[] errno, long... arguments) {
        return library(function, errno, arguments);
    }

    private int call(SystemCall call, long a, long b, long c) {
        return (int) call(call, a, b, c, 0, 0, 0);
    }

    private int call(SystemCall call, long a, long b, long c, long d) {
        return (int) call(call, a, b, c, d, 0, 0);
    }

    // Data, critical: the flags include MSG_DONTWAIT, and of a stream the caller asks for no more
    // than CRITICAL_BYTES. A message must go whole: the kernel's own buffers bound it.

    /**
     * recvfrom(2); the two last are {@code NULL}, or room for an address and an int with its
     * length.
     */
    public final long recvfrom(
            int fd,
            MemorySegment to,
            long length,
            int flags,
            MemorySegment sockaddr,
            MemorySegment socklen) {
        return critical(SystemCall.RECVFROM, fd, to, length, flags, sockaddr, socklen);
    }

    /** recv(2). */
    public final long recv(int fd, MemorySegment to, long length, int flags) {
        return recvfrom(fd, to, length, flags, NULL, NULL);
    }

    /** send(2). */
    public final long send(int fd, MemorySegment from, long length, int flags) {
        return critical(SystemCall.SENDTO, fd, from, length, flags, NULL, NULL);
    }

    /** recv(2) into an array. */
    public final long recv(int fd, byte[] to, int offset, int length, int flags) {
        return critical(SystemCall.RECVFROM, fd, to, offset, length, flags);
    }

    /** send(2) from an array. */
    public final long send(int fd, byte[] from, int offset, int length, int flags) {
        return critical(SystemCall.SENDTO, fd, from, offset, length, flags);
    }

    /** recv(2) into a part of a segment. */
    public final long recv(int fd, MemorySegment to, long offset, long length, int flags) {
        return critical(SystemCall.RECVFROM, fd, to, offset, length, flags);
    }

    /** send(2) from a part of a segment. */
    public final long send(int fd, MemorySegment from, long offset, long length, int flags) {
        return critical(SystemCall.SENDTO, fd, from, offset, length, flags);
    }

    /** epoll_pwait(2) with a timeout of zero. */
    public final int epollPoll(int epfd, MemorySegment events, int max) {
        return (int) critical(SystemCall.EPOLL_PWAIT, epfd, events, max, 0, NULL, NULL);
    }

    // Data, through native memory.

    public final long recvfrom(
            int fd, long to, long length, int flags, long sockaddr, long socklen) {
        return call(SystemCall.RECVFROM, fd, to, length, flags, sockaddr, socklen);
    }

    public final long sendto(
            int fd, long from, long length, int flags, long sockaddr, int socklen) {
        return call(SystemCall.SENDTO, fd, from, length, flags, sockaddr, socklen);
    }

    public final int recvmsg(int fd, long msghdr, int flags) {
        return call(SystemCall.RECVMSG, fd, msghdr, flags);
    }

    public final int sendmsg(int fd, long msghdr, int flags) {
        return call(SystemCall.SENDMSG, fd, msghdr, flags);
    }

    public final int recvmmsg(int fd, long mmsghdrs, int count, int flags) {
        return call(SystemCall.RECVMMSG, fd, mmsghdrs, count, flags);
    }

    public final int sendmmsg(int fd, long mmsghdrs, int count, int flags) {
        return call(SystemCall.SENDMMSG, fd, mmsghdrs, count, flags);
    }

    public final long read(int fd, long to, long length) {
        return call(SystemCall.READ, fd, to, length, 0, 0, 0);
    }

    public final long write(int fd, long from, long length) {
        return call(SystemCall.WRITE, fd, from, length, 0, 0, 0);
    }

    /** preadv2(2); an offset of −1 reads at the file's position. */
    public final long preadv2(int fd, long vectors, int count, long offset, int flags) {
        return call(SystemCall.PREADV2, fd, vectors, count, offset, 0, flags);
    }

    /** pwritev2(2); an offset of −1 writes at the file's position. */
    public final long pwritev2(int fd, long vectors, int count, long offset, int flags) {
        return call(SystemCall.PWRITEV2, fd, vectors, count, offset, 0, flags);
    }

    public final long sendfile(int out, int in, long offset, long count) {
        return call(SystemCall.SENDFILE, out, in, offset, count, 0, 0);
    }

    public final long splice(
            int in, long inOffset, int out, long outOffset, long length, int flags) {
        return call(SystemCall.SPLICE, in, inOffset, out, outOffset, length, flags);
    }

    public final long tee(int in, int out, long length, int flags) {
        return call(SystemCall.TEE, in, out, length, flags, 0, 0);
    }

    // Sockets.

    public final int socket(int family, int type, int protocol) {
        return call(SystemCall.SOCKET, family, type, protocol);
    }

    public final int socketpair(int family, int type, int protocol, long fds) {
        return call(SystemCall.SOCKETPAIR, family, type, protocol, fds);
    }

    public final int bind(int fd, long sockaddr, int length) {
        return call(SystemCall.BIND, fd, sockaddr, length);
    }

    public final int listen(int fd, int backlog) {
        return call(SystemCall.LISTEN, fd, backlog, 0);
    }

    public final int accept4(int fd, long sockaddr, long socklen, int flags) {
        return call(SystemCall.ACCEPT4, fd, sockaddr, socklen, flags);
    }

    public final int connect(int fd, long sockaddr, int length) {
        return call(SystemCall.CONNECT, fd, sockaddr, length);
    }

    public final int shutdown(int fd, int how) {
        return call(SystemCall.SHUTDOWN, fd, how, 0);
    }

    public final int getsockname(int fd, long sockaddr, long socklen) {
        return call(SystemCall.GETSOCKNAME, fd, sockaddr, socklen);
    }

    public final int getpeername(int fd, long sockaddr, long socklen) {
        return call(SystemCall.GETPEERNAME, fd, sockaddr, socklen);
    }

    public final int getsockopt(int fd, int level, int name, long value, long length) {
        return (int) call(SystemCall.GETSOCKOPT, fd, level, name, value, length, 0);
    }

    public final int setsockopt(int fd, int level, int name, long value, int length) {
        return (int) call(SystemCall.SETSOCKOPT, fd, level, name, value, length, 0);
    }

    // Descriptors and files.

    public final int close(int fd) {
        return call(SystemCall.CLOSE, fd, 0, 0);
    }

    public final int fcntl(int fd, int command, long argument) {
        return call(SystemCall.FCNTL, fd, command, argument);
    }

    public final int ioctl(int fd, long request, long argument) {
        return call(SystemCall.IOCTL, fd, request, argument);
    }

    public final int dup3(int from, int to, int flags) {
        return call(SystemCall.DUP3, from, to, flags);
    }

    public final int pipe2(long fds, int flags) {
        return call(SystemCall.PIPE2, fds, flags, 0);
    }

    public final int fstat(int fd, long stat) {
        return call(SystemCall.FSTAT, fd, stat, 0);
    }

    public final int fstatat(int directory, long path, long stat, int flags) {
        return call(SystemCall.NEWFSTATAT, directory, path, stat, flags);
    }

    public final int fchmod(int fd, int mode) {
        return call(SystemCall.FCHMOD, fd, mode, 0);
    }

    public final int fchown(int fd, int uid, int gid) {
        return call(SystemCall.FCHOWN, fd, uid, gid);
    }

    public final int fchmodat(int directory, long path, int mode) {
        return call(SystemCall.FCHMODAT, directory, path, mode);
    }

    public final int fchownat(int directory, long path, int uid, int gid, int flags) {
        return (int) call(SystemCall.FCHOWNAT, directory, path, uid, gid, flags, 0);
    }

    public final int openat(int directory, long path, int flags, int mode) {
        return call(SystemCall.OPENAT, directory, path, flags, mode);
    }

    public final int unlinkat(int directory, long path, int flags) {
        return call(SystemCall.UNLINKAT, directory, path, flags);
    }

    public final int renameat2(int from, long path, int to, long newPath, int flags) {
        return (int) call(SystemCall.RENAMEAT2, from, path, to, newPath, flags, 0);
    }

    public final int readlinkat(int directory, long path, long buffer, int size) {
        return call(SystemCall.READLINKAT, directory, path, buffer, size);
    }

    public final int flock(int fd, int operation) {
        return call(SystemCall.FLOCK, fd, operation, 0);
    }

    /** uname(2), into a struct new_utsname. */
    public final int uname(long utsname) {
        return call(SystemCall.UNAME, utsname, 0, 0);
    }

    public final int sethostname(long name, int length) {
        return call(SystemCall.SETHOSTNAME, name, length, 0);
    }

    public final int getuid() {
        return call(SystemCall.GETUID, 0, 0, 0);
    }

    // Processes.

    public final int pidfdOpen(int pid, int flags) {
        return call(SystemCall.PIDFD_OPEN, pid, flags, 0);
    }

    /** unshare(2): changes the calling thread, so it is for one that ends afterwards. */
    public final int unshare(int flags) {
        return call(SystemCall.UNSHARE, flags, 0, 0);
    }

    /** setns(2): changes the calling thread, so it is for one that ends afterwards. */
    public final int setns(int fd, int type) {
        return call(SystemCall.SETNS, fd, type, 0);
    }

    public final int pidfdSendSignal(int pidfd, int signal) {
        return call(SystemCall.PIDFD_SEND_SIGNAL, pidfd, signal, 0, 0);
    }

    public final int pidfdGetfd(int pidfd, int fd) {
        return call(SystemCall.PIDFD_GETFD, pidfd, fd, 0);
    }

    /** waitid(2) with a struct rusage, or 0. */
    public final int waitid(int type, int id, long siginfo, int options, long rusage) {
        return (int) call(SystemCall.WAITID, type, id, siginfo, options, rusage, 0);
    }

    /** The one kill(2), for a child that nobody else can have reaped. */
    public final int kill(int pid, int signal) {
        return call(SystemCall.KILL, pid, signal, 0);
    }

    /**
     * posix_spawn(3): starts a child. Not the kernel's own call but the C library's, for what it
     * does between vfork and exec cannot be done in Java. It blocks until the child has executed
     * its program, or could not: not for a virtual thread.
     *
     * @return its number, or the negated errno; ENOSYS if the library cannot do what was asked
     */
    public final long spawn(SpawnRequest request) {
        return Spawn.run(this, request);
    }

    // Timers and files that change.

    public final int timerfdCreate(int clock, int flags) {
        return call(SystemCall.TIMERFD_CREATE, clock, flags, 0);
    }

    public final int timerfdSettime(int fd, int flags, long itimerspec, long before) {
        return call(SystemCall.TIMERFD_SETTIME, fd, flags, itimerspec, before);
    }

    public final int timerfdGettime(int fd, long itimerspec) {
        return call(SystemCall.TIMERFD_GETTIME, fd, itimerspec, 0);
    }

    public final int clockGettime(int clock, long timespec) {
        return call(SystemCall.CLOCK_GETTIME, clock, timespec, 0);
    }

    public final int inotifyInit1(int flags) {
        return call(SystemCall.INOTIFY_INIT1, flags, 0, 0);
    }

    public final int inotifyAddWatch(int fd, long path, int mask) {
        return call(SystemCall.INOTIFY_ADD_WATCH, fd, path, mask);
    }

    public final int inotifyRmWatch(int fd, int watch) {
        return call(SystemCall.INOTIFY_RM_WATCH, fd, watch, 0);
    }

    // Readiness.

    public final int epollCreate1(int flags) {
        return call(SystemCall.EPOLL_CREATE1, flags, 0, 0);
    }

    public final int epollCtl(int epfd, int operation, int fd, long event) {
        return call(SystemCall.EPOLL_CTL, epfd, operation, fd, event);
    }

    /** epoll_pwait(2) that may wait: only on a platform thread. */
    public final int epollWait(int epfd, long events, int max, int milliseconds) {
        return (int) call(SystemCall.EPOLL_PWAIT, epfd, events, max, milliseconds, 0, 0);
    }

    /** io_uring_setup(2), with a struct io_uring_params. */
    public final int ioUringSetup(int entries, long params) {
        return call(SystemCall.IO_URING_SETUP, entries, params, 0);
    }

    /** io_uring_enter(2), which may wait: only on a platform thread. */
    public final int ioUringEnter(
            int fd, int submit, int wait, int flags, long argument, long size) {
        return (int) call(SystemCall.IO_URING_ENTER, fd, submit, wait, flags, argument, size);
    }

    public final int ioUringRegister(int fd, int opcode, long argument, int count) {
        return call(SystemCall.IO_URING_REGISTER, fd, opcode, argument, count);
    }

    /** mmap(2) of a whole range of a descriptor; the address, or the negated errno. */
    public final long mmap(long length, int protection, int flags, int fd, long offset) {
        return call(SystemCall.MMAP, 0, length, protection, flags, fd, offset);
    }

    public final int munmap(long address, long length) {
        return call(SystemCall.MUNMAP, address, length, 0);
    }

    public final int eventfd2(int initial, int flags) {
        return call(SystemCall.EVENTFD2, initial, flags, 0);
    }

    /** ppoll(2); the timeout is a struct timespec or 0. */
    public final int ppoll(long pollfds, int count, long timespec) {
        return (int) call(SystemCall.PPOLL, pollfds, count, timespec, 0, 0, 0);
    }
}
