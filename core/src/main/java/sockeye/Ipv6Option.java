// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.bytes;
import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import sockeye.internal.kernel.CStruct;

import java.util.List;

/**
 * The options of level IPPROTO_IPV6, for sockets of AF_INET6. Where no other source is named they
 * are described in ipv6(7) or, those about extension headers and path MTU, in RFC 3542. What
 * messages bring is the ancillary data of the name given.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/ipv6.7.html">ipv6(7)</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc3542">RFC 3542</a>
 */
public final class Ipv6Option {
    /** In {@link #ADDR_PREFERENCES}: send from temporary addresses rather than public ones. */
    public static final int IPV6_PREFER_SRC_TMP = 0x0001;

    /** In {@link #ADDR_PREFERENCES}: send from public addresses rather than temporary ones. */
    public static final int IPV6_PREFER_SRC_PUBLIC = 0x0002;

    /** In {@link #ADDR_PREFERENCES}: send from what the interface prefers. */
    public static final int IPV6_PREFER_SRC_PUBTMP_DEFAULT = 0x0100;

    /** In {@link #ADDR_PREFERENCES}: send from care-of addresses rather than home addresses. */
    public static final int IPV6_PREFER_SRC_COA = 0x0004;

    /** In {@link #ADDR_PREFERENCES}: send from home addresses rather than care-of addresses. */
    public static final int IPV6_PREFER_SRC_HOME = 0x0400;

    private static final int IPPROTO_IPV6 = 41;
    private static final int EXTENSION_HEADER = 2_048;
    private static final OptionTable TABLE = new OptionTable(IPPROTO_IPV6);

    private Ipv6Option() {}

    /** The kernel leaves its address empty here. */
    @CStruct("struct ip6_mtuinfo")
    static final class MtuInfo {
        static final int SIZEOF = 32;
        static final int ip6m_mtu = 28;

        private MtuInfo() {}
    }

    // The socket and the header of what is sent.

    /**
     * Whether the socket is for IPv6 alone. If false, a socket bound to {@code ::} serves IPv4 too,
     * as mapped addresses. Set before bind: EINVAL after. Default {@code net.ipv6.bindv6only}, 0.
     */
    public static final Option<Boolean> V6_ONLY = TABLE.readWrite("IPV6_V6ONLY", 26, flag());

    /**
     * The family of the socket: reads as AF_INET6. Setting AF_INET makes a socket that is connected
     * to a mapped address one of AF_INET, for programs that do not know IPv6. ENOTCONN if it is not
     * connected.
     */
    public static final Option<Integer> ADDR_FORM =
            TABLE.readWrite("IPV6_ADDRFORM", 1, integer(""));

    /**
     * The number of hops before a packet dies, 0 to 255; -1 for what the route says, the default.
     */
    public static final Option<Integer> UNICAST_HOPS =
            TABLE.readWrite("IPV6_UNICAST_HOPS", 16, integer("hops", -1, 255));

    /**
     * The traffic class, 0 to 255: the upper six bits are the differentiated services code point
     * (RFC 2474), the lower two congestion notification; -1 for 0, the default.
     */
    public static final Option<Integer> TCLASS =
            TABLE.readWrite("IPV6_TCLASS", 67, integer("", -1, 255));

    /** Whether the kernel makes flow labels. Default {@code net.ipv6.auto_flowlabels}, on. */
    public static final Option<Boolean> AUTO_FLOW_LABEL =
            TABLE.readWrite("IPV6_AUTOFLOWLABEL", 70, flag());

    /**
     * Whether the flow label of the peer's endpoint is sent, which must be leased first: {@link
     * #FLOW_LABEL_MGR}. Default false.
     */
    public static final Option<Boolean> FLOW_INFO_SEND =
            TABLE.readWrite("IPV6_FLOWINFO_SEND", 33, flag());

    /** Leases, renews and gives back flow labels; reads the label in use, ENOENT if none. */
    public static final Option<FlowLabelLease> FLOW_LABEL_MGR =
            TABLE.readWrite("IPV6_FLOWLABEL_MGR", 32, FlowLabelLease.CODEC);

    /** SOCK_RAW only, else ENOPROTOOPT: whether the sender writes the header itself. */
    public static final Option<Boolean> HDR_INCL = TABLE.readWrite("IPV6_HDRINCL", 36, flag());

