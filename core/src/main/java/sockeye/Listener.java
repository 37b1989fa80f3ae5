// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;

import sockeye.LinuxSocket.Accepted;

import java.io.IOException;
import java.util.function.Function;

/**
 * A socket that makes connections: {@link StreamSocket}s, or {@link MessageSocket}s of
 * SOCK_SEQPACKET.
 *
 * <pre>{@code
 * try (var listener = Listener.stream(InetEndpoint.any(21567))) {
 *     while (true) {
 *         StreamSocket client = listener.accept();
 *         Thread.ofVirtual().start(() -> serve(client));
 *     }
 * }
 * }</pre>
 *
 * <p>An Internet listener has SO_REUSEADDR, and one on {@code [::]} takes IPv4 too. A TCP listener
 * has TCP_NODELAY, which its connections inherit.
 *
 * <p>Any number of threads may accept at once. Close wakes them with {@link
 * java.nio.channels.AsynchronousCloseException}; connections that nobody had accepted are reset by
 * the kernel.
 *
 * @param <S> what accept returns
 */
public final class Listener<S extends Role> implements Role {
    private static final int SOL_SOCKET = 1;
    private static final int SO_REUSEADDR = 2;
    private static final int SO_ACCEPTCONN = 30;
    private static final int IPV6_V6ONLY = 26;

    private static final int EPROTO = 71;
    private static final int ENOPROTOOPT = 92;
    private static final int EHOSTDOWN = 112;
    private static final int ENONET = 64;
    private static final int EHOSTUNREACH = 113;
    private static final int EOPNOTSUPP = 95;
    private static final int ENETUNREACH = 101;
    private static final int ENETDOWN = 100;
    private static final int ECONNABORTED = 103;
    private static final int EPERM = 1;

    private static final int MOST_PASSED_OVER = 64;

    private final LinuxSocket socket;
    private final Function<Accepted, S> role;
    private final UnixPaths.@Nullable Bound bound;

    private Listener(
            LinuxSocket socket, Function<Accepted, S> role, UnixPaths.@Nullable Bound bound) {
        this.socket = socket;
        this.role = role;
        this.bound = bound;
    }

    /**
     * Listens for streams.
     *
     * @param settings options set before the bind; they may override the defaults
     * @throws IOException EADDRINUSE, EADDRNOTAVAIL, EACCES as {@link java.net.BindException}
     */
    public static Listener<StreamSocket> stream(Endpoint local, OptionSetting<?>... settings)
            throws IOException {
        return stream(local, ListenSettings.DEFAULT, settings);
    }

    /** The same with a backlog, and for a path name with rules about its file. */
    public static Listener<StreamSocket> stream(
            Endpoint local, ListenSettings listen, OptionSetting<?>... settings)
            throws IOException {
        return stream(local, 0, listen, settings);
    }

    /**
     * The same with a protocol for socket(2) where the family has several streams.
     *
     * @param protocol {@link IpProtocol#IPPROTO_MPTCP}, {@link IpProtocol#IPPROTO_SCTP}, or 0 for
     *     the usual one
     */
    public static Listener<StreamSocket> stream(
            Endpoint local, int protocol, ListenSettings listen, OptionSetting<?>... settings)
            throws IOException {
        return open(local, SOCK_STREAM, protocol, listen, StreamSocket::accepted, settings);
    }

    /** Listens for connections that keep the boundaries of messages: AF_UNIX, TIPC, vsock. */
    public static Listener<MessageSocket> seqpacket(Endpoint local, OptionSetting<?>... settings)
            throws IOException {
        return seqpacket(local, ListenSettings.DEFAULT, settings);
    }

    /** The same with a backlog, and for a path name with rules about its file. */
    public static Listener<MessageSocket> seqpacket(
            Endpoint local, ListenSettings listen, OptionSetting<?>... settings)
            throws IOException {
        return open(local, SOCK_SEQPACKET, 0, listen, MessageSocket::accepted, settings);
    }

    /**
     * Listens for streams at what a text names: {@code tcp:8080?reuseport}, {@code
     * unix:/run/x.sock?mode=0660&group=www-data}, {@code mptcp:[::1]:0}, {@code fd:3}. A port alone
     * is every address, of IPv6 and IPv4 where the kernel has both; of a host name the first
     * address that can be bound.
     *
     * @param settings options set after those of the text
     * @throws EndpointSyntaxException if the scheme is no stream, an option is not known or has a
     *     wrong value, or the descriptor is no listener of streams (and stays the caller's)
     * @throws java.net.UnknownHostException if the name has no address
     * @see Role#listen(EndpointSpec)
     */
    public static Listener<StreamSocket> stream(EndpointSpec local, OptionSetting<?>... settings)
            throws IOException {
        return Listening.streams(local, settings);
    }

    /** The same for connections that keep the boundaries of messages, {@code unix-seqpacket:}. */
    public static Listener<MessageSocket> seqpacket(
            EndpointSpec local, OptionSetting<?>... settings) throws IOException {
        return Listening.records(local, settings);
    }

    /** The same for whichever of the two the text names. */
    public static Listener<?> open(EndpointSpec local, OptionSetting<?>... settings)
            throws IOException {
        return Listening.connections(local, settings);
    }

