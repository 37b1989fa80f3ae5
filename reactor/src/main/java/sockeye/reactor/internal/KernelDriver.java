// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.IpProtocol;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.Role;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.TcpOption;
import sockeye.UnixEndpoint;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.kernel.NativeMessages;
import sockeye.internal.kernel.Scratch;
import sockeye.reactor.DriverKind;
import sockeye.reactor.ReactorSettings;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** What the drivers have in common that stand on the kernel: sockets, the bell, the clock. */
abstract sealed class KernelDriver extends Driver implements Spin.Sleeper
        permits EpollDriver, RingDriver {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int MSG_PEEK = 2;
    private static final int SHUT_WR = 1;
    private static final int SHUT_RDWR = 2;
    static final int POLLIN = 1;
    private static final int POLLHUP = 0x10;
    private static final int POLLRDHUP = 0x2000;
    private static final int FIONREAD = 0x541B;

    final Kernel kernel;

    /** An eventfd that is readable when it was rung. */
    final int bell;

    /** Kept open so that it can be given up for a connection that is to be turned away. */
    private int spare;

    private final NativeMessage header = new NativeMessage();
    private @Nullable MemorySegment control;

    /** How many messages one call sends or receives. */
    static final int MANY = 32;

    private final NativeMessages messages = new NativeMessages(MANY, 2 * MANY);
    final Spin spin;

    KernelDriver(Kernel kernel, Spin spin) throws IOException {
        this.kernel = kernel;
        this.spin = spin;
        this.bell = counter(kernel);
        this.spare = kernel.eventfd2(0, EFD_CLOEXEC);
    }

    /** The driver that settings ask for, or the best that the kernel lets us have. */
    static KernelDriver choose(ReactorSettings settings) throws IOException {
        Kernel kernel = Kernel.current();
        Spin spin = Spin.of(settings.spin());
        if (settings.driver() == DriverKind.EPOLL) {
            return DriverNotice.given(new EpollDriver(kernel, "it was asked for", spin), true);
        }
        boolean must = settings.driver() == DriverKind.IO_URING;
        try {
            String why = must ? "it was asked for" : "the kernel has it";
            var ring = new RingDriver(kernel, settings.mask(), why, RingSizes.USUAL, spin);
            ring.lendFrom(settings.zeroCopy());
            return DriverNotice.given(ring, true);
        } catch (RingRefusal refused) {
            if (must) {
                throw refused;
            }
            String why = String.valueOf(refused.getMessage());
            return DriverNotice.given(new EpollDriver(kernel, why, spin), false);
        }
    }

    /** An eventfd. */
    static int counter(Kernel kernel) throws IOException {
        int fd = kernel.eventfd2(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (fd < 0) {
            throw ErrnoFailure.of("eventfd", -fd, "", null, null, 0);
        }
        return fd;
    }

    /** A header for one attempt. */
    final NativeMessage header() {
        return header;
    }

    /** Headers for one attempt. */
    final NativeMessages messages() {
        return messages;
    }

    @Override
    final void tellKnown() {
        tellDone();
    }

    @Override
    long nanos() {
        return System.nanoTime();
    }

    @Override
    RandomGenerator random() {
        return ThreadLocalRandom.current();
    }

    @Override
    void wake() {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_LONG, Scratch.INTS, 1);
            long result;
            do {
                result = kernel.write(bell, scratch.address(Scratch.INTS), Long.BYTES);
            } while (result == Operation.EINTR || result == Operation.EAGAIN);
        }
    }

    /** Makes the bell silent again. */
    final void hush() {
        try (Scratch scratch = Scratch.take()) {
            long result;
            do {
                result = kernel.read(bell, scratch.address(Scratch.INTS), Long.BYTES);
            } while (result == Operation.EINTR);
        }
    }

    /** The channel of a descriptor of any kind, which is closed with it. */
    KernelChannel channel(int fd) {
        return KernelChannel.of(kernel, fd);
    }

    /** Room for what comes beside the bytes of one receive. */
    final MemorySegment control() {
        MemorySegment room = control;
        if (room == null) {
            int most = Ancillary.Rights.MAX_DESCRIPTORS;
            room = Arena.ofAuto().allocate(Ancillary.Rights.space(most), 8);
            control = room;
        }
        return room;
    }

    KernelChannel channel(Role role) {
        return KernelChannel.of(kernel, role);
    }

    @Override
    Channel listen(Endpoint local, int type, OptionSetting<?>... settings) throws IOException {
        return channel(
                type == SocketType.SOCK_STREAM
                        ? Listener.stream(local, settings)
                        : Listener.seqpacket(local, settings));
    }

    @Override
    Channel bind(Endpoint local, OptionSetting<?>... settings) throws IOException {
        return channel(MessageSocket.bind(local, settings));
    }

    @Override
    Channel socket(
            Endpoint peer,
            int type,
            int protocol,
            @Nullable Endpoint local,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(peer.family(), type, protocol);
        boolean done = false;
        try {
            if (socket.protocol() == IpProtocol.IPPROTO_TCP
                    || socket.protocol() == IpProtocol.IPPROTO_MPTCP) {
                socket.setOption(TcpOption.NO_DELAY, true);
            }
            socket.apply(settings);
            if (local != null) {
                socket.bind(local);
            } else if (socket.family() == AddressFamily.AF_UNIX && type == SocketType.SOCK_DGRAM) {
                socket.bind(UnixEndpoint.unnamed());
            }
            done = true;
            return channel(
                    type == SocketType.SOCK_STREAM
                            ? StreamSocket.of(socket)
                            : MessageSocket.of(socket));
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    @Override
    @Nullable Channel accepted(Channel listener, int handle) {
        KernelChannel made = ((KernelChannel) listener).accepted(handle);
        if (made.family() == AddressFamily.AF_TIPC && made.peer() == null) {
            // A request whose client has given up long ago; see docs/tipc.md.
            made.close();
            return null;
        }
        return made;
    }

    @Override
    int acceptNow(Channel listener) {
        int fd = ((KernelChannel) listener).fd;
        return kernel.accept4(fd, 0, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    }

    @Override
    boolean turnAway(Channel listener, Runnable meanwhile) {
        int fd = ((KernelChannel) listener).fd;
        if (spare >= 0) {
            kernel.close(spare);
        }
        int client = kernel.accept4(fd, 0, 0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (client >= 0) {
            kernel.close(client);
        }
        meanwhile.run();
        spare = kernel.eventfd2(0, EFD_CLOEXEC);
        return client >= 0;
    }

    @Override
    boolean hasInput(Channel channel) {
        return channel instanceof KernelChannel c
                ? poll(c, POLLIN) != 0
                : ((PairChannel) channel).hasInput(this);
    }

    /** What of these events holds now. */
    final int poll(KernelChannel c, int events) {
        try (Scratch scratch = Scratch.take()) {
            long at = scratch.address(Scratch.INTS);
            scratch.memory().set(JAVA_INT, Scratch.INTS, c.fd);
            scratch.memory().set(JAVA_SHORT, Scratch.INTS + 4, (short) events);
            scratch.memory().set(JAVA_SHORT, Scratch.INTS + 6, (short) 0);
            scratch.memory().asSlice(Scratch.ADDRESS, 16).fill((byte) 0);
            kernel.ppoll(at, 1, scratch.address(Scratch.ADDRESS));
            return scratch.memory().get(JAVA_SHORT, Scratch.INTS + 6);
        }
    }

    @Override
    int shutdownOutput(Channel channel) {
        return channel instanceof KernelChannel c
                ? c.shutdown(SHUT_WR)
                : ((PairChannel) channel).endOutput(this);
    }

    /** Lets go of a descriptor that is about to be closed, and has no operation under way. */
    void forget(KernelChannel channel) {}

    @Override
    void close(Channel channel, boolean reset) {
        // Asked first, for with no descriptor left a class that is not loaded yet cannot be.
        if (!(channel instanceof KernelChannel c)) {
            ((PairChannel) channel).close(this);
            return;
        }
        forget(c);
        if (reset && c.isInet() && c.type() == SocketType.SOCK_STREAM) {
            c.resetOnClose();
        } else if (!c.halfCloses() && c.type() != SocketType.SOCK_DGRAM && !c.listens()) {
            // A TIPC peer would take a bare close for a failure. A listener may be another's, too.
            c.shutdown(SHUT_RDWR);
        }
        c.close();
    }

    @Override
    void close() {
        kernel.close(bell);
        if (spare >= 0) {
            kernel.close(spare);
        }
    }

    /** Whether bytes are queued, as far as the family can say. */
    final boolean hasBytes(KernelChannel c) {
        try (Scratch scratch = Scratch.take()) {
            long at = scratch.address(Scratch.INTS);
            return kernel.ioctl(c.fd, FIONREAD, at) >= 0
                    && scratch.memory().get(JAVA_INT, Scratch.INTS) > 0;
        }
    }

    /**
     * Whether a receive of nothing was the end of a connection rather than an empty message: see
     * {@link MessageSocket#isEnded()}.
     */
    final boolean isEnded(KernelChannel c) {
        if (c.type() != SocketType.SOCK_SEQPACKET) {
            return false;
        }
        if ((poll(c, POLLRDHUP) & (POLLRDHUP | POLLHUP)) == 0) {
            return false;
        }
        try (Scratch scratch = Scratch.take()) {
            long at = scratch.address(Scratch.INTS);
            long room = scratch.address(Scratch.ADDRESS);
            int flags = MSG_PEEK | Operation.MSG_DONTWAIT;
            if (kernel.recvfrom(c.fd, room, 1, flags, 0, 0) != 0) {
                return false;
            }
            // The next may be empty too, and others follow.
            return c.family() != AddressFamily.AF_UNIX
                    || (kernel.ioctl(c.fd, FIONREAD, at) >= 0
                            && scratch.memory().get(JAVA_INT, Scratch.INTS) == 0);
        }
    }
}
