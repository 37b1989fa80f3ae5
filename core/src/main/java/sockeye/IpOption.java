// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.bytes;
import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.nio.ByteOrder;
import java.util.List;

/**
 * The options of level IPPROTO_IP. Where no other source is named they are described in ip(7). They
 * can be set on a socket of AF_INET6 too, and act on the IPv4 packets of a dual-stack one. What
 * messages bring is the ancillary data of the name given.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/ip.7.html">ip(7)</a>
 */
public final class IpOption {
    private static final int IPPROTO_IP = 0;
    private static final OptionTable TABLE = new OptionTable(IPPROTO_IP);

    private IpOption() {}

    // The header of what is sent.

    /**
     * The type-of-service byte, 0 to 255: the upper six bits are the differentiated services code
     * point (RFC 2474); the lower two, congestion notification, are left alone on a stream. Sets
     * {@link SoOption#PRIORITY} too. Default 0.
     */
    public static final Option<Integer> TOS = TABLE.readWrite("IP_TOS", 1, integer("", 0, 255));

    /**
     * The number of hops before a packet dies, 1 to 255; -1 for {@code net.ipv4.ip_default_ttl},
     * the default, 64. 0 is EINVAL.
     */
    public static final Option<Integer> TTL =
            TABLE.readWrite("IP_TTL", 2, integer("hops", -1, 255));

    /** The options of the header, RFC 791: up to 40 bytes, empty for none. */
    public static final Option<byte[]> OPTIONS = TABLE.readWrite("IP_OPTIONS", 4, bytes(40));

    /**
     * SOCK_RAW only, else ENOPROTOOPT: whether the sender writes the header itself. Default false;
     * true for IPPROTO_RAW. See raw(7).
     */
    public static final Option<Boolean> HDR_INCL = TABLE.readWrite("IP_HDRINCL", 3, flag());

    /** SOCK_RAW only, else ENOPROTOOPT: whether fragments sent stay apart. Default false. */
    public static final Option<Boolean> NO_DEFRAG = TABLE.readWrite("IP_NODEFRAG", 22, flag());

    /** Whether packets larger than the path are fragmented, refused or sent. */
    public static final Option<PathMtuDiscovery> MTU_DISCOVER =
            TABLE.readWrite("IP_MTU_DISCOVER", 10, PathMtuDiscovery.CODEC);

    /** The largest packet of the path to the peer, in bytes. ENOTCONN without peer. Read-only. */
    public static final Option<Integer> MTU = TABLE.readOnly("IP_MTU", 14, integer("bytes"));

    /**
     * The protocol in the header of what a SOCK_RAW socket sends; elsewhere the kernel gives the
     * port that the socket is bound to. Read-only. Linux 6.4.
     */
    public static final Option<Integer> PROTOCOL = TABLE.readOnly("IP_PROTOCOL", 52, integer(""));

    // Names and routes.

    /** Whether bind takes an address that this host does not have, or not yet. Default false. */
    public static final Option<Boolean> FREE_BIND = TABLE.readWrite("IP_FREEBIND", 15, flag());

    /**
     * Whether the socket can have any address as its own, of other hosts too, for transparent
     * proxies. To turn it on needs CAP_NET_ADMIN or CAP_NET_RAW. Default false.
     */
    public static final Option<Boolean> TRANSPARENT = TABLE.readWrite("IP_TRANSPARENT", 19, flag());

    /**
     * Whether bind with port 0 leaves the choice of the port to connect, which can share a port
     * between connections to different peers. Default false.
     */
    public static final Option<Boolean> BIND_ADDRESS_NO_PORT =
            TABLE.readWrite("IP_BIND_ADDRESS_NO_PORT", 24, flag());

    /**
     * The ports that bind and connect choose from, within the system's range. For AF_INET6 sockets
     * too. Linux 6.3.
     */
    public static final Option<PortRange> LOCAL_PORT_RANGE =
            TABLE.readWrite("IP_LOCAL_PORT_RANGE", 51, PortRange.CODEC);

    /**
     * The interface that packets leave by, multicast excepted, by its index; 0 for none. Weaker
     * than {@link SoOption#BIND_TO_DEVICE}: arrivals are not filtered. EADDRNOTAVAIL if there is
     * none.
     */
    public static final Option<Integer> UNICAST_IF =
            TABLE.readWrite("IP_UNICAST_IF", 50, networkOrder());

    /**
     * Where a connection went to before a firewall redirected it here. Read-only. ENOENT if it was
     * not redirected, ENOPROTOOPT without connection tracking.
     */
    public static final Option<Endpoint> ORIGINAL_DST =
            TABLE.readOnly("SO_ORIGINAL_DST", 80, endpoint());

    // What comes along with received messages.

    /** Whether messages bring interface and destination address (IP_PKTINFO). */
    public static final Option<Boolean> PKT_INFO = TABLE.readWrite("IP_PKTINFO", 8, flag());