    /**
     * Whether one socket can serve IPv6 and IPv4: whether the kernel has AF_INET6, and lets
     * IPV6_V6ONLY be off. Python's {@code has_dualstack_ipv6}. Asks anew each time.
     */
    public static boolean hasDualStack() {
        try (LinuxSocket socket = LinuxSocket.socket(AF_INET6, SOCK_STREAM)) {
            socket.setOption(IpProtocol.IPPROTO_IPV6, IPV6_V6ONLY, 0);
            return true;
        } catch (IOException lacking) {
            return false;
        }
    }

    static <S extends Role> Listener<S> open(
            Endpoint local,
            int type,
            int protocol,
            ListenSettings listen,
            Function<Accepted, S> role,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(local.family(), type, protocol);
        try {
            if (socket.family() == AF_INET || socket.family() == AF_INET6) {
                socket.setOption(SOL_SOCKET, SO_REUSEADDR, 1);
            }
            if (socket.family() == AF_INET6) {
                int only = local.isWildcard() ? 0 : 1;
                socket.setOption(IpProtocol.IPPROTO_IPV6, IPV6_V6ONLY, only);
            }
            Nagle.off(socket);
            socket.apply(settings);
            return new Listener<>(socket, role, UnixPaths.bind(socket, local, listen, true));
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /** The role over a socket that listens already. */
    public static Listener<?> of(LinuxSocket socket) {
        return inherited(socket, null);
    }

    /** The role over a stream socket that listens already. */
    public static Listener<StreamSocket> ofStream(LinuxSocket socket) {
        if (socket.type() != SOCK_STREAM) {
            throw new IllegalArgumentException("no stream socket: " + socket);
        }
        return new Listener<>(socket, StreamSocket::accepted, null);
    }

    /** The role over a socket of records that listens already. */
    static Listener<MessageSocket> ofSeqpacket(LinuxSocket socket) {
        return new Listener<>(socket, MessageSocket::accepted, null);
    }

    /** The role over a socket that another process made, and whose file it told of. */
    static Listener<?> inherited(LinuxSocket socket, UnixPaths.@Nullable Bound bound) {
        return socket.type() == SOCK_STREAM
                ? new Listener<>(socket, StreamSocket::accepted, bound)
                : new Listener<>(socket, MessageSocket::accepted, bound);
    }

    UnixPaths.@Nullable Bound bound() {
        return bound;
    }

    static boolean listens(LinuxSocket socket) throws IOException {
        byte[] answer = socket.getOption(SOL_SOCKET, SO_ACCEPTCONN, Integer.BYTES);
        return OptionCodec.toInt(answer, answer.length) != 0;
    }

    @Override
    public LinuxSocket socket() {
        return socket;
    }

    /** The address that it listens on: with the port that the kernel chose if 0 was asked for. */
    public Endpoint local() throws IOException {
        return bound == null ? socket.getSockName() : bound.endpoint();
    }

    /**
     * Waits for a connection. One that its peer gave up before it was accepted is passed over.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors, ENOBUFS, ENOMEM: the
     *     connection is still there, and a later accept gets it. Also what belongs to one
     *     connection (EPERM, ECONNABORTED, …), if 64 in a row had it: then it may be the answer to
     *     every accept, of a seccomp filter for instance, and trying on would only keep a processor
     *     busy
     */
    public S accept() throws IOException {
        for (int passedOver = 1; ; passedOver++) {
            try {
                Accepted accepted = socket.accept();
                if (TipcConnection.isStale(accepted.socket())) {
                    accepted.socket().close();
                    continue;
                }
                return named(role.apply(accepted));
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure errno)
                        || !ofTheConnection(errno.errno().number())
                        || passedOver >= MOST_PASSED_OVER
                        || !listens(socket)) {
                    throw failed;
                }
            }
        }
    }

    /** The kernel knows a long path by another name, which is nobody's business. */
    private S named(S accepted) {
        if (bound != null && !bound.endpoint().fitsSockaddr()) {
            switch (accepted) {
                case StreamSocket stream -> stream.local(bound.endpoint());
                case MessageSocket messages -> messages.local(bound.endpoint());
                default -> {}
            }
        }
        return accepted;
    }

    /** The errors of accept(2) that belong to the one connection. */
    private static boolean ofTheConnection(int errno) {
        return switch (errno) {
            case ECONNABORTED,
                    EPERM,
                    EPROTO,
                    ENOPROTOOPT,
                    EHOSTDOWN,
                    ENONET,
                    EHOSTUNREACH,
                    EOPNOTSUPP,
                    ENETUNREACH,
                    ENETDOWN ->
                    true;
            default -> false;
        };
    }

    /** Sets the time by which every accept has to be done, waiting ones included. */
    public void deadline(Deadline deadline) {
        socket.readDeadline(deadline);
    }

    /** Whether it has not been closed. */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket, and removes the file of its path name if that is still its own. */
    @Override
    public void close() throws IOException {
        if (bound != null && socket.isOpen()) {
            bound.unlink();
        }
        socket.close();
    }

    @Override
    public String toString() {
        return "Listener[" + socket + "]";
    }
}
