// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The transports that an {@link EndpointSpec} can name, each with the three arguments of socket(2)
 * that it stands for and the form of its target.
 */
public enum EndpointScheme {
    /** {@code tcp:HOST:PORT} or {@code tcp:PORT}. */
    TCP(
            AddressFamily.AF_UNSPEC,
            SocketType.SOCK_STREAM,
            IpProtocol.IPPROTO_TCP,
            TargetGrammar.INET),
    /** {@code mptcp:HOST:PORT} or {@code mptcp:PORT}: multipath TCP. */
    MPTCP(
            AddressFamily.AF_UNSPEC,
            SocketType.SOCK_STREAM,
            IpProtocol.IPPROTO_MPTCP,
            TargetGrammar.INET),
    /** {@code sctp:HOST:PORT} or {@code sctp:PORT}: one socket a connection. */
    SCTP(
            AddressFamily.AF_UNSPEC,
            SocketType.SOCK_STREAM,
            IpProtocol.IPPROTO_SCTP,
            TargetGrammar.INET),
    /** {@code udp:HOST:PORT} or {@code udp:PORT}. */
    UDP(AddressFamily.AF_UNSPEC, SocketType.SOCK_DGRAM, IpProtocol.IPPROTO_UDP, TargetGrammar.INET),
    /** {@code udplite:HOST:PORT} or {@code udplite:PORT}. */
    UDPLITE(
            AddressFamily.AF_UNSPEC,
            SocketType.SOCK_DGRAM,
            IpProtocol.IPPROTO_UDPLITE,
            TargetGrammar.INET),
    /** {@code unix:PATH} or {@code unix:@NAME}: a stream. */
    UNIX(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM, 0, TargetGrammar.UNIX),
    /** {@code unix-dgram:PATH} or {@code unix-dgram:@NAME}. */
    UNIX_DGRAM(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM, 0, TargetGrammar.UNIX),
    /** {@code unix-seqpacket:PATH} or {@code unix-seqpacket:@NAME}. */
    UNIX_SEQPACKET(AddressFamily.AF_UNIX, SocketType.SOCK_SEQPACKET, 0, TargetGrammar.UNIX),
    /** {@code tipc-stream:TYPE/INSTANCE} or {@code tipc-stream:TYPE/LOWER-UPPER}. */
    TIPC_STREAM(AddressFamily.AF_TIPC, SocketType.SOCK_STREAM, 0, TargetGrammar.TIPC),
    /** {@code tipc-seqpacket:TYPE/INSTANCE} or {@code tipc-seqpacket:TYPE/LOWER-UPPER}. */
    TIPC_SEQPACKET(AddressFamily.AF_TIPC, SocketType.SOCK_SEQPACKET, 0, TargetGrammar.TIPC),
    /** {@code tipc-rdm:TYPE/INSTANCE} or {@code tipc-rdm:TYPE/LOWER-UPPER}. */
    TIPC_RDM(AddressFamily.AF_TIPC, SocketType.SOCK_RDM, 0, TargetGrammar.TIPC),
    /** {@code tipc-dgram:TYPE/INSTANCE} or {@code tipc-dgram:TYPE/LOWER-UPPER}. */
    TIPC_DGRAM(AddressFamily.AF_TIPC, SocketType.SOCK_DGRAM, 0, TargetGrammar.TIPC),
    /** {@code vsock:CID:PORT} or {@code vsock:PORT}: a stream. */
    VSOCK(AddressFamily.AF_VSOCK, SocketType.SOCK_STREAM, 0, TargetGrammar.VSOCK),
    /** {@code vsock-seqpacket:CID:PORT} or {@code vsock-seqpacket:PORT}. */
    VSOCK_SEQPACKET(AddressFamily.AF_VSOCK, SocketType.SOCK_SEQPACKET, 0, TargetGrammar.VSOCK),
    /** {@code netlink:PROTOCOL}; the target says the protocol. */
    NETLINK(AddressFamily.AF_NETLINK, SocketType.SOCK_RAW, 0, TargetGrammar.NETLINK),
    /** {@code fd:N}: an open descriptor of this process, of whatever kind it is. */
    FD(AddressFamily.AF_UNSPEC, 0, 0, TargetGrammar.DESCRIPTOR),
    /** {@code systemd:NAME}: a descriptor that the service manager passed; sd_listen_fds(3). */
    SYSTEMD(AddressFamily.AF_UNSPEC, 0, 0, TargetGrammar.SYSTEMD);

    private static final List<EndpointScheme> ALL = List.of(values());

    private final String text = name().toLowerCase(Locale.ROOT).replace('_', '-');
    private final int family;
    private final int type;
    private final int protocol;
    private final TargetGrammar grammar;

    EndpointScheme(int family, int type, int protocol, TargetGrammar grammar) {
        this.family = family;
        this.type = type;
        this.protocol = protocol;
        this.grammar = grammar;
    }

    /** The scheme that a text names, in any case; null if there is none. */
    static @Nullable EndpointScheme find(String text) {
        String folded = text.toLowerCase(Locale.ROOT);
        return ALL.stream().filter(s -> s.text.equals(folded)).findFirst().orElse(null);
    }

    /**
     * The scheme for a socket of these arguments; protocol 0 is the usual one. Null if there is
     * none.
     */
    static @Nullable EndpointScheme find(int family, int type, int protocol) {
        boolean inet = family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6;
        int wanted = inet ? AddressFamily.AF_UNSPEC : family;
        return sockets()
                .filter(s -> s.family == wanted && (s.type == type || s == NETLINK))
                .filter(s -> protocol == 0 ? s != MPTCP : s.protocol == protocol || s == NETLINK)
                .findFirst()
                .orElse(null);
    }

    /** All schemes that open a socket, {@link #FD} and {@link #SYSTEMD} left out. */
    private static Stream<EndpointScheme> sockets() {
        return ALL.stream().filter(s -> s.type != 0);
    }

    /** The scheme as it is written, {@code "unix-dgram"}. */
    public String text() {
        return text;
    }

    /**
     * The address family; {@link AddressFamily#AF_UNSPEC} where the target decides: IPv4 or IPv6,
     * or whatever a descriptor is.
     */
    public int family() {
        return family;
    }

    /** The socket type, one of {@link SocketType}; 0 where a descriptor decides. */
    public int type() {
        return type;
    }

    /**
     * The protocol for socket(2); 0 is the usual one, and that of {@link #NETLINK} is its target.
     */
    public int protocol() {
        return protocol;
    }

    /**
     * Whether it stands for a descriptor that is already open, rather than for a socket to be made.
     */
    public boolean isDescriptor() {
        return type == 0;
    }

    /** Whether its sockets move bytes rather than messages; false where a descriptor decides. */
    public boolean isStream() {
        return type == SocketType.SOCK_STREAM;
    }

    TargetGrammar grammar() {
        return grammar;
    }

    /** The same as {@link #text}. */
    @Override
    public String toString() {
        return text;
    }
}