    /** Whether messages bring the time to live of their packet (IP_TTL). */
    public static final Option<Boolean> RECV_TTL = TABLE.readWrite("IP_RECVTTL", 12, flag());

    /** Whether messages bring the type-of-service byte of their packet (IP_TOS). */
    public static final Option<Boolean> RECV_TOS = TABLE.readWrite("IP_RECVTOS", 13, flag());

    /** Whether messages bring the options of their packet (IP_RECVOPTS). */
    public static final Option<Boolean> RECV_OPTS = TABLE.readWrite("IP_RECVOPTS", 6, flag());

    /** Whether messages bring the options of their packet as an answer needs them (IP_RETOPTS). */
    public static final Option<Boolean> RET_OPTS = TABLE.readWrite("IP_RETOPTS", 7, flag());

    /** Whether messages bring the address and port they were sent to (IP_ORIGDSTADDR). */
    public static final Option<Boolean> RECV_ORIG_DST_ADDR =
            TABLE.readWrite("IP_RECVORIGDSTADDR", 20, flag());

    /** Whether messages bring the checksum of their packet (IP_CHECKSUM). UDP only. */
    public static final Option<Boolean> CHECKSUM = TABLE.readWrite("IP_CHECKSUM", 23, flag());

    /**
     * Whether messages bring the size of the largest fragment they came in (IP_RECVFRAGSIZE).
     * SOCK_DGRAM and SOCK_RAW, else EINVAL.
     */
    public static final Option<Boolean> RECV_FRAG_SIZE =
            TABLE.readWrite("IP_RECVFRAGSIZE", 25, flag());

    /** Whether messages bring the sender's security label (SCM_SECURITY). UDP only. */
    public static final Option<Boolean> PASS_SEC = TABLE.readWrite("IP_PASSSEC", 18, flag());

    /**
     * Whether reports of ICMP and of the own host go to the error queue (MSG_ERRQUEUE, IP_RECVERR)
     * with their details, one for each. Setting it to false empties the queue. Default false.
     */
    public static final Option<Boolean> RECV_ERR = TABLE.readWrite("IP_RECVERR", 11, flag());

    /** With {@link #RECV_ERR}, whether extensions of ICMP (RFC 4884) are told too. Linux 5.9. */
    public static final Option<Boolean> RECV_ERR_RFC4884 =
            TABLE.readWrite("IP_RECVERR_RFC4884", 26, flag());

    /** The least time to live that is accepted, 0 to 255 (RFC 5082). Default 0. */
    public static final Option<Integer> MIN_TTL =
            TABLE.readWrite("IP_MINTTL", 21, integer("hops", 0, 255));

    /**
     * SOCK_RAW only: whether packets to be forwarded that ask for attention come here instead. Not
     * for IPPROTO_RAW: EINVAL. Default false.
     */
    public static final Option<Boolean> ROUTER_ALERT =
            TABLE.readWrite("IP_ROUTER_ALERT", 5, flag());

    // Multicast. The interface by index: MCAST_, by address: the others.

    /** The interface that multicast datagrams leave by. Not on a stream: EINVAL. */
    public static final Option<MulticastInterface> MULTICAST_IF =
            TABLE.readWrite("IP_MULTICAST_IF", 32, MulticastInterface.CODEC);

    /**
     * The number of hops of multicast datagrams, 0 (this host) to 255; -1 for 1, the default, this
     * network. Not on a stream: EINVAL.
     */
    public static final Option<Integer> MULTICAST_TTL =
            TABLE.readWrite("IP_MULTICAST_TTL", 33, integer("hops", -1, 255));

    /** Whether multicast datagrams also go to listeners on this host. Default true. */
    public static final Option<Boolean> MULTICAST_LOOP =
            TABLE.readWrite("IP_MULTICAST_LOOP", 34, flag());

    /**
     * Whether a socket bound to any address hears all groups that anyone on this host joined, true
     * by default, or its own only.
     */
    public static final Option<Boolean> MULTICAST_ALL =
            TABLE.readWrite("IP_MULTICAST_ALL", 49, flag());

    /** Joins a group; interface by index or address. Write-only. See {@link Membership#join()}. */
    public static final Option<Membership> ADD_MEMBERSHIP =
            TABLE.writeOnly("IP_ADD_MEMBERSHIP", 35, Membership.MREQN);

    /** Leaves a group; interface by index or address. Write-only. */
    public static final Option<Membership> DROP_MEMBERSHIP =
            TABLE.writeOnly("IP_DROP_MEMBERSHIP", 36, Membership.MREQN);

    /** Joins a group for one sender; interface by address. Write-only. */
    public static final Option<SourceMembership> ADD_SOURCE_MEMBERSHIP =
            TABLE.writeOnly("IP_ADD_SOURCE_MEMBERSHIP", 39, SourceMembership.MREQ_SOURCE);

