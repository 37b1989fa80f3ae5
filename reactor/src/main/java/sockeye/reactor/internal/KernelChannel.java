// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.AncillaryType;
import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.IpOption;
import sockeye.IpProtocol;
import sockeye.Ipv6Option;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.PassedDescriptor;
import sockeye.PeerCredentials;
import sockeye.Role;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.internal.ControlMessages;
import sockeye.internal.ControlSearch;
import sockeye.internal.InetNames;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * A descriptor. One that was accepted is a bare number, and gets a {@link LinuxSocket} only if
 * somebody asks for one.
 */
sealed class KernelChannel extends Channel permits SharedChannel {
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;

    /** struct ucred. */
    private static final int CREDENTIALS = 12;

    final Kernel kernel;
    final int fd;
    private final int family;
    private final int type;
    private final int protocol;
    private @Nullable Role role;
    private @Nullable LinuxSocket socket;

    /** Whether something comes beside messages that was asked for. */
    private boolean besideAsked;

    /** What epoll watches for, or −1 if it does not know the descriptor; its slot. */
    int interest = -1;

    int slot;

    KernelChannel(Kernel kernel, int fd, int family, int type, int protocol) {
        this.kernel = kernel;
        this.fd = fd;
        this.family = family;
        this.type = type;
        this.protocol = protocol;
    }

    /** The channel of a socket that is made already, and is closed with it. */
    static KernelChannel of(Kernel kernel, Role role) {
        LinuxSocket socket = role.socket();
        var channel =
                new KernelChannel(
                        kernel, socket.fileno(), socket.family(), socket.type(), socket.protocol());
        channel.role = role;
        channel.socket = socket;
        return channel;
    }

    /** The channel of what need not be a socket. */
    static KernelChannel of(Kernel kernel, int fd) {
        return new KernelChannel(kernel, fd, AddressFamily.AF_UNSPEC, 0, 0);
    }

    /** Whether others connect to it, and not it to another. */
    boolean listens() {
        return role instanceof Listener<?>;
    }

    @Override
    boolean isUnixStream() {
        return family == AddressFamily.AF_UNIX && type == SocketType.SOCK_STREAM;
    }

    @Override
    boolean isUnixMessages() {
        return family == AddressFamily.AF_UNIX && type != SocketType.SOCK_STREAM;
    }

    /** The channel of a connection that was accepted here. */
    KernelChannel accepted(int made) {
        return new KernelChannel(kernel, made, family, type, protocol);
    }

    @Override
    int type() {
        return type;
    }

    int family() {
        return family;
    }

    boolean isInet() {
        return family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6;
    }

    boolean isSctp() {
        return isInet() && protocol == IpProtocol.IPPROTO_SCTP;
    }

    /** Whether a short read says that nothing more is queued. */
    boolean isTcp() {
        return isInet() && protocol == IpProtocol.IPPROTO_TCP;
    }

    boolean isUdp() {
        return isInet() && type == SocketType.SOCK_DGRAM && protocol == IpProtocol.IPPROTO_UDP;
    }

    boolean isNetlink() {
        return family == AddressFamily.AF_NETLINK;
    }

    /** Whether several messages may be received by one call: an empty one is no end of it. */
    boolean receivesMany() {
        return type == SocketType.SOCK_DGRAM && (isInet() || family == AddressFamily.AF_UNIX);
    }

    /** Whether a send that finds no room gets no event when there is some; see waiting.md. */
    boolean hasSilentRoom() {
        return family == AddressFamily.AF_NETLINK
                || (family == AddressFamily.AF_UNIX && type == SocketType.SOCK_DGRAM);
    }

    @Override
    boolean halfCloses() {
        return family != AddressFamily.AF_TIPC && !isSctp();
    }

    /** SCTP shuts down both directions, but delivers what is under way in both before. */
    @Override
    boolean lingers() {
        return halfCloses() || isSctp();
    }

    @Override
    boolean takesFiles() {
        return true;
    }

    @Override
    @Nullable Endpoint peer() {
        return name(true);
    }

    @Override
    @Nullable Endpoint local() {
        return name(false);
    }

