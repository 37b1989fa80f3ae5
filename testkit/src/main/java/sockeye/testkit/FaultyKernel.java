// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import sockeye.MessageFlag;
import sockeye.SocketType;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.kernel.SystemCall;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The real kernel, but it interrupts calls, says EAGAIN, reads and writes short, and runs out of
 * descriptors and memory, as a seed has it. The real one does all of that too, only never when a
 * test looks.
 *
 * <pre>{@code
 * try (var faults = FaultyKernel.install(seed).with(Fault.EINTR, 0.1)) {
 *     ...
 * }
 * }</pre>
 *
 * <p>A fault is one that the kernel could have made: EAGAIN is followed by the event that would
 * follow it, and so is a short read; messages are never cut; a call that failed has done nothing.
 *
 * <p>It stands before the sockets that are made while it is installed, in the whole process, so
 * tests that use it run one at a time. With several threads a seed fixes the sequence of the draws,
 * not who gets which.
 */
public final class FaultyKernel extends ForwardingKernel implements AutoCloseable {
    /** What can go wrong. */
    public enum Fault {
        /** A signal came: EINTR, of any call that may wait. */
        EINTR(4),
        /** Not now: EAGAIN, of accept, receive, send, read, write and sendfile. */
        EAGAIN(11),
        /** A stream gives fewer bytes than it could, recvmmsg fewer messages. */
        SHORT_READ(0),
        /** A stream takes fewer bytes than it could, sendmmsg fewer messages. */
        SHORT_WRITE(0),
        /** No descriptor number left in this process: EMFILE. */
        EMFILE(24),
        /** No open file left in the system: ENFILE. */
        ENFILE(23),
        /** No buffers for a send: ENOBUFS. */
        ENOBUFS(105),
        /** No memory for a send: ENOMEM. */
        ENOMEM(12);

        private final int number;

        Fault(int number) {
            this.number = number;
        }
    }

    private static final int EPOLL_CTL_MOD = 3;
    private static final int SOL_SOCKET = 1;
    private static final int SO_TYPE = 3;
    private static final int F_DUPFD_CLOEXEC = 1030;

    private static final long MSGHDR = 56;
    private static final long MSG_IOV = 16;
    private static final long MSG_IOVLEN = 24;
    private static final long IOVEC = 16;
    private static final long IOV_LEN = 8;

    /** A line of /proc/self/fdinfo of an epoll instance. */
    private static final Pattern TARGET =
            Pattern.compile("tfd:\\s*(\\d+) events:\\s*([0-9a-f]+) data:\\s*([0-9a-f]+).*");

    private static final List<Fault> DESCRIPTORS = List.of(Fault.EMFILE, Fault.ENFILE);
    private static final List<Fault> MEMORY = List.of(Fault.ENOBUFS, Fault.ENOMEM);

    private final Kernel real;
    private final long seed;
    private final SplittableRandom random; // guarded by itself
    private final Map<Fault, Double> odds = new EnumMap<>(Fault.class); // guarded by random
    private final Map<Fault, Long> injected = new EnumMap<>(Fault.class); // guarded by random

