// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.IpProtocol;
import sockeye.SocketMemory;
import sockeye.TcpInfo;
import sockeye.TcpOption;
import sockeye.internal.kernel.CStruct;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A socket of TCP, UDP or another protocol over IPv4 or IPv6. What the query did not ask for, or
 * the kernel does not tell, is null or empty.
 *
 * @param family AF_INET or AF_INET6
 * @param protocol {@link IpProtocol}
 * @param state of a socket of UDP, connected (ESTABLISHED) or not (CLOSE); of SCTP that of the
 *     socket, and in a report of its own, with the peer's addresses among the others, that of each
 *     association as TCP would call it
 * @param local where it is bound
 * @param peer to what it is connected; address and port 0 if to nothing
 * @param link the index of the interface that it is bound to, 0 for none
 * @param inode of the socket, 0 if it has no owner any more
 * @param cookie the kernel's number for it
 * @param uid the user who made it
 * @param receiveQueue bytes received and not read; of a listener, connections that wait for accept
 * @param sendQueue bytes sent and not acknowledged; of a listener, how many may wait
 * @param timer what the kernel waits for
 * @param expires when that will be; 0 if nothing is waited for
 * @param retransmits how often a segment or probe was sent again
 * @param memory how much of it the socket holds
 * @param tcp what the kernel knows of the connection
 * @param congestionControl the name of the algorithm
 * @param trafficClass IPv4's TOS, or IPv6's traffic class
 * @param shutdown what is shut down
 * @param ipv6Only whether it is for IPv6 alone; false of IPv4
 * @param mark SO_MARK; told only to whoever has CAP_NET_ADMIN
 * @param cgroup the inode number of its control group; since Linux 5.8
 * @param upperLayer what runs between the protocol and the socket, {@code "tls"}; null for nothing
 * @param settings options that are on; since Linux 5.11
 * @param others attributes that have no name here, as they came
 */