    /**
     * SOCK_RAW only, else ENOPROTOOPT: where in the payload the kernel puts a checksum and verifies
     * it, an even number of bytes; -1 for nowhere, the default.
     */
    public static final Option<Integer> CHECKSUM =
            TABLE.readWrite("IPV6_CHECKSUM", 7, integer("bytes", -1, 0xffff));

    /** Whether packets larger than the path are fragmented, refused or sent. */
    public static final Option<PathMtuDiscovery> MTU_DISCOVER =
            TABLE.readWrite("IPV6_MTU_DISCOVER", 23, PathMtuDiscovery.CODEC);

    /**
     * Set: the largest packet to send, in bytes, 1,280 at least, or 0 for no bound of our own.
     * Read: the largest packet of the path to the peer; ENOTCONN without peer.
     */
    public static final Option<Integer> MTU =
            TABLE.readWrite("IPV6_MTU", 24, integer("bytes", 0, Integer.MAX_VALUE));

    /** Whether a datagram larger than the path is refused (EMSGSIZE) and not fragmented. */
    public static final Option<Boolean> DONT_FRAG = TABLE.readWrite("IPV6_DONTFRAG", 62, flag());

    /**
     * The largest packet of the path to the peer, in bytes, as {@link #MTU} reads. ENOTCONN without
     * peer. Read-only.
     */
    public static final Option<Integer> PATH_MTU =
            TABLE.readOnly(
                    "IPV6_PATHMTU",
                    61,
                    OptionCodec.report(
                            Integer.class,
                            MtuInfo.SIZEOF,
                            MtuInfo.SIZEOF,
                            in -> in.getInt(MtuInfo.ip6m_mtu)));

    // Extension headers of what is sent: as bytes on the wire, empty for none.

    /** Hop-by-hop options, up to 2,048 bytes. To set them needs CAP_NET_RAW. */
    public static final Option<byte[]> HOP_OPTS =
            TABLE.readWrite("IPV6_HOPOPTS", 54, bytes(EXTENSION_HEADER));

    /** Destination options for the hops of a routing header. To set them needs CAP_NET_RAW. */
    public static final Option<byte[]> RTHDR_DST_OPTS =
            TABLE.readWrite("IPV6_RTHDRDSTOPTS", 55, bytes(EXTENSION_HEADER));

    /** The routing header, up to 2,048 bytes; segment routing (type 4) only. */
    public static final Option<byte[]> RTHDR =
            TABLE.readWrite("IPV6_RTHDR", 57, bytes(EXTENSION_HEADER));

    /** Destination options, up to 2,048 bytes. To set them needs CAP_NET_RAW. */
    public static final Option<byte[]> DST_OPTS =
            TABLE.readWrite("IPV6_DSTOPTS", 59, bytes(EXTENSION_HEADER));

    // Names and routes.

    /** Whether bind takes an address that this host does not have, or not yet. Default false. */
    public static final Option<Boolean> FREE_BIND = TABLE.readWrite("IPV6_FREEBIND", 78, flag());

    /**
     * Whether the socket can have any address as its own, of other hosts too. To turn it on needs
     * CAP_NET_ADMIN or CAP_NET_RAW. Default false.
     */
    public static final Option<Boolean> TRANSPARENT =
            TABLE.readWrite("IPV6_TRANSPARENT", 75, flag());

    /** The interface that packets leave by, multicast excepted, by its index; 0 for none. */
    public static final Option<Integer> UNICAST_IF =
            TABLE.readWrite("IPV6_UNICAST_IF", 76, IpOption.networkOrder());

    /** The address and interface that datagrams are sent from. Write-only. */
    public static final Option<LocalAddress> PKT_INFO =
            TABLE.writeOnly("IPV6_PKTINFO", 50, LocalAddress.CODEC);

    /**
     * Which own addresses to send from, by preference (RFC 5014): one of {@link
     * #IPV6_PREFER_SRC_TMP}, {@link #IPV6_PREFER_SRC_PUBLIC}, {@link
     * #IPV6_PREFER_SRC_PUBTMP_DEFAULT}, and one of {@link #IPV6_PREFER_SRC_COA}, {@link
     * #IPV6_PREFER_SRC_HOME}, joined by {@code |}. What is not named stays as it is.
     */
    public static final Option<Integer> ADDR_PREFERENCES =
            TABLE.readWrite("IPV6_ADDR_PREFERENCES", 72, integer(""));

