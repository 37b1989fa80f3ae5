// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AncillaryType.IPV6_FLOWINFO;
import static sockeye.AncillaryType.IPV6_HOPLIMIT;
import static sockeye.AncillaryType.IPV6_ORIGDSTADDR;
import static sockeye.AncillaryType.IPV6_PKTINFO;
import static sockeye.AncillaryType.IPV6_RECVERR;
import static sockeye.AncillaryType.IPV6_TCLASS;
import static sockeye.AncillaryType.IP_ORIGDSTADDR;
import static sockeye.AncillaryType.IP_PKTINFO;
import static sockeye.AncillaryType.IP_RECVERR;
import static sockeye.AncillaryType.IP_TOS;
import static sockeye.AncillaryType.IP_TTL;
import static sockeye.AncillaryType.SCM_CREDENTIALS;
import static sockeye.AncillaryType.SCM_INQ;
import static sockeye.AncillaryType.SCM_PIDFD;
import static sockeye.AncillaryType.SCM_RIGHTS;
import static sockeye.AncillaryType.SCM_SECURITY;
import static sockeye.AncillaryType.SCM_TXTIME;
import static sockeye.AncillaryType.SOL_SOCKET;
import static sockeye.AncillaryType.SO_MARK;
import static sockeye.AncillaryType.SO_RXQ_OVFL;
import static sockeye.AncillaryType.SO_TIMESTAMPNS_NEW;
import static sockeye.AncillaryType.SO_TIMESTAMPNS_OLD;
import static sockeye.AncillaryType.TCP_CM_INQ;
import static sockeye.AncillaryType.UDP_GRO;
import static sockeye.AncillaryType.UDP_SEGMENT;
import static sockeye.IpProtocol.IPPROTO_IP;
import static sockeye.IpProtocol.IPPROTO_IPV6;
import static sockeye.IpProtocol.IPPROTO_TCP;
import static sockeye.IpProtocol.IPPROTO_UDP;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * What travels beside the bytes of a message: descriptors, credentials, the address a datagram was
 * sent to, when it arrived, why an earlier one failed. The kernel calls these control messages, and
 * a record here is one of them, already decoded. {@code LinuxSocket.sendMsg} takes a list of those
 * that can be sent, a received {@link Message} has a list of those that came.
 *
 * <p>Most kinds come only if an option asked for them; each record names it. They come only into
 * the room that the receiver gives for them, in bytes; {@link #space} says how much one takes. What
 * does not fit is cut off by the kernel and {@link Message#ancillaryTruncated()} tells.
 *
 * <p>A message that this version does not know, or that is shorter than its kind must be, is an
 * {@link Unknown} with its bytes; nothing is ever dropped in silence, and any control message can
 * be sent as an {@code Unknown}. All records are immutable.
 *
 * <p>Sources: cmsg(3), unix(7), ip(7), ipv6(7), socket(7), udp(7), tcp(7) and the kernel's
 * Documentation/networking/timestamping.rst.
 */
public sealed interface Ancillary {

    /** The protocol level, such as {@code SOL_SOCKET} or {@code IpProtocol.IPPROTO_IP}. */
    int level();

    /** The type within the level, one of {@link AncillaryType} or another. */
    int type();

    /** Whether the kernel takes it from a sender; the others only ever arrive. */
    default boolean sendable() {
        return false;
    }

    /**
     * How many bytes of control room one message with so many bytes of data takes, with the padding
     * that the next one behind it needs: C's {@code CMSG_SPACE}. The room for several is the sum.
     *
     * @param dataBytes from 0 to {@link Integer#MAX_VALUE} − 23
     * @throws IllegalArgumentException for anything else
     */
    static int space(int dataBytes) {
        return length(dataBytes) + 7 & ~7;
    }

    /**
     * How many bytes one message with so many bytes of data is long, header included and padding
     * not: C's {@code CMSG_LEN}, what the header's {@code cmsg_len} holds.
     *
     * @param dataBytes from 0 to {@link Integer#MAX_VALUE} − 23
     * @throws IllegalArgumentException for anything else
     */
    static int length(int dataBytes) {
        if (dataBytes < 0 || dataBytes > Integer.MAX_VALUE - 23) {
            throw new IllegalArgumentException("no length of control data: " + dataBytes);
        }
        return 16 + dataBytes;
    }

    /**
     * Descriptors on their way to another process, in order ({@code SCM_RIGHTS}, unix(7)).
     *
     * <p><b>Sending</b>, over AF_UNIX: each holder stays open at the sender, which shares the open
     * file with the receiver from then on, and with it the file's position and its {@code
     * O_NONBLOCK}. Sockeye works with {@code O_NONBLOCK} set; to hand a socket over to a program
     * that expects it clear, send {@code PassedDescriptor.adopt(socket.detach())} instead, or see
     * {@link PassedDescriptor#setBlocking}. On a stream at least one byte of data must go along.
     * The holders are {@linkplain HasDescriptor#lease() leased} while the kernel takes them. One
     * message takes at most {@link #MAX_DESCRIPTORS}, over all its {@code Rights}; none at all is
     * allowed and sends nothing.
     *
     * <p><b>Received</b>, the holders are {@link PassedDescriptor}s, close-on-exec from the first
     * moment, and belong to the receiver: {@link #descriptors()}. Peeking ({@code MSG_PEEK})
     * receives new duplicates each time.
     */
    record Rights(List<? extends HasDescriptor> holders) implements Ancillary {
        /** How many descriptors one message can carry: the kernel's {@code SCM_MAX_FD}. */
        public static final int MAX_DESCRIPTORS = 253;

        public Rights {
            holders = List.copyOf(holders);
        }

        /** The descriptors of these holders, to be sent. */
        public static Rights of(HasDescriptor... holders) {
            return new Rights(List.of(holders));
        }

        /**
         * The room that so many descriptors take: {@code Ancillary.space(4 * count)}. The kernel
         * uses up the padding as well, so room for one holds two.
         *
         * @throws IllegalArgumentException unless the count is from 0 to {@link #MAX_DESCRIPTORS}
         */
        public static int space(int count) {
            if (count < 0 || count > MAX_DESCRIPTORS) {
                throw new IllegalArgumentException(
                        count + " descriptors: a message takes from 0 to " + MAX_DESCRIPTORS);
            }
            return Ancillary.space(Integer.BYTES * count);
        }

        /** The received descriptors, in the sender's order: those holders that are of that kind. */
        public List<PassedDescriptor> descriptors() {
            var received = new ArrayList<PassedDescriptor>(holders.size());
            for (HasDescriptor holder : holders) {
                if (holder instanceof PassedDescriptor descriptor) {
                    received.add(descriptor);
                }
            }
            return received;
        }

        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SCM_RIGHTS;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * Who sent it ({@code SCM_CREDENTIALS}, unix(7)): received with {@code SO_PASSCRED} on, and
     * vouched for by the kernel. A sender may name itself so; to name another process or user needs
     * CAP_SYS_ADMIN, CAP_SETUID or CAP_SETGID, else EPERM.
     *
     * @param pid the process, as seen in the receiver's pid namespace; 0 if it is not visible there
     * @param uid the user: C's unsigned {@code uid_t} in an int; 65534 if it has no number in the
     *     receiver's namespace
     * @param gid the group: C's unsigned {@code gid_t} in an int; the same
     */
    record Credentials(int pid, int uid, int gid) implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SCM_CREDENTIALS;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * A descriptor of the sending process ({@code SCM_PIDFD}, Linux 6.5, unix(7)); received with
     * {@code SO_PASSPIDFD} on. Unlike a pid it never comes to mean another process: it becomes
     * readable when that one ends. It is received, and closed, like those of {@link Rights}.
     *
     * @param descriptor the descriptor, or null if the kernel could not make one
     * @param failure why there is none ({@code ESRCH}: the sender is gone), else null
     */
    record PidFd(@Nullable PassedDescriptor descriptor, @Nullable Errno failure)
            implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SCM_PIDFD;
        }
    }

    /**
     * The sender's security context as its security module writes it, for instance of SELinux
     * ({@code SCM_SECURITY}, unix(7)); received with {@code SO_PASSSEC} on.
     *
     * @param label the label, without the terminating zero
     */
    record SecurityLabel(String label) implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SCM_SECURITY;
        }
    }

    /**
     * Where a datagram came in, and from where one goes out ({@code IP_PKTINFO}, ip(7); {@code
     * IPV6_PKTINFO}, ipv6(7), RFC 3542); received with the option {@code IP_PKTINFO} or {@code
     * IPV6_RECVPKTINFO} on. A server bound to all addresses answers from the one it was asked at by
     * sending {@link #reply()} along.
     *
     * <p>A dual-stack socket gives an IPv4 datagram's at level {@code IPPROTO_IPV6}, shown here
     * with IPv4 addresses, and takes it back so.
     *
     * @param level {@code IPPROTO_IP} or {@code IPPROTO_IPV6}
     * @param interfaceIndex the interface it came in at; when sending, the one to go out by, or 0
     * @param local received: our address to answer from (for a multicast to IPv6, the unspecified
     *     one); when sending: the source address, or the unspecified one to let routing choose
     * @param destination received: the destination in the packet's header, maybe a multicast or
     *     broadcast address; not used when sending
     */
    record PacketInfo(int level, int interfaceIndex, IpAddress local, IpAddress destination)
            implements Ancillary {
        public PacketInfo {
            requireIp(level);
            Objects.requireNonNull(local);
            Objects.requireNonNull(destination);
            if (level == IPPROTO_IP && (!local.isIpv4() || !destination.isIpv4())) {
                throw new IllegalArgumentException("IPv6 addresses at level IPPROTO_IP: " + local);
            }
        }

        /** To send from that address, out of the interface that routing chooses. */
        public static PacketInfo from(IpAddress source) {
            return from(source, 0);
        }

        /** To send from that address out of that interface; 0 lets routing choose. */
        public static PacketInfo from(IpAddress source, int interfaceIndex) {
            int level = source.isIpv4() ? IPPROTO_IP : IPPROTO_IPV6;
            return new PacketInfo(level, interfaceIndex, source, source);
        }

        /**
         * What to send along with an answer: the same local address. The interface is kept for a
         * link-local address, which means nothing without it; else routing chooses.
         */
        public PacketInfo reply() {
            int index = local.isLinkLocal() && !local.isIpv4() ? interfaceIndex : 0;
            return new PacketInfo(level, index, local, local);
        }

        @Override
        public int type() {
            return level == IPPROTO_IP ? IP_PKTINFO : IPV6_PKTINFO;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * How many more routers a packet may pass ({@code IP_TTL}, ip(7); {@code IPV6_HOPLIMIT},
     * ipv6(7), RFC 3542): received with {@code IP_RECVTTL} or {@code IPV6_RECVHOPLIMIT} on, and
     * sent for one datagram only. To an IPv4 address the level is {@code IPPROTO_IP}, on a
     * dual-stack socket too.
     *
     * @param level {@code IPPROTO_IP} or {@code IPPROTO_IPV6}
     * @param hops from 0 to 255 as received, from 1 (IPv6: 0) to 255 when sending; −1 for IPv6
     *     means the route's default
     */
    record TimeToLive(int level, int hops) implements Ancillary {
        public TimeToLive {
            requireIp(level);
        }

        /** For a datagram to an IPv4 address, 1 to 255. */
        public static TimeToLive ipv4(int hops) {
            return new TimeToLive(IPPROTO_IP, hops);
        }

        /** For a datagram to an IPv6 address, 0 to 255. */
        public static TimeToLive ipv6(int hops) {
            return new TimeToLive(IPPROTO_IPV6, hops);
        }

        @Override
        public int type() {
            return level == IPPROTO_IP ? IP_TTL : IPV6_HOPLIMIT;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * The type-of-service byte of a packet ({@code IP_TOS}, ip(7); {@code IPV6_TCLASS}, ipv6(7),
     * RFC 2474, RFC 3168): received with {@code IP_RECVTOS} or {@code IPV6_RECVTCLASS} on, and sent
     * for one datagram only. To an IPv4 address the level is {@code IPPROTO_IP}.
     *
     * @param level {@code IPPROTO_IP} or {@code IPPROTO_IPV6}
     * @param value from 0 to 255; −1 for IPv6 means the socket's default
     */
    record TrafficClass(int level, int value) implements Ancillary {
        public TrafficClass {
            requireIp(level);
        }

        /** For a datagram to an IPv4 address, 0 to 255. */
        public static TrafficClass ipv4(int value) {
            return new TrafficClass(IPPROTO_IP, value);
        }

        /** For a datagram to an IPv6 address, 0 to 255. */
        public static TrafficClass ipv6(int value) {
            return new TrafficClass(IPPROTO_IPV6, value);
        }

        /** The differentiated-services code point: the upper six bits. */
        public int codePoint() {
            return value >> 2 & 0x3F;
        }

        /** The congestion bits: 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced. */
        public int congestion() {
            return value & 3;
        }

        @Override
        public int type() {
            return level == IPPROTO_IP ? IP_TOS : IPV6_TCLASS;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * The flow label and traffic class of an IPv6 packet ({@code IPV6_FLOWINFO}, RFC 6437):
     * received with {@code IPV6_FLOWINFO} on, and sent for one datagram only, where a label other
     * than 0 must have been leased by {@code IPV6_FLOWLABEL_MGR} if the kernel is strict about it.
     *
     * @param value 28 bits: the traffic class above the 20 bits of the label
     */
    record FlowInfo(int value) implements Ancillary {
        /** The label, 20 bits. */
        public int label() {
            return value & 0xF_FFFF;
        }

        @Override
        public int level() {
            return IPPROTO_IPV6;
        }

        @Override
        public int type() {
            return IPV6_FLOWINFO;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * When the kernel received the packet, by its wall clock ({@code SO_TIMESTAMP}, {@code
     * SO_TIMESTAMPNS}, socket(7)); received with one of those options on. The kernel's two layouts
     * of each, {@code _OLD} and {@code _NEW}, are the same on 64-bit machines and both understood.
     *
     * @param type which of the four; it also tells the {@linkplain #nanoseconds() resolution}
     */
    record ReceivedTimestamp(int type, Instant time) implements Ancillary {
        /** Whether it is in nanoseconds rather than microseconds. */
        public boolean nanoseconds() {
            return type == SO_TIMESTAMPNS_OLD || type == SO_TIMESTAMPNS_NEW;
        }

        @Override
        public int level() {
            return SOL_SOCKET;
        }
    }

    /**
     * When a packet was received or sent, by the stack and by the network device ({@code
     * SO_TIMESTAMPING}; timestamping.rst). Received with that option's flags on; those of sent
     * packets come through the error queue ({@code MSG_ERRQUEUE}), together with an {@link
     * ExtendedError} whose origin is {@link ExtendedError#SO_EE_ORIGIN_TIMESTAMPING}.
     *
     * @param type {@code SO_TIMESTAMPING_OLD} or {@code SO_TIMESTAMPING_NEW}
     * @param software the stack's, by the system clock; null if there is none
     * @param hardware the device's, by the clock of the device; null if there is none
     */
    record Timestamps(int type, @Nullable Instant software, @Nullable Instant hardware)
            implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }
    }

    /**
     * Why an earlier send failed, or how it went ({@code IP_RECVERR}, ip(7); {@code IPV6_RECVERR},
     * ipv6(7); struct sock_extended_err). Read from the error queue with {@code MSG_ERRQUEUE};
     * there the {@link Message}'s peer is the destination of the datagram that failed, and its
     * payload the beginning of that datagram. {@code IP_RECVERR} or {@code IPV6_RECVERR} must be
     * on, but for timestamps and zero copy, which have options of their own.
     *
     * @param level {@code IPPROTO_IP} or {@code IPPROTO_IPV6}
     * @param errno the error; 0 ({@code ENOMSG} for timestamps) if it is a notification
     * @param origin who says so, one of {@code SO_EE_ORIGIN_*}
     * @param icmpType the type of the ICMP message; 0 if the origin is another
     * @param icmpCode the code of the ICMP message; {@code SO_EE_CODE_*} for other origins
     * @param info the path's MTU in bytes for {@code EMSGSIZE}; the first send for zero copy; which
     *     kind ({@code SCM_TSTAMP_*}) for a timestamp; from 0 to 2³²−1
     * @param data the last send for zero copy, the number of the send for a timestamp; from 0 to
     *     2³²−1
     * @param offender the router or host that refused, its port 0; null if not from the network
     */
    record ExtendedError(
            int level,
            Errno errno,
            int origin,
            int icmpType,
            int icmpCode,
            long info,
            long data,
            @Nullable Endpoint offender)
            implements Ancillary {
        /** Nobody has said so. */
        public static final int SO_EE_ORIGIN_NONE = 0;

        /** This host itself: a datagram too big for the path, no route. */
        public static final int SO_EE_ORIGIN_LOCAL = 1;

        /** A router or a host, by ICMP. */
        public static final int SO_EE_ORIGIN_ICMP = 2;

        /** A router or a host, by ICMPv6. */
        public static final int SO_EE_ORIGIN_ICMP6 = 3;

        /** No error: a packet was sent, and its {@link Timestamps} are here. */
        public static final int SO_EE_ORIGIN_TIMESTAMPING = 4;

        /** No error: the pages of zero-copy sends may be used again. */
        public static final int SO_EE_ORIGIN_ZEROCOPY = 5;

        /** A packet was dropped for its {@link DepartureTime}. */
        public static final int SO_EE_ORIGIN_TXTIME = 6;

        /** The {@link #icmpCode} of a zero-copy notification whose bytes were copied after all. */
        public static final int SO_EE_CODE_ZEROCOPY_COPIED = 1;

        /** Whether a router or a host said so, by ICMP. */
        public boolean isIcmp() {
            return origin == SO_EE_ORIGIN_ICMP || origin == SO_EE_ORIGIN_ICMP6;
        }

        @Override
        public int type() {
            return level == IPPROTO_IP ? IP_RECVERR : IPV6_RECVERR;
        }
    }

    /**
     * Where a datagram was going before a rule of the packet filter diverted it here ({@code
     * IP_ORIGDSTADDR}, ip(7); {@code IPV6_ORIGDSTADDR}): received with {@code IP_RECVORIGDSTADDR}
     * or {@code IPV6_RECVORIGDSTADDR} on. Without a diversion it is the address and port it was
     * sent to.
     *
     * @param level {@code IPPROTO_IP} or {@code IPPROTO_IPV6}
     */
    record OriginalDestination(int level, Endpoint destination) implements Ancillary {
        @Override
        public int type() {
            return level == IPPROTO_IP ? IP_ORIGDSTADDR : IPV6_ORIGDSTADDR;
        }
    }

    /**
     * The size of the datagrams that one buffer holds (udp(7)). Sent ({@code UDP_SEGMENT}), the
     * kernel cuts the payload into datagrams of that size, the last one shorter, at most 128 of
     * them (64 before Linux 6.9). Received ({@code UDP_GRO}, with that option on), the payload is
     * several datagrams of one sender, each of that size but the last.
     *
     * @param type {@code UDP_SEGMENT} or {@code UDP_GRO}
     * @param size bytes of one datagram, from 1 to 65535; it must fit the path's MTU
     */
    record SegmentSize(int type, int size) implements Ancillary {
        public SegmentSize {
            if (type != UDP_SEGMENT && type != UDP_GRO) {
                throw new IllegalArgumentException("neither UDP_SEGMENT nor UDP_GRO: " + type);
            }
            if (size < 1 || size > 65_535) {
                throw new IllegalArgumentException("segment size not in 1..65535: " + size);
            }
        }

        /** To send with. */
        public static SegmentSize of(int size) {
            return new SegmentSize(UDP_SEGMENT, size);
        }

        @Override
        public int level() {
            return IPPROTO_UDP;
        }

        @Override
        public boolean sendable() {
            return type == UDP_SEGMENT;
        }
    }

    /**
     * How many packets the socket has dropped for want of room since it was made ({@code
     * SO_RXQ_OVFL}, socket(7)); received with that option on, once there was one.
     *
     * @param count from 1 to 2³²−1, where it begins again
     */
    record Drops(long count) implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SO_RXQ_OVFL;
        }
    }

    /**
     * The firewall mark of a packet ({@code SO_MARK}, socket(7)): received with {@code SO_RCVMARK}
     * (Linux 5.19) on, and sent for one datagram only, which needs CAP_NET_ADMIN or CAP_NET_RAW.
     *
     * @param mark 32 bits
     */
    record Mark(int mark) implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SO_MARK;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * When a packet is to leave ({@code SCM_TXTIME}, Linux 4.19, tc-etf(8)); only to send, on a
     * socket with {@code SO_TXTIME} set, and kept by the queueing disciplines etf and fq.
     *
     * @param nanos nanoseconds of the clock that {@code SO_TXTIME} named
     */
    record DepartureTime(long nanos) implements Ancillary {
        @Override
        public int level() {
            return SOL_SOCKET;
        }

        @Override
        public int type() {
            return SCM_TXTIME;
        }

        @Override
        public boolean sendable() {
            return true;
        }
    }

    /**
     * How many bytes a stream still had to read after this receive: of TCP ({@code TCP_CM_INQ},
     * Linux 4.18) with {@code TCP_INQ} on, of AF_UNIX ({@code SCM_INQ}, Linux 6.18) with {@code
     * SO_INQ} on.
     *
     * @param level {@code IPPROTO_TCP} or {@code SOL_SOCKET}
     * @param bytes what can be read at once, at least; TCP counts the end of the stream as one
     */
    record StillQueued(int level, int bytes) implements Ancillary {
        @Override
        public int type() {
            return level == IPPROTO_TCP ? TCP_CM_INQ : SCM_INQ;
        }
    }

    /** What one family alone has, in a type of its own beside the family's other types. */
    sealed interface OfFamily extends Ancillary
            permits NetlinkPacketInfo, PacketAuxData, SctpReceived, TipcAncillary {}

    /**
     * A control message of a kind that has no record here, or one that was cut short. To send one,
     * give the data in the kernel's layout and in the machine's byte order.
     *
     * @param bytes the data behind the header; copied in and out
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
    record Unknown(int level, int type, byte[] bytes) implements Ancillary {
        public Unknown {
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        /** Whatever is in it, the kernel decides. */
        @Override
        public boolean sendable() {
            return true;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Unknown that
                    && level == that.level
                    && type == that.type
                    && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * level + type) + Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "Unknown[level=%d, type=%d, bytes=%s]"
                    .formatted(level, type, HexFormat.of().formatHex(bytes));
        }
    }

    private static void requireIp(int level) {
        if (level != IPPROTO_IP && level != IPPROTO_IPV6) {
            throw new IllegalArgumentException("neither IPPROTO_IP nor IPPROTO_IPV6: " + level);
        }
    }
}
