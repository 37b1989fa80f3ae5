// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * What a frame carries, by the kernel's names: the protocols of AF_PACKET, in the byte order of
 * this machine. {@link PacketEndpoint} brings them into the network's; as the third argument of
 * socket(2) they need it too, see {@link #toSocketProtocol}.
 *
 * <p>Any other number may be used. Source: {@code linux/if_ether.h}, packet(7).
 */
public final class EtherType {
    /** 802.3 frames, which have a length in place of a type. */
    public static final int ETH_P_802_3 = 0x0001;

    /** Every protocol; an argument, never in a frame. */
    public static final int ETH_P_ALL = 0x0003;

    /** 802.2 frames. */
    public static final int ETH_P_802_2 = 0x0004;

    /** CAN frames. */
    public static final int ETH_P_CAN = 0x000C;

    /** CAN FD frames. */
    public static final int ETH_P_CANFD = 0x000D;

    /** CAN XL frames. */
    public static final int ETH_P_CANXL = 0x000E;

    /** Loopback. */
    public static final int ETH_P_LOOP = 0x0060;

    /** IPv4. */
    public static final int ETH_P_IP = 0x0800;

    /** The address resolution of IPv4. */
    public static final int ETH_P_ARP = 0x0806;

    /** Reverse address resolution. */
    public static final int ETH_P_RARP = 0x8035;

    /** A tag of a virtual LAN. */
    public static final int ETH_P_8021Q = 0x8100;

    /** IPv6. */
    public static final int ETH_P_IPV6 = 0x86DD;

    /** Slow protocols, link aggregation among them. */
    public static final int ETH_P_SLOW = 0x8809;

    /** MPLS. */
    public static final int ETH_P_MPLS_UC = 0x8847;

    /** MPLS, multicast. */
    public static final int ETH_P_MPLS_MC = 0x8848;

    /** PPP over Ethernet, discovery. */
    public static final int ETH_P_PPP_DISC = 0x8863;

    /** PPP over Ethernet, session. */
    public static final int ETH_P_PPP_SES = 0x8864;

    /** Port access, 802.1X. */
    public static final int ETH_P_PAE = 0x888E;

    /** ATA over Ethernet. */
    public static final int ETH_P_AOE = 0x88A2;

    /** A service tag of a virtual LAN. */
    public static final int ETH_P_8021AD = 0x88A8;

    /** TIPC. */
    public static final int ETH_P_TIPC = 0x88CA;

    /** Link layer discovery. */
    public static final int ETH_P_LLDP = 0x88CC;

    /** MACsec, 802.1AE. */
    public static final int ETH_P_MACSEC = 0x88E5;

    /** Precision time. */
    public static final int ETH_P_1588 = 0x88F7;

    /** Fibre Channel over Ethernet. */
    public static final int ETH_P_FCOE = 0x8906;

    private EtherType() {}

    /**
     * The third argument of socket(2) for AF_PACKET: the number in the byte order of the network.
     *
     * @param etherType 0 to 65535; 0 receives nothing before the socket is bound to a protocol
     */
    public static int toSocketProtocol(int etherType) {
        return Short.toUnsignedInt(Sockaddr.inNetworkOrder(etherType));
    }
}