    /**
     * Where a connection went to before a firewall redirected it here. Read-only. ENOENT if it was
     * not redirected, ENOPROTOOPT without connection tracking.
     */
    public static final Option<Endpoint> ORIGINAL_DST =
            TABLE.readOnly("IP6T_SO_ORIGINAL_DST", 80, IpOption.endpoint());

    // What comes along with received messages.

    /** Whether messages bring interface and destination address (IPV6_PKTINFO). */
    public static final Option<Boolean> RECV_PKT_INFO =
            TABLE.readWrite("IPV6_RECVPKTINFO", 49, flag());

    /** Whether messages bring the hop limit of their packet (IPV6_HOPLIMIT). */
    public static final Option<Boolean> RECV_HOP_LIMIT =
            TABLE.readWrite("IPV6_RECVHOPLIMIT", 51, flag());

    /** Whether messages bring the traffic class of their packet (IPV6_TCLASS). */
    public static final Option<Boolean> RECV_TCLASS =
            TABLE.readWrite("IPV6_RECVTCLASS", 66, flag());

    /** Whether messages bring the traffic class and flow label of their packet (IPV6_FLOWINFO). */
    public static final Option<Boolean> FLOW_INFO = TABLE.readWrite("IPV6_FLOWINFO", 11, flag());

    /** Whether messages bring hop-by-hop options (IPV6_HOPOPTS). */
    public static final Option<Boolean> RECV_HOP_OPTS =
            TABLE.readWrite("IPV6_RECVHOPOPTS", 53, flag());

    /** Whether messages bring a routing header (IPV6_RTHDR). */
    public static final Option<Boolean> RECV_RTHDR = TABLE.readWrite("IPV6_RECVRTHDR", 56, flag());

    /** Whether messages bring destination options (IPV6_DSTOPTS). */
    public static final Option<Boolean> RECV_DST_OPTS =
            TABLE.readWrite("IPV6_RECVDSTOPTS", 58, flag());

    /** Whether messages bring a changed path MTU (IPV6_PATHMTU). */
    public static final Option<Boolean> RECV_PATH_MTU =
            TABLE.readWrite("IPV6_RECVPATHMTU", 60, flag());

    /** Whether messages bring the address and port they were sent to (IPV6_ORIGDSTADDR). */
    public static final Option<Boolean> RECV_ORIG_DST_ADDR =
            TABLE.readWrite("IPV6_RECVORIGDSTADDR", 74, flag());

    /** Whether messages bring the size of the largest fragment they came in. */
    public static final Option<Boolean> RECV_FRAG_SIZE =
            TABLE.readWrite("IPV6_RECVFRAGSIZE", 77, flag());

    /**
     * Whether reports of ICMPv6 and of the own host go to the error queue (MSG_ERRQUEUE,
     * IPV6_RECVERR) with their details. Setting it to false empties the queue. Default false.
     */
    public static final Option<Boolean> RECV_ERR = TABLE.readWrite("IPV6_RECVERR", 25, flag());

    /** With {@link #RECV_ERR}, whether extensions of ICMPv6 (RFC 4884) are told too. Linux 5.9. */
    public static final Option<Boolean> RECV_ERR_RFC4884 =
            TABLE.readWrite("IPV6_RECVERR_RFC4884", 31, flag());

    /** The least hop limit that is accepted, 0 to 255 (RFC 5082). Default 0. */
    public static final Option<Integer> MIN_HOP_COUNT =
            TABLE.readWrite("IPV6_MINHOPCOUNT", 73, integer("hops", 0, 255));

    /**
     * SOCK_RAW with IPPROTO_RAW only, else ENOPROTOOPT: packets to be forwarded with this router
     * alert value come here instead; negative for none. Not read back.
     */
    public static final Option<Integer> ROUTER_ALERT =
            TABLE.readWrite("IPV6_ROUTER_ALERT", 22, integer("", -1, 0xffff));

    /** Whether router alerts of this network namespace only are taken. */
    public static final Option<Boolean> ROUTER_ALERT_ISOLATE =
            TABLE.readWrite("IPV6_ROUTER_ALERT_ISOLATE", 30, flag());

    // Multicast and anycast.

    /**
     * The interface that multicast datagrams leave by, by its index; 0 for none. Not on a stream:
     * ENOPROTOOPT. ENODEV if there is none.
     */
    public static final Option<Integer> MULTICAST_IF =
            TABLE.readWrite("IPV6_MULTICAST_IF", 17, integer("", 0, Integer.MAX_VALUE));

