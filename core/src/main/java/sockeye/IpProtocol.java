// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The protocols of the Internet families, by their kernel names: the third argument of socket(2)
 * and the level of their options in getsockopt(2).
 *
 * <p>Source: {@code linux/in.h}, {@code linux/in6.h}, protocols(5).
 */
public final class IpProtocol {
    /** The default protocol of a family and type; the level of IPv4 options. */
    public static final int IPPROTO_IP = 0;

    /** IPv6 hop-by-hop options. */
    public static final int IPPROTO_HOPOPTS = 0;

    /** Internet control messages, RFC 792. */
    public static final int IPPROTO_ICMP = 1;

    /** Group management, RFC 3376. */
    public static final int IPPROTO_IGMP = 2;

    /** IP in IP, RFC 2003. */
    public static final int IPPROTO_IPIP = 4;

    /** Transmission control, RFC 9293; the level of TCP options. */
    public static final int IPPROTO_TCP = 6;

    /** Exterior gateway protocol, RFC 904. */
    public static final int IPPROTO_EGP = 8;

    /** Xerox PUP. */
    public static final int IPPROTO_PUP = 12;

    /** User datagrams, RFC 768; the level of UDP options. */
    public static final int IPPROTO_UDP = 17;

    /** Xerox IDP. */
    public static final int IPPROTO_IDP = 22;

    /** ISO transport protocol class 4, RFC 905. */
    public static final int IPPROTO_TP = 29;

    /** Datagram congestion control, RFC 4340. */
    public static final int IPPROTO_DCCP = 33;

    /** IPv6 in IPv4; the level of IPv6 options. */
    public static final int IPPROTO_IPV6 = 41;

    /** IPv6 routing header. */
    public static final int IPPROTO_ROUTING = 43;

    /** IPv6 fragmentation header. */
    public static final int IPPROTO_FRAGMENT = 44;

    /** Resource reservation, RFC 2205. */
    public static final int IPPROTO_RSVP = 46;

    /** Generic routing encapsulation, RFC 2784. */
    public static final int IPPROTO_GRE = 47;

    /** Encapsulating security payload, RFC 4303. */
    public static final int IPPROTO_ESP = 50;

    /** Authentication header, RFC 4302. */
    public static final int IPPROTO_AH = 51;

    /** ICMPv6, RFC 4443. */
    public static final int IPPROTO_ICMPV6 = 58;

    /** IPv6: no next header. */
    public static final int IPPROTO_NONE = 59;

    /** IPv6 destination options. */
    public static final int IPPROTO_DSTOPTS = 60;

    /** Multicast transport protocol. */
    public static final int IPPROTO_MTP = 92;

    /** Pseudo header of IPsec BEET mode. */
    public static final int IPPROTO_BEETPH = 94;

    /** Encapsulation header, RFC 1241. */
    public static final int IPPROTO_ENCAP = 98;

    /** Protocol independent multicast, RFC 7761. */
    public static final int IPPROTO_PIM = 103;

    /** Compression header, RFC 3173. */
    public static final int IPPROTO_COMP = 108;

    /** Layer two tunnelling, RFC 3931. */
    public static final int IPPROTO_L2TP = 115;

    /** Stream control transmission, RFC 9260. */
    public static final int IPPROTO_SCTP = 132;

    /** IPv6 mobility header, RFC 6275. */
    public static final int IPPROTO_MH = 135;

    /** UDP-Lite, RFC 3828. */
    public static final int IPPROTO_UDPLITE = 136;

    /** MPLS in IP, RFC 4023. */
    public static final int IPPROTO_MPLS = 137;

    /** Ethernet within IPv6, RFC 8986. */
    public static final int IPPROTO_ETHERNET = 143;

    /** Raw IP packets, header included. */
    public static final int IPPROTO_RAW = 255;

    /** Multipath TCP, RFC 8684. */
    public static final int IPPROTO_MPTCP = 262;

    private IpProtocol() {}

    /**
     * The kernel's name of a protocol: {@code "IPPROTO_TCP"} for 6, {@code "IPPROTO_200"} for a
     * number without a name.
     */
    public static String nameOf(int protocol) {
        return switch (protocol) {
            case IPPROTO_IP -> "IPPROTO_IP";
            case IPPROTO_ICMP -> "IPPROTO_ICMP";
            case IPPROTO_IGMP -> "IPPROTO_IGMP";
            case IPPROTO_IPIP -> "IPPROTO_IPIP";
            case IPPROTO_TCP -> "IPPROTO_TCP";
            case IPPROTO_EGP -> "IPPROTO_EGP";
            case IPPROTO_PUP -> "IPPROTO_PUP";
            case IPPROTO_UDP -> "IPPROTO_UDP";
            case IPPROTO_IDP -> "IPPROTO_IDP";
            case IPPROTO_TP -> "IPPROTO_TP";
            case IPPROTO_DCCP -> "IPPROTO_DCCP";
            case IPPROTO_IPV6 -> "IPPROTO_IPV6";
            case IPPROTO_ROUTING -> "IPPROTO_ROUTING";
            case IPPROTO_FRAGMENT -> "IPPROTO_FRAGMENT";
            case IPPROTO_RSVP -> "IPPROTO_RSVP";
            case IPPROTO_GRE -> "IPPROTO_GRE";
            case IPPROTO_ESP -> "IPPROTO_ESP";
            case IPPROTO_AH -> "IPPROTO_AH";
            case IPPROTO_ICMPV6 -> "IPPROTO_ICMPV6";
            case IPPROTO_NONE -> "IPPROTO_NONE";
            case IPPROTO_DSTOPTS -> "IPPROTO_DSTOPTS";
            case IPPROTO_MTP -> "IPPROTO_MTP";
            case IPPROTO_BEETPH -> "IPPROTO_BEETPH";
            case IPPROTO_ENCAP -> "IPPROTO_ENCAP";
            case IPPROTO_PIM -> "IPPROTO_PIM";
            case IPPROTO_COMP -> "IPPROTO_COMP";
            case IPPROTO_L2TP -> "IPPROTO_L2TP";
            case IPPROTO_SCTP -> "IPPROTO_SCTP";
            case IPPROTO_MH -> "IPPROTO_MH";
            case IPPROTO_UDPLITE -> "IPPROTO_UDPLITE";
            case IPPROTO_MPLS -> "IPPROTO_MPLS";
            case IPPROTO_ETHERNET -> "IPPROTO_ETHERNET";
            case IPPROTO_RAW -> "IPPROTO_RAW";
            case IPPROTO_MPTCP -> "IPPROTO_MPTCP";
            default -> "IPPROTO_" + protocol;
        };
    }
}