    private FaultyKernel(Kernel real, long seed) {
        super(real);
        this.real = real;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /** Puts one in front of the kernel, without any faults as yet. */
    public static FaultyKernel install(long seed) throws IOException {
        NoLeaks.warm();
        for (TestFamily each : TestFamily.values()) {
            // What this machine has is found out without faults.
            each.missing();
        }
        FaultyKernel made = new FaultyKernel(Kernel.current(), seed);
        Kernel.install(made);
        return made;
    }

    /** Has a fault happen with a probability between 0 and 1 at each call that can have it. */
    public FaultyKernel with(Fault fault, double probability) {
        synchronized (random) {
            odds.put(fault, probability);
        }
        return this;
    }

    /** How often a fault has happened. */
    public long count(Fault fault) {
        synchronized (random) {
            return injected.getOrDefault(fault, 0L);
        }
    }

    /** No faults from now on; sockets made under it go on. The kernel before it is back. */
    @Override
    public void close() {
        synchronized (random) {
            odds.clear();
        }
        Kernel.install(real);
    }

    /** The seed and what happened: to be printed with a failure. */
    @Override
    public String toString() {
        var counts = new StringJoiner(", ", "FaultyKernel[seed=" + seed + ", ", "]");
        for (Fault each : Fault.values()) {
            counts.add(each + "=" + count(each));
        }
        return counts.toString();
    }

    private boolean happens(Fault fault) {
        synchronized (random) {
            Double probability = odds.get(fault);
            if (probability == null || random.nextDouble() >= probability) {
                return false;
            }
            injected.merge(fault, 1L, Long::sum);
            return true;
        }
    }

    /** The negated errno of the first of these faults that happens, or 0. */
    private long refuse(List<Fault> faults) {
        for (Fault each : faults) {
            if (happens(each)) {
                return -each.number;
            }
        }
        return 0;
    }

    /** A part of a length, at least 1. */
    private long cut(long length) {
        synchronized (random) {
            return random.nextBoolean() ? 1 : random.nextLong(1, length);
        }
    }

    @Override
    public boolean injectsFaults() {
        return true;
    }

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        long refused = refusal(call, a, b, flags(call, c, d));
        if (refused != 0) {
            return refused;
        }
        return switch (call) {
            case RECVFROM -> {
                boolean cut = cutsRead((int) a, c, d);
                long result = super.call(call, a, b, cut ? cut(c) : c, d, e, f);
                if (cut) {
                    ready((int) a);
                }
                yield result;
            }
            case RECVMSG, SENDMSG -> callWithHeader(call, a, b, c, d, e, f);
            case RECVMMSG -> {
                boolean cut = c > 1 && !isPeek((int) d) && happens(Fault.SHORT_READ);
                long result = super.call(call, a, b, cut ? cut(c) : c, d, e, f);
                if (cut) {
                    ready((int) a);
                }
                yield result;
            }
            case SENDMMSG ->
                    super.call(
                            call, a, b, c > 1 && happens(Fault.SHORT_WRITE) ? cut(c) : c, d, e, f);
            case SENDTO -> super.call(call, a, b, cutsWrite((int) a, c) ? cut(c) : c, d, e, f);
            case SENDFILE ->
                    super.call(
                            call, a, b, c, d > 1 && happens(Fault.SHORT_WRITE) ? cut(d) : d, e, f);
            case SPLICE ->
                    super.call(
                            call, a, b, c, d, e > 1 && happens(Fault.SHORT_READ) ? cut(e) : e, f);
            default -> super.call(call, a, b, c, d, e, f);
        };
    }

    @Override
    protected long critical(
            SystemCall call,
            long a,
            MemorySegment b,
            long c,
            long d,
            MemorySegment e,
            MemorySegment f) {
        long refused = refusal(call, a, 0, (int) d);
        if (refused != 0) {
            return refused;
        }
        if (call == SystemCall.RECVFROM && cutsRead((int) a, c, d)) {
            long result = super.critical(call, a, b, cut(c), d, e, f);
            ready((int) a);
            return result;
        }
        boolean cut = call == SystemCall.SENDTO && cutsWrite((int) a, c);
        return super.critical(call, a, b, cut ? cut(c) : c, d, e, f);
    }