    /**
     * The number of hops of multicast datagrams, 0 (this host) to 255; -1 for 1, the default, this
     * network. Not on a stream: ENOPROTOOPT.
     */
    public static final Option<Integer> MULTICAST_HOPS =
            TABLE.readWrite("IPV6_MULTICAST_HOPS", 18, integer("hops", -1, 255));

    /** Whether multicast datagrams also go to listeners on this host. Default true. */
    public static final Option<Boolean> MULTICAST_LOOP =
            TABLE.readWrite("IPV6_MULTICAST_LOOP", 19, flag());

    /**
     * Whether a socket bound to any address hears all groups that anyone on this host joined, true
     * by default, or its own only.
     */
    public static final Option<Boolean> MULTICAST_ALL =
            TABLE.readWrite("IPV6_MULTICAST_ALL", 29, flag());

    /** Joins a group; also named IPV6_JOIN_GROUP. Write-only. See {@link Membership#join()}. */
    public static final Option<Membership> ADD_MEMBERSHIP =
            TABLE.writeOnly("IPV6_ADD_MEMBERSHIP", 20, Membership.IPV6_MREQ);

    /** Leaves a group; also named IPV6_LEAVE_GROUP. Write-only. */
    public static final Option<Membership> DROP_MEMBERSHIP =
            TABLE.writeOnly("IPV6_DROP_MEMBERSHIP", 21, Membership.IPV6_MREQ);

    /** Joins a group. Write-only. */
    public static final Option<Membership> MCAST_JOIN_GROUP =
            TABLE.writeOnly("MCAST_JOIN_GROUP", 42, Membership.IPV6_GROUP_REQ);

    /** Leaves a group. Write-only. */
    public static final Option<Membership> MCAST_LEAVE_GROUP =
            TABLE.writeOnly("MCAST_LEAVE_GROUP", 45, Membership.IPV6_GROUP_REQ);

    /** Joins a group for one sender. Write-only. See {@link SourceMembership#join()}. */
    public static final Option<SourceMembership> MCAST_JOIN_SOURCE_GROUP =
            TABLE.writeOnly("MCAST_JOIN_SOURCE_GROUP", 46, SourceMembership.IPV6_GROUP_REQ);

    /** Leaves a group for one sender. Write-only. */
    public static final Option<SourceMembership> MCAST_LEAVE_SOURCE_GROUP =
            TABLE.writeOnly("MCAST_LEAVE_SOURCE_GROUP", 47, SourceMembership.IPV6_GROUP_REQ);

    /** Does not hear one sender of a group any more. Write-only. */
    public static final Option<SourceMembership> MCAST_BLOCK_SOURCE =
            TABLE.writeOnly("MCAST_BLOCK_SOURCE", 43, SourceMembership.IPV6_GROUP_REQ);

    /** Hears a blocked sender again. Write-only. */
    public static final Option<SourceMembership> MCAST_UNBLOCK_SOURCE =
            TABLE.writeOnly("MCAST_UNBLOCK_SOURCE", 44, SourceMembership.IPV6_GROUP_REQ);

    /** All senders of a group. Set here, read by {@link #sourceFilter}. */
    public static final Option<SourceFilter> MCAST_MS_FILTER =
            TABLE.writeOnly("MCAST_MSFILTER", 48, SourceFilter.IPV6_GROUP_FILTER);

    /**
     * Joins an anycast address, which this host then answers for. Needs CAP_NET_ADMIN. Write-only.
     */
    public static final Option<LocalAddress> JOIN_ANYCAST =
            TABLE.writeOnly("IPV6_JOIN_ANYCAST", 27, LocalAddress.CODEC);

    /** Leaves an anycast address. Write-only. */
    public static final Option<LocalAddress> LEAVE_ANYCAST =
            TABLE.writeOnly("IPV6_LEAVE_ANYCAST", 28, LocalAddress.CODEC);

    /**
     * The senders of a group that was joined on the interface with this index, to be read.
     *
     * @throws IllegalArgumentException if the group is no IPv6 multicast address
     */
    public static Option<SourceFilter> sourceFilter(IpAddress group, int interfaceIndex) {
        return MCAST_MS_FILTER.asking(
                SourceFilter.question(AddressFamily.AF_INET6, group, interfaceIndex));
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
