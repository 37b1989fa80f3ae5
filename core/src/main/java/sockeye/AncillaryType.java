// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The types of control messages by their kernel names: what {@link Ancillary#type()} gives. The
 * same number means different things at different levels.
 *
 * <p>Source: {@code linux/socket.h}, {@code asm-generic/socket.h}, {@code linux/in.h}, {@code
 * linux/in6.h}, {@code linux/udp.h}, {@code linux/tcp.h}, {@code linux/tipc.h}, {@code
 * linux/errqueue.h}.
 */
public final class AncillaryType {
    /** The level of all that belongs to sockets as such. */
    public static final int SOL_SOCKET = 1;

    // Level SOL_SOCKET.

    /** Descriptors: {@link Ancillary.Rights}. */
    public static final int SCM_RIGHTS = 1;

    /** Pid, uid and gid: {@link Ancillary.Credentials}. */
    public static final int SCM_CREDENTIALS = 2;

    /** The label of a security module: {@link Ancillary.SecurityLabel}. */
    public static final int SCM_SECURITY = 3;

    /** A descriptor of the sending process: {@link Ancillary.PidFd}. */
    public static final int SCM_PIDFD = 4;

    /** {@link Ancillary.ReceivedTimestamp} in microseconds. */
    public static final int SO_TIMESTAMP_OLD = 29;

    /** {@link Ancillary.ReceivedTimestamp} in nanoseconds. */
    public static final int SO_TIMESTAMPNS_OLD = 35;

    /** {@link Ancillary.Mark}. */
    public static final int SO_MARK = 36;

    /** {@link Ancillary.Timestamps}. */
    public static final int SO_TIMESTAMPING_OLD = 37;

    /** {@link Ancillary.Drops}. */
    public static final int SO_RXQ_OVFL = 40;

    /**
     * Statistics of a TCP connection with a timestamp: netlink attributes, {@code Unknown} here.
     */
    public static final int SCM_TIMESTAMPING_OPT_STATS = 54;

    /** Device and length with a hardware timestamp: {@code Unknown} here. */
    public static final int SCM_TIMESTAMPING_PKTINFO = 58;

    /** {@link Ancillary.DepartureTime}. */
    public static final int SCM_TXTIME = 61;

    /** {@link Ancillary.ReceivedTimestamp} in microseconds, for times beyond 2038 everywhere. */
    public static final int SO_TIMESTAMP_NEW = 63;

    /** {@link Ancillary.ReceivedTimestamp} in nanoseconds, for times beyond 2038 everywhere. */
    public static final int SO_TIMESTAMPNS_NEW = 64;

    /** {@link Ancillary.Timestamps}, for times beyond 2038 everywhere. */
    public static final int SO_TIMESTAMPING_NEW = 65;

    /** {@link Ancillary.StillQueued} of AF_UNIX. */
    public static final int SCM_INQ = 84;

    // Level IPPROTO_IP.

    /** {@link Ancillary.TrafficClass} of IPv4. */
    public static final int IP_TOS = 1;

    /** {@link Ancillary.TimeToLive} of IPv4. */
    public static final int IP_TTL = 2;

    /** {@link Ancillary.PacketInfo} of IPv4. */
    public static final int IP_PKTINFO = 8;

    /** {@link Ancillary.ExtendedError} of IPv4. */
    public static final int IP_RECVERR = 11;

    /** {@link Ancillary.OriginalDestination} of IPv4. */
    public static final int IP_ORIGDSTADDR = 20;

    // Level IPPROTO_IPV6.

    /** {@link Ancillary.FlowInfo}. */
    public static final int IPV6_FLOWINFO = 11;

    /** {@link Ancillary.ExtendedError} of IPv6. */
    public static final int IPV6_RECVERR = 25;

    /** {@link Ancillary.PacketInfo} of IPv6. */
    public static final int IPV6_PKTINFO = 50;

    /** {@link Ancillary.TimeToLive} of IPv6. */
    public static final int IPV6_HOPLIMIT = 52;

    /** {@link Ancillary.TrafficClass} of IPv6. */
    public static final int IPV6_TCLASS = 67;

    /** {@link Ancillary.OriginalDestination} of IPv6. */
    public static final int IPV6_ORIGDSTADDR = 74;

    // Level IPPROTO_UDP.

    /** {@link Ancillary.SegmentSize} as it is sent. */
    public static final int UDP_SEGMENT = 103;

    /** {@link Ancillary.SegmentSize} as it is received. */
    public static final int UDP_GRO = 104;

    // Level IPPROTO_TCP.

    /** {@link Ancillary.StillQueued} of TCP. */
    public static final int TCP_CM_INQ = 36;

    // Level SOL_NETLINK.

    /** The level of all that belongs to AF_NETLINK. */
    public static final int SOL_NETLINK = 270;

    /** {@link NetlinkPacketInfo}. */
    public static final int NETLINK_PKTINFO = 3;

    // Level SOL_TIPC.

    /** The level of what TIPC adds. */
    public static final int SOL_TIPC = 271;

    /** {@link TipcAncillary.ErrorInfo}. */
    public static final int TIPC_ERRINFO = 1;

    /** {@link TipcAncillary.ReturnedData}. */
    public static final int TIPC_RETDATA = 2;

    /** {@link TipcAncillary.Destination}. */
    public static final int TIPC_DESTNAME = 3;

    // Level SOL_SCTP.

    /** The level of what SCTP adds. */
    public static final int SOL_SCTP = 132;

    /** What {@link SctpSending} makes. */
    public static final int SCTP_SNDINFO = 2;

    /** {@link SctpReceived}. */
    public static final int SCTP_RCVINFO = 3;

    // Level SOL_PACKET.

    /** The level of what AF_PACKET adds. */
    public static final int SOL_PACKET = 263;

    /** {@link PacketAuxData}. */
    public static final int PACKET_AUXDATA = 8;

    private AncillaryType() {}
}