    /** A call whose lengths lie in its {@code struct msghdr}: cut there, and put back. */
    private long callWithHeader(
            SystemCall call, long fd, long msghdr, long flags, long d, long e, long f) {
        MemorySegment header = memory(msghdr, MSGHDR);
        long vectors = header.get(ValueLayout.JAVA_LONG, MSG_IOVLEN);
        if (vectors == 0) {
            return super.call(call, fd, msghdr, flags, d, e, f);
        }
        MemorySegment first = memory(header.get(ValueLayout.JAVA_LONG, MSG_IOV), IOVEC);
        long length = first.get(ValueLayout.JAVA_LONG, IOV_LEN);
        boolean cut =
                call == SystemCall.RECVMSG
                        ? cutsRead((int) fd, length, flags)
                        : cutsWrite((int) fd, length);
        if (!cut) {
            return super.call(call, fd, msghdr, flags, d, e, f);
        }
        header.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
        first.set(ValueLayout.JAVA_LONG, IOV_LEN, cut(length));
        try {
            return super.call(call, fd, msghdr, flags, d, e, f);
        } finally {
            first.set(ValueLayout.JAVA_LONG, IOV_LEN, length);
            header.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, vectors);
            if (call == SystemCall.RECVMSG) {
                ready((int) fd);
            }
        }
    }

    private static int flags(SystemCall call, long c, long d) {
        return switch (call) {
            case SENDMSG, RECVMSG -> (int) c;
            case SENDTO, RECVFROM, SENDMMSG, RECVMMSG -> (int) d;
            default -> 0;
        };
    }

    private long refusal(SystemCall call, long a, long b, int flags) {
        return switch (call) {
            case SOCKET,
                    SOCKETPAIR,
                    PIPE2,
                    OPENAT,
                    EPOLL_CREATE1,
                    EVENTFD2,
                    TIMERFD_CREATE,
                    INOTIFY_INIT1,
                    PIDFD_OPEN,
                    PIDFD_GETFD ->
                    refuse(DESCRIPTORS);
            case FCNTL -> b == F_DUPFD_CLOEXEC ? refuse(DESCRIPTORS) : 0;
            case ACCEPT4 -> {
                long none = refuse(DESCRIPTORS);
                yield none != 0 ? none : notNow((int) a);
            }
            case CONNECT, IO_URING_ENTER -> happens(Fault.EINTR) ? -Fault.EINTR.number : 0;
            case RECVFROM, RECVMSG, RECVMMSG -> isPeek(flags) ? 0 : notNow((int) a);
            case SENDTO, SENDMSG, SENDMMSG -> {
                long none = refuse(MEMORY);
                yield none != 0 ? none : notNow((int) a);
            }
            case SENDFILE, READ, WRITE -> notNow((int) a);
            default -> 0;
        };
    }

    private long notNow(int fd) {
        if (happens(Fault.EINTR)) {
            return -Fault.EINTR.number;
        }
        if (happens(Fault.EAGAIN)) {
            ready(fd);
            return -Fault.EAGAIN.number;
        }
        return 0;
    }

    /** Whether a receive leaves the queue as it is, or is of the queue of errors. */
    private static boolean isPeek(int flags) {
        return (flags & (MessageFlag.MSG_PEEK | MessageFlag.MSG_ERRQUEUE)) != 0;
    }

    private boolean cutsRead(int fd, long length, long flags) {
        return length > 1 && !isPeek((int) flags) && isStream(fd) && happens(Fault.SHORT_READ);
    }

    private boolean cutsWrite(int fd, long length) {
        return length > 1 && isStream(fd) && happens(Fault.SHORT_WRITE);
    }

    private boolean isStream(int fd) {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(ValueLayout.JAVA_INT, Scratch.INTS, Integer.BYTES);
            long value = scratch.address(Scratch.CONTROL);
            int result =
                    real.getsockopt(fd, SOL_SOCKET, SO_TYPE, value, scratch.address(Scratch.INTS));
            return result == 0
                    && scratch.memory().get(ValueLayout.JAVA_INT, Scratch.CONTROL)
                            == SocketType.SOCK_STREAM;
        }
    }

    /**
     * Has epoll report once more what the descriptor is ready for, wherever it is registered: as if
     * the readiness had come after the call. What is not registered yet reports it when it is.
     */
    private void ready(int fd) {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            for (Path link : links.toList()) {
                rearm(link, fd);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void rearm(Path link, int fd) {
        try {
            if (!Files.readSymbolicLink(link).toString().equals("anon_inode:[eventpoll]")) {
                return;
            }
            String number = link.getFileName().toString();
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", number))) {
                Matcher target = TARGET.matcher(line);
                if (target.matches() && Integer.parseInt(target.group(1)) == fd) {
                    rearm(Integer.parseInt(number), fd, target.group(2), target.group(3));
                }
            }
        } catch (IOException gone) {
            // It was closed meanwhile, and so is none that waits for us.
        }
    }

    private void rearm(int epfd, int fd, String events, String data) {
        boolean packed = System.getProperty("os.arch").equals("amd64");
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(
                    ValueLayout.JAVA_INT_UNALIGNED,
                    Scratch.INTS,
                    Integer.parseUnsignedInt(events, 16));
            memory.set(
                    ValueLayout.JAVA_LONG_UNALIGNED,
                    Scratch.INTS + (packed ? 4 : 8),
                    Long.parseUnsignedLong(data, 16));
            real.epollCtl(epfd, EPOLL_CTL_MOD, fd, scratch.address(Scratch.INTS));
        }
    }
}