public record InetReport(
        int family,
        int protocol,
        TcpInfo.State state,
        InetEndpoint local,
        InetEndpoint peer,
        int link,
        long inode,
        long cookie,
        long uid,
        long receiveQueue,
        long sendQueue,
        Timing timer,
        Duration expires,
        int retransmits,
        @Nullable SocketMemory memory,
        @Nullable TcpInfo tcp,
        @Nullable String congestionControl,
        OptionalInt trafficClass,
        Set<ShutDirection> shutdown,
        boolean ipv6Only,
        OptionalLong mark,
        OptionalLong cgroup,
        @Nullable String upperLayer,
        Set<Setting> settings,
        List<RawAttribute> others)
        implements SocketReport {

    private static final int INET_DIAG_INFO = 2;
    private static final int INET_DIAG_CONG = 4;
    private static final int INET_DIAG_TOS = 5;
    private static final int INET_DIAG_TCLASS = 6;
    private static final int INET_DIAG_SKMEMINFO = 7;
    private static final int INET_DIAG_SHUTDOWN = 8;
    private static final int INET_DIAG_SKV6ONLY = 11;
    private static final int INET_DIAG_PEERS = 13;
    private static final int INET_DIAG_PAD = 14;
    private static final int INET_DIAG_MARK = 15;
    private static final int INET_DIAG_ULP_INFO = 19;
    private static final int INET_DIAG_CGROUP_ID = 21;
    private static final int INET_DIAG_SOCKOPT = 22;
    private static final int INET_ULP_INFO_NAME = 1;

    /** What the kernel is asked for beyond what it tells by itself. */
    static final int DETAILS =
            bit(INET_DIAG_INFO)
                    | bit(INET_DIAG_CONG)
                    | bit(INET_DIAG_TOS)
                    | bit(INET_DIAG_TCLASS)
                    | bit(INET_DIAG_SKMEMINFO)
                    | bit(INET_DIAG_SHUTDOWN);

    private static int bit(int attribute) {
        return 1 << (attribute - 1);
    }

    /** What a socket waits for. */
    public enum Timing {
        // In the order of the kernel's numbers.

        /** Nothing. */
        NONE,
        /** To send again what was not acknowledged. */
        RETRANSMIT,
        /** To look whether the peer lives (SO_KEEPALIVE), or for the handshake to end. */
        KEEPALIVE,
        /** For stray segments of a closed connection to die. */
        TIME_WAIT,
        /** To ask whether the peer's window is open again. */
        WINDOW_PROBE,
        /** To acknowledge what came, late. */
        DELAYED_ACK,
        /** Something that has no name here. */
        UNKNOWN;

        private static final Timing[] ALL = values();

        static Timing of(int number) {
            return number < ALL.length ? ALL[number] : UNKNOWN;
        }
    }

    /** Options of a socket that are on, by the names of their bits. */
    public enum Setting {
        /** IP_RECVERR. */
        RECVERR(1),
        /** It is of a kind that can be connected: TCP, and no socket in TIME_WAIT. */
        IS_ICSK(1 << 1),
        /** IP_FREEBIND. */
        FREEBIND(1 << 2),
        /** IP_HDRINCL. */
        HDRINCL(1 << 3),
        /** IP_MULTICAST_LOOP. */
        MC_LOOP(1 << 4),
        /** IP_TRANSPARENT. */
        TRANSPARENT(1 << 5),
        /** IP_MULTICAST_ALL. */
        MC_ALL(1 << 6),
        /** IP_NODEFRAG. */
        NODEFRAG(1 << 7),
        /** IP_BIND_ADDRESS_NO_PORT. */
        BIND_ADDRESS_NO_PORT(1 << 8),
        /** IP_RECVERR_RFC4884. */
        RECVERR_RFC4884(1 << 9),
        /** A connection of Fast Open that waits for its first data. */
        DEFER_CONNECT(1 << 10);

        private final int bit;

        Setting(int bit) {
            this.bit = bit;
        }

        /** The bit, the kernel's first byte being the low one. */
        public int bit() {
            return bit;
        }
    }

    @CStruct("struct inet_diag_req_v2")
    static final class InetDiagReqV2 {
        static final int SIZEOF = 56;
        static final int sdiag_family = 0;
        static final int sdiag_protocol = 1;
        static final int idiag_ext = 2;
        static final int idiag_states = 4;
        static final int id_idiag_sport = 8;
        static final int id_idiag_dport = 10;
        static final int id_idiag_src = 12;
        static final int id_idiag_dst = 28;
        static final int id_idiag_if = 44;
        static final int id_idiag_cookie = 48;

        private InetDiagReqV2() {}
    }

    @CStruct("struct inet_diag_msg")
    private static final class InetDiagMsg {
        static final int SIZEOF = 72;
        static final int idiag_family = 0;
        static final int idiag_state = 1;
        static final int idiag_timer = 2;
        static final int idiag_retrans = 3;
        static final int id_idiag_sport = 4;
        static final int id_idiag_dport = 6;
        static final int id_idiag_src = 8;
        static final int id_idiag_dst = 24;
        static final int id_idiag_if = 40;
        static final int id_idiag_cookie = 44;
        static final int idiag_expires = 52;
        static final int idiag_rqueue = 56;
        static final int idiag_wqueue = 60;
        static final int idiag_uid = 64;
        static final int idiag_inode = 68;

        private InetDiagMsg() {}
    }

    /** Copies the collections. */
    public InetReport {
        shutdown = Flags.copy(ShutDirection.class, shutdown);
        settings = Flags.copy(Setting.class, settings);
        others = List.copyOf(others);
    }

    static PayloadDecoder<InetReport> decoder(int protocol) {
        return payload -> read(payload, protocol);
    }

    private static @Nullable InetReport read(PayloadReader payload, int protocol) {
        StructReader header = payload.struct(InetDiagMsg.SIZEOF);
        int family = header.u8(InetDiagMsg.idiag_family);
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        int link = header.s32(InetDiagMsg.id_idiag_if);
        SocketMemory memory = null;
        TcpInfo tcp = null;
        String congestion = null;
        OptionalInt trafficClass = OptionalInt.empty();
        int shutdown = 0;
        boolean ipv6Only = false;
        OptionalLong mark = OptionalLong.empty();
        OptionalLong cgroup = OptionalLong.empty();
        String upperLayer = null;
        int settings = 0;
        TcpInfo.State state = Diag.state(header.u8(InetDiagMsg.idiag_state));
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case INET_DIAG_PEERS -> {
                    // Of an association of SCTP; its socket has a message of its own.
                    state = sctpState(header.u8(InetDiagMsg.idiag_state));
                    others.add(RawAttribute.of(at));
                }
                case INET_DIAG_SKMEMINFO -> memory = Diag.memory(at);
                case INET_DIAG_CONG -> congestion = at.string();
                case INET_DIAG_TOS -> {
                    // An IPv6 socket has both; that of its own family counts.
                    if (family == AF_INET) {
                        trafficClass = OptionalInt.of(at.u8());
                    }
                }
                case INET_DIAG_TCLASS -> {
                    if (family == AF_INET6) {
                        trafficClass = OptionalInt.of(at.u8());
                    }
                }
                case INET_DIAG_SHUTDOWN -> shutdown = at.u8();
                case INET_DIAG_SKV6ONLY -> ipv6Only = at.u8() != 0;
                case INET_DIAG_MARK -> mark = OptionalLong.of(at.u32());
                case INET_DIAG_CGROUP_ID -> cgroup = OptionalLong.of(at.s64());
                case INET_DIAG_ULP_INFO -> upperLayer = upperLayer(at.nested());
                case INET_DIAG_SOCKOPT -> {
                    StructReader bits = at.struct();
                    settings = bits.u8(0) | bits.u8(1) << Byte.SIZE;
                }
                case INET_DIAG_PAD -> {}
                case INET_DIAG_INFO -> {
                    if (protocol == IpProtocol.IPPROTO_TCP) {
                        byte[] bytes = at.bytes();
                        tcp = TcpOption.INFO.decode(bytes, bytes.length);
                    } else {
                        others.add(RawAttribute.of(at));
                    }
                }
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new InetReport(
                family,
                protocol,
                state,
                endpoint(header, InetDiagMsg.id_idiag_src, InetDiagMsg.id_idiag_sport, link),
                endpoint(header, InetDiagMsg.id_idiag_dst, InetDiagMsg.id_idiag_dport, link),
                link,
                header.u32(InetDiagMsg.idiag_inode),
                Diag.cookie(header, InetDiagMsg.id_idiag_cookie),
                header.u32(InetDiagMsg.idiag_uid),
                header.u32(InetDiagMsg.idiag_rqueue),
                header.u32(InetDiagMsg.idiag_wqueue),
                Timing.of(header.u8(InetDiagMsg.idiag_timer)),
                Duration.ofMillis(header.u32(InetDiagMsg.idiag_expires)),
                header.u8(InetDiagMsg.idiag_retrans),
                memory,
                tcp,
                congestion,
                trafficClass,
                ShutDirection.of(shutdown),
                ipv6Only,
                mark,
                cgroup,
                upperLayer,
                Flags.of(Setting.class, Setting::bit, settings),
                others);
    }

    /** What TCP calls the state of an association, {@code enum sctp_state}. */
    private static TcpInfo.State sctpState(int number) {
        return switch (number) {
            case 1, 2 -> TcpInfo.State.SYN_SENT; // cookie wait, cookie echoed
            case 3 -> TcpInfo.State.ESTABLISHED;
            case 4, 5 -> TcpInfo.State.FIN_WAIT1; // shutdown pending, shutdown sent
            case 6 -> TcpInfo.State.CLOSE_WAIT; // shutdown received
            case 7 -> TcpInfo.State.LAST_ACK; // shutdown acknowledged
            default -> TcpInfo.State.CLOSE;
        };
    }

    private static @Nullable String upperLayer(AttributeReader in) {
        String name = null;
        while (in.next()) {
            if (in.type() == INET_ULP_INFO_NAME) {
                name = in.string();
            }
        }
        return name;
    }

    private static InetEndpoint endpoint(StructReader header, int addressAt, int portAt, int link) {
        int port = header.be16(portAt);
        if (header.u8(InetDiagMsg.idiag_family) == AF_INET) {
            return InetEndpoint.of(IpAddress.ipv4((int) header.be32(addressAt)), port);
        }
        IpAddress address =
                IpAddress.ipv6(
                        header.be32(addressAt) << Integer.SIZE | header.be32(addressAt + 4),
                        header.be32(addressAt + 8) << Integer.SIZE | header.be32(addressAt + 12));
        return new InetEndpoint(address, port, 0, address.isLinkLocal() ? link : 0);
    }
}