    private @Nullable Endpoint name(boolean ofPeer) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS, Scratch.ADDRESS_BYTES);
            long address = scratch.address(Scratch.ADDRESS);
            long length = scratch.address(Scratch.INTS);
            int result =
                    ofPeer
                            ? kernel.getpeername(fd, address, length)
                            : kernel.getsockname(fd, address, length);
            if (result < 0) {
                return null;
            }
            byte[] bytes = scratch.sockaddr();
            MemorySegment.copy(memory, JAVA_BYTE, Scratch.ADDRESS, bytes, 0, bytes.length);
            return Endpoint.decode(bytes, memory.get(JAVA_INT, Scratch.INTS));
        }
    }

    @Override
    void requireOfMine(Endpoint peer) {
        try (Scratch scratch = Scratch.take()) {
            var _ = peer.encode(family, scratch.sockaddr());
        }
    }

    @Override
    void associate(@Nullable Endpoint with) throws IOException {
        LinuxSocket mine = socket();
        if (with == null || (isInet() && peer() != null)) {
            // A socket of IP stays with the source address of its first route until it is let go.
            dissolve(mine);
        }
        if (with != null) {
            mine.connect(with);
        }
        // What came back from the one before is nothing to the next.
        var _ = mine.getOption(SoOption.ERROR);
    }

    /** The kernel takes back the port that it has chosen; it is asked for again. */
    private void dissolve(LinuxSocket mine) throws IOException {
        Endpoint before = mine.getSockName();
        mine.disconnect();
        if (before instanceof InetEndpoint was
                && was.port() != 0
                && mine.getSockName() instanceof InetEndpoint now
                && now.port() == 0) {
            mine.bind(now.withPort(was.port()));
        }
    }

    @Override
    <T> Optional<T> unwrap(Class<T> kind) {
        if (kind.isInstance(role)) {
            return Optional.of(kind.cast(role));
        }
        return kind == LinuxSocket.class ? Optional.of(kind.cast(socket())) : Optional.empty();
    }

    private LinuxSocket socket() {
        LinuxSocket known = socket;
        if (known == null) {
            try {
                known = LinuxSocket.adopt(fd);
            } catch (IOException gone) {
                throw new IllegalStateException("the connection is closed", gone);
            }
            socket = known;
        }
        return known;
    }

    @Override
    IOException failure(String operation, int result, @Nullable Endpoint to) {
        Endpoint peer = to != null ? to : peer();
        Endpoint local = local();
        Endpoint named = peer != null ? peer : local;
        String what = named == null ? null : EndpointSpec.describe(family, type, protocol, named);
        return ErrnoFailure.of(operation, -result, what, local, peer, 0);
    }

    @Override
    int encode(Endpoint peer, Chunk chunk) {
        try (Scratch scratch = Scratch.take()) {
            byte[] bytes = scratch.sockaddr();
            int length = peer.encode(family, bytes);
            MemorySegment.copy(bytes, 0, chunk.memory, JAVA_BYTE, chunk.nameStart, length);
            return length;
        }
    }

    @Override
    @Nullable Endpoint decode(Chunk chunk) {
        if (chunk.nameLength == 0 && family != AddressFamily.AF_UNIX) {
            return null;
        }
        try (Scratch scratch = Scratch.take()) {
            byte[] bytes = scratch.sockaddr();
            int length = Math.min(chunk.nameLength, bytes.length);
            MemorySegment.copy(chunk.memory, JAVA_BYTE, chunk.nameStart, bytes, 0, length);
            return Endpoint.decode(bytes, chunk.nameLength);
        }
    }

    /** How much room a message needs for what comes beside it: by UDP_GRO, or asked for here. */
    int controlRoom() {
        return besideAsked || isUdp() ? Chunk.CONTROL_BYTES : 0;
    }

    /** The same where so many descriptors are taken, and not one more. */
    int controlRoom(int descriptors) {
        return (besideAsked ? Ancillary.space(CREDENTIALS) : 0)
                + Ancillary.length(Integer.BYTES * descriptors);
    }

    /** Moves the descriptors that came beside a message to where they are cared for. */
    void takeDescriptors(Chunk chunk) {
        MemorySegment area = chunk.memory.asSlice(chunk.controlStart);
        chunk.passing = Passing.received(area, chunk.controlLength, chunk.flags);
        long rights = rights(chunk);
        if (rights >= 0) {
            // What is behind is theirs, too: the kernel writes them last.
            chunk.controlLength = (int) rights - Ancillary.length(0) - chunk.controlStart;
        }
    }

    @Override
    void askAddress() {
        if (!isInet() || type != SocketType.SOCK_DGRAM) {
            return;
        }
        Endpoint local = local();
        if (local == null || !local.isWildcard()) {
            return;
        }
        try {
            boolean ipv6 = family == AddressFamily.AF_INET6;
            if (ipv6) {
                socket().setOption(Ipv6Option.RECV_PKT_INFO, true);
            }
            if (!ipv6 || !socket().getOption(Ipv6Option.V6_ONLY)) {
                socket().setOption(IpOption.PKT_INFO, true);
            }
            besideAsked = true;
        } catch (IOException unknown) {
            // Then answers are sent from where the routes say.
        }
    }

    @Override
    void askCredentials() {
        if (family == AddressFamily.AF_UNIX && type == SocketType.SOCK_DGRAM) {
            try {
                socket().setOption(SoOption.PASS_CRED, true);
                besideAsked = true;
            } catch (IOException unknown) {
                // Then nobody is known.
            }
        }
    }

    @Override
    int sender(Chunk chunk, byte[] address) {
        int port = InetNames.port(chunk.memory, chunk.nameStart, chunk.nameLength);
        if (port >= 0) {
            InetNames.copyAddress(chunk.memory, chunk.nameStart, address);
        }
        return port;
    }

    @Override
    @Nullable Endpoint receiver(Chunk chunk) {
        for (Ancillary each : beside(chunk)) {
            if (each instanceof Ancillary.PacketInfo info && local() instanceof InetEndpoint here) {
                IpAddress to = info.local().isUnspecified() ? info.destination() : info.local();
                boolean scoped = to.isLinkLocal() && !to.isIpv4();
                return new InetEndpoint(to, here.port(), 0, scoped ? info.interfaceIndex() : 0);
            }
        }
        return null;
    }

    @Override
    @Nullable PeerCredentials credentials(Chunk chunk) {
        return family != AddressFamily.AF_UNIX
                ? null
                : ControlSearch.credentials(chunk.memory, chunk.controlStart, chunk.controlLength);
    }

    private boolean hasDescriptors(Chunk chunk) {
        return family == AddressFamily.AF_UNIX && rights(chunk) >= 0;
    }

    private static long rights(Chunk chunk) {
        return ControlSearch.find(
                chunk.memory,
                chunk.controlStart,
                chunk.controlLength,
                AncillaryType.SOL_SOCKET,
                AncillaryType.SCM_RIGHTS,
                Integer.BYTES);
    }

    private static List<Ancillary> beside(Chunk chunk) {
        return chunk.controlLength == 0
                ? List.of()
                : ControlMessages.decode(
                                chunk.memory.asSlice(chunk.controlStart, chunk.controlLength),
                                chunk.controlLength)
                        .ancillary();
    }

    @Override
    void answerFrom(Chunk question, Chunk answer) {
        answer.controlLength =
                ControlSearch.answerFrom(
                        question.memory,
                        question.controlStart,
                        question.controlLength,
                        answer.memory,
                        answer.controlStart);
    }

    @Override
    void forget(Chunk chunk) {
        if (!hasDescriptors(chunk)) {
            return;
        }
        for (Ancillary each : beside(chunk)) {
            if (each instanceof Ancillary.Rights rights) {
                for (PassedDescriptor passed : rights.descriptors()) {
                    try {
                        passed.close();
                    } catch (IOException closedNevertheless) {
                        // The number is gone.
                    }
                }
            }
        }
        chunk.controlLength = 0;
    }

    int shutdown(int how) {
        return kernel.shutdown(fd, how);
    }

    /** Has the close that follows reset the connection. */
    void resetOnClose() {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_INT, Scratch.INTS, 1);
            scratch.memory().set(JAVA_INT, Scratch.INTS + 4, 0);
            kernel.setsockopt(fd, SOL_SOCKET, SO_LINGER, scratch.address(Scratch.INTS), 8);
        }
    }

    /** close(2), by whoever has charge of the number. */
    void close() {
        try {
            if (role != null) {
                role.close();
            } else if (socket != null) {
                socket.close();
            } else {
                kernel.close(fd);
            }
        } catch (IOException closedNevertheless) {
            // The number is gone, and nobody waits for the error.
        }
    }
}