    /** Leaves a group for one sender; interface by address. Write-only. */
    public static final Option<SourceMembership> DROP_SOURCE_MEMBERSHIP =
            TABLE.writeOnly("IP_DROP_SOURCE_MEMBERSHIP", 40, SourceMembership.MREQ_SOURCE);

    /** Does not hear one sender of a group any more; interface by address. Write-only. */
    public static final Option<SourceMembership> BLOCK_SOURCE =
            TABLE.writeOnly("IP_BLOCK_SOURCE", 38, SourceMembership.MREQ_SOURCE);

    /** Hears a blocked sender again; interface by address. Write-only. */
    public static final Option<SourceMembership> UNBLOCK_SOURCE =
            TABLE.writeOnly("IP_UNBLOCK_SOURCE", 37, SourceMembership.MREQ_SOURCE);

    /** All senders of a group; interface by address. Set here, read by {@link #sourceFilter}. */
    public static final Option<SourceFilter> MS_FILTER =
            TABLE.writeOnly("IP_MSFILTER", 41, SourceFilter.MSFILTER);

    /** Joins a group; interface by index. Write-only. */
    public static final Option<Membership> MCAST_JOIN_GROUP =
            TABLE.writeOnly("MCAST_JOIN_GROUP", 42, Membership.IPV4_GROUP_REQ);

    /** Leaves a group; interface by index. Write-only. */
    public static final Option<Membership> MCAST_LEAVE_GROUP =
            TABLE.writeOnly("MCAST_LEAVE_GROUP", 45, Membership.IPV4_GROUP_REQ);

    /** Joins a group for one sender; interface by index. Write-only. */
    public static final Option<SourceMembership> MCAST_JOIN_SOURCE_GROUP =
            TABLE.writeOnly("MCAST_JOIN_SOURCE_GROUP", 46, SourceMembership.IPV4_GROUP_REQ);

    /** Leaves a group for one sender; interface by index. Write-only. */
    public static final Option<SourceMembership> MCAST_LEAVE_SOURCE_GROUP =
            TABLE.writeOnly("MCAST_LEAVE_SOURCE_GROUP", 47, SourceMembership.IPV4_GROUP_REQ);

    /** Does not hear one sender of a group any more; interface by index. Write-only. */
    public static final Option<SourceMembership> MCAST_BLOCK_SOURCE =
            TABLE.writeOnly("MCAST_BLOCK_SOURCE", 43, SourceMembership.IPV4_GROUP_REQ);

    /** Hears a blocked sender again; interface by index. Write-only. */
    public static final Option<SourceMembership> MCAST_UNBLOCK_SOURCE =
            TABLE.writeOnly("MCAST_UNBLOCK_SOURCE", 44, SourceMembership.IPV4_GROUP_REQ);

    /** All senders of a group; interface by index. Set here, read by {@link #sourceFilter}. */
    public static final Option<SourceFilter> MCAST_MS_FILTER =
            TABLE.writeOnly("MCAST_MSFILTER", 48, SourceFilter.IPV4_GROUP_FILTER);

    /**
     * The senders of a group that was joined on the interface with this index, to be read.
     *
     * @throws IllegalArgumentException if the group is no IPv4 multicast address
     */
    public static Option<SourceFilter> sourceFilter(IpAddress group, int interfaceIndex) {
        return MCAST_MS_FILTER.asking(
                SourceFilter.question(AddressFamily.AF_INET, group, interfaceIndex));
    }

    /**
     * The senders of a group that was joined on the interface with this address, to be read.
     *
     * @throws IllegalArgumentException if the group is no IPv4 multicast address
     */
    public static Option<SourceFilter> sourceFilter(IpAddress group, IpAddress interfaceAddress) {
        return MS_FILTER.asking(SourceFilter.question(group, interfaceAddress));
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }

    /** An interface index that the kernel wants, and gives, with the greatest byte first. */
    static OptionCodec<Integer> networkOrder() {
        return OptionCodec.struct(
                        Integer.class,
                        Integer.BYTES,
                        "",
                        (out, value) ->
                                out.order(ByteOrder.BIG_ENDIAN)
                                        .putInt(
                                                (int)
                                                        OptionCodec.inRange(
                                                                value, 0, Integer.MAX_VALUE, "")),
                        in -> in.order(ByteOrder.BIG_ENDIAN).getInt())
                .withRange("0 to 2147483647");
    }

    /** A socket address, to be read. */
    static OptionCodec<Endpoint> endpoint() {
        return OptionCodec.report(
                Endpoint.class,
                Endpoint.MAX_SOCKADDR,
                Endpoint.MAX_SOCKADDR,
                in -> {
                    byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
                    in.get(sockaddr);
                    return Endpoint.decode(sockaddr, sockaddr.length);
                });
    }
}
