// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

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
import static sockeye.AncillaryType.NETLINK_PKTINFO;
import static sockeye.AncillaryType.PACKET_AUXDATA;
import static sockeye.AncillaryType.SCM_CREDENTIALS;
import static sockeye.AncillaryType.SCM_INQ;
import static sockeye.AncillaryType.SCM_PIDFD;
import static sockeye.AncillaryType.SCM_RIGHTS;
import static sockeye.AncillaryType.SCM_SECURITY;
import static sockeye.AncillaryType.SCTP_RCVINFO;
import static sockeye.AncillaryType.SOL_NETLINK;
import static sockeye.AncillaryType.SOL_PACKET;
import static sockeye.AncillaryType.SOL_SCTP;
import static sockeye.AncillaryType.SOL_SOCKET;
import static sockeye.AncillaryType.SOL_TIPC;
import static sockeye.AncillaryType.SO_MARK;
import static sockeye.AncillaryType.SO_RXQ_OVFL;
import static sockeye.AncillaryType.SO_TIMESTAMPING_NEW;
import static sockeye.AncillaryType.SO_TIMESTAMPING_OLD;
import static sockeye.AncillaryType.SO_TIMESTAMPNS_NEW;
import static sockeye.AncillaryType.SO_TIMESTAMPNS_OLD;
import static sockeye.AncillaryType.SO_TIMESTAMP_NEW;
import static sockeye.AncillaryType.SO_TIMESTAMP_OLD;
import static sockeye.AncillaryType.TCP_CM_INQ;
import static sockeye.AncillaryType.TIPC_DESTNAME;
import static sockeye.AncillaryType.TIPC_ERRINFO;
import static sockeye.AncillaryType.TIPC_RETDATA;
import static sockeye.AncillaryType.UDP_GRO;
import static sockeye.IpProtocol.IPPROTO_IP;
import static sockeye.IpProtocol.IPPROTO_IPV6;
import static sockeye.IpProtocol.IPPROTO_TCP;
import static sockeye.IpProtocol.IPPROTO_UDP;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.Endpoint;
import sockeye.Errno;
import sockeye.IpAddress;
import sockeye.NetlinkPacketInfo;
import sockeye.PacketAuxData;
import sockeye.PassedDescriptor;
import sockeye.SctpReceived;
import sockeye.TipcAncillary;
import sockeye.TipcEndpoint;
import sockeye.TipcError;
import sockeye.internal.ControlMessages.In6Pktinfo;
import sockeye.internal.ControlMessages.InPktinfo;
import sockeye.internal.ControlMessages.ScmTimestamping;
import sockeye.internal.ControlMessages.SockExtendedErr;
import sockeye.internal.ControlMessages.Timespec;
import sockeye.internal.ControlMessages.Ucred;
import sockeye.internal.kernel.CStruct;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;

/** Makes a record of one control message; the layouts are those of {@link ControlMessages}. */
final class ControlDecoder {
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private ControlDecoder() {}

    /**
     * Total: what is no message of a known kind, or too short to be one, is an {@code Unknown}.
     *
     * @param owned gives the descriptors of the whole area in order
     */
    static Ancillary decode(ControlCursor at, Iterator<PassedDescriptor> owned) {
        Ancillary known =
                switch (at.level) {
                    case SOL_SOCKET -> decodeSocket(at, owned);
                    case IPPROTO_IP -> decodeIp(at);
                    case IPPROTO_IPV6 -> decodeIpv6(at);
                    case IPPROTO_UDP -> decodeUdp(at);
                    case IPPROTO_TCP ->
                            at.type == TCP_CM_INQ && at.size >= Integer.BYTES
                                    ? new Ancillary.StillQueued(IPPROTO_TCP, at.getInt(0))
                                    : null;
                    case SOL_NETLINK ->
                            at.type == NETLINK_PKTINFO && at.size >= Integer.BYTES
                                    ? new NetlinkPacketInfo(at.getInt(0))
                                    : null;
                    case SOL_TIPC -> decodeTipc(at);
                    case SOL_SCTP -> decodeSctp(at);
                    case SOL_PACKET -> decodePacket(at);
                    default -> null;
                };
        return known != null
                ? known
                : new Ancillary.Unknown(at.level, at.type, at.bytes(0, at.size));
    }

    private static @Nullable Ancillary decodeSctp(ControlCursor at) {
        return at.type == SCTP_RCVINFO && at.size >= SctpRcvinfo.SIZEOF
                ? new SctpReceived(
                        at.getUnsignedShort(SctpRcvinfo.rcv_sid),
                        at.getUnsignedShort(SctpRcvinfo.rcv_ssn),
                        at.getUnsignedShort(SctpRcvinfo.rcv_flags),
                        at.getInt(SctpRcvinfo.rcv_ppid),
                        at.getUnsignedInt(SctpRcvinfo.rcv_tsn),
                        at.getInt(SctpRcvinfo.rcv_assoc_id))
                : null;
    }

    private static @Nullable Ancillary decodePacket(ControlCursor at) {
        return at.type == PACKET_AUXDATA && at.size >= TpacketAuxdata.SIZEOF
                ? new PacketAuxData(
                        at.getUnsignedInt(TpacketAuxdata.tp_status),
                        at.getUnsignedInt(TpacketAuxdata.tp_len),
                        at.getUnsignedInt(TpacketAuxdata.tp_snaplen),
                        at.getUnsignedShort(TpacketAuxdata.tp_net),
                        at.getUnsignedShort(TpacketAuxdata.tp_vlan_tci),
                        at.getUnsignedShort(TpacketAuxdata.tp_vlan_tpid))
                : null;
    }

    /** Offsets in bytes. */
    @CStruct("struct sctp_rcvinfo")
    static final class SctpRcvinfo {
        static final int SIZEOF = 28;
        static final int rcv_sid = 0;
        static final int rcv_ssn = 2;
        static final int rcv_flags = 4;
        static final int rcv_ppid = 8;
        static final int rcv_tsn = 12;
        static final int rcv_assoc_id = 24;

        private SctpRcvinfo() {}
    }

    /** Offsets in bytes. */
    @CStruct("struct tpacket_auxdata")
    static final class TpacketAuxdata {
        static final int SIZEOF = 20;
        static final int tp_status = 0;
        static final int tp_len = 4;
        static final int tp_snaplen = 8;
        static final int tp_net = 14;
        static final int tp_vlan_tci = 16;
        static final int tp_vlan_tpid = 18;

        private TpacketAuxdata() {}
    }

    private static @Nullable Ancillary decodeSocket(
            ControlCursor at, Iterator<PassedDescriptor> owned) {
        return switch (at.type) {
            case SCM_RIGHTS -> {
                var descriptors = new ArrayList<PassedDescriptor>();
                for (int i = 0; i < at.descriptors(); i++) {
                    descriptors.add(owned.next());
                }
                yield new Ancillary.Rights(descriptors);
            }
            case SCM_PIDFD -> {
                if (at.size < Integer.BYTES) {
                    yield null;
                }
                yield at.descriptors() == 1
                        ? new Ancillary.PidFd(owned.next(), null)
                        : new Ancillary.PidFd(null, new Errno(-at.getInt(0)));
            }
            case SCM_CREDENTIALS ->
                    at.size < Ucred.SIZEOF
                            ? null
                            : new Ancillary.Credentials(
                                    at.getInt(Ucred.pid),
                                    at.getInt(Ucred.uid),
                                    at.getInt(Ucred.gid));
            case SCM_SECURITY -> {
                int end = at.size;
                while (end > 0 && at.getByte(end - 1) == 0) {
                    end--;
                }
                yield new Ancillary.SecurityLabel(
                        new String(at.bytes(0, end), StandardCharsets.UTF_8));
            }
            case SO_TIMESTAMP_OLD, SO_TIMESTAMP_NEW -> timestamp(at, 1_000);
            case SO_TIMESTAMPNS_OLD, SO_TIMESTAMPNS_NEW -> timestamp(at, 1);
            case SO_TIMESTAMPING_OLD, SO_TIMESTAMPING_NEW ->
                    at.size < ScmTimestamping.SIZEOF
                            ? null
                            : new Ancillary.Timestamps(
                                    at.type,
                                    time(at, ScmTimestamping.ts, 1),
                                    time(at, ScmTimestamping.ts + 2 * Timespec.SIZEOF, 1));
            case SO_RXQ_OVFL ->
                    at.size < Integer.BYTES ? null : new Ancillary.Drops(at.getUnsignedInt(0));
            case SCM_INQ ->
                    at.size < Integer.BYTES
                            ? null
                            : new Ancillary.StillQueued(SOL_SOCKET, at.getInt(0));
            case SO_MARK -> at.size < Integer.BYTES ? null : new Ancillary.Mark(at.getInt(0));
            default -> null;
        };
    }

    private static @Nullable Ancillary decodeIp(ControlCursor at) {
        return switch (at.type) {
            case IP_PKTINFO ->
                    at.size < InPktinfo.SIZEOF
                            ? null
                            : new Ancillary.PacketInfo(
                                    IPPROTO_IP,
                                    at.getInt(InPktinfo.ipi_ifindex),
                                    at.address(InPktinfo.ipi_spec_dst, 4),
                                    at.address(InPktinfo.ipi_addr, 4));
            case IP_TTL -> at.size < 1 ? null : new Ancillary.TimeToLive(IPPROTO_IP, at.getSmall());
            case IP_TOS ->
                    at.size < 1 ? null : new Ancillary.TrafficClass(IPPROTO_IP, at.getSmall());
            case IP_RECVERR -> extendedError(at);
            case IP_ORIGDSTADDR -> originalDestination(at);
            default -> null;
        };
    }

    private static @Nullable Ancillary decodeIpv6(ControlCursor at) {
        return switch (at.type) {
            case IPV6_PKTINFO -> {
                if (at.size < In6Pktinfo.SIZEOF) {
                    yield null;
                }
                IpAddress destination = at.address(In6Pktinfo.ipi6_addr, 16).unmapped();
                yield new Ancillary.PacketInfo(
                        IPPROTO_IPV6,
                        at.getInt(In6Pktinfo.ipi6_ifindex),
                        destination.isMulticast() ? any(destination) : destination,
                        destination);
            }
            case IPV6_HOPLIMIT ->
                    at.size < 1 ? null : new Ancillary.TimeToLive(IPPROTO_IPV6, at.getSmall());
            case IPV6_TCLASS ->
                    at.size < 1 ? null : new Ancillary.TrafficClass(IPPROTO_IPV6, at.getSmall());
            case IPV6_FLOWINFO ->
                    at.size < Integer.BYTES
                            ? null
                            : new Ancillary.FlowInfo(networkOrder(at.getInt(0)));
            case IPV6_RECVERR -> extendedError(at);
            case IPV6_ORIGDSTADDR -> originalDestination(at);
            default -> null;
        };
    }

    private static @Nullable Ancillary decodeUdp(ControlCursor at) {
        if (at.type != UDP_GRO || at.size < Integer.BYTES) {
            return null;
        }
        int size = at.getInt(0);
        return size < 1 || size > 0xFFFF ? null : new Ancillary.SegmentSize(UDP_GRO, size);
    }

    /** Numbers of 32 bits one behind the other; they have no struct in C. */
    private static @Nullable Ancillary decodeTipc(ControlCursor at) {
        return switch (at.type) {
            case TIPC_ERRINFO ->
                    at.size < 2 * Integer.BYTES
                            ? null
                            : new TipcAncillary.ErrorInfo(
                                    new TipcError(at.getUnsignedInt(0)),
                                    at.getUnsignedInt(Integer.BYTES));
            case TIPC_RETDATA -> new TipcAncillary.ReturnedData(at.bytes(0, at.size));
            case TIPC_DESTNAME -> {
                if (at.size < 3 * Integer.BYTES) {
                    yield null;
                }
                long lower = at.getUnsignedInt(Integer.BYTES);
                long upper = at.getUnsignedInt(2 * Integer.BYTES);
                yield lower > upper
                        ? null
                        : new TipcAncillary.Destination(
                                TipcEndpoint.range(at.getUnsignedInt(0), lower, upper));
            }
            default -> null;
        };
    }

    private static @Nullable Ancillary timestamp(ControlCursor at, int unit) {
        Instant time = at.size < Timespec.SIZEOF ? null : time(at, 0, unit);
        return time == null ? null : new Ancillary.ReceivedTimestamp(at.type, time);
    }

    /**
     * A time whose fraction counts so many nanoseconds; null if it is zero, so not set, or no time.
     */
    private static @Nullable Instant time(ControlCursor at, int offset, int unit) {
        long seconds = at.getLong(offset + Timespec.tv_sec);
        long fraction = at.getLong(offset + Timespec.tv_nsec);
        boolean valid =
                seconds >= Instant.MIN.getEpochSecond()
                        && seconds <= Instant.MAX.getEpochSecond()
                        && fraction >= 0
                        && fraction < 1_000_000_000 / unit;
        return valid && (seconds | fraction) != 0
                ? Instant.ofEpochSecond(seconds, fraction * unit)
                : null;
    }

    private static @Nullable Ancillary extendedError(ControlCursor at) {
        if (at.size < SockExtendedErr.SIZEOF) {
            return null;
        }
        int errno = at.getInt(SockExtendedErr.ee_errno);
        if (errno < 0) {
            return null;
        }
        return new Ancillary.ExtendedError(
                at.level,
                new Errno(errno),
                Byte.toUnsignedInt(at.getByte(SockExtendedErr.ee_origin)),
                Byte.toUnsignedInt(at.getByte(SockExtendedErr.ee_type)),
                Byte.toUnsignedInt(at.getByte(SockExtendedErr.ee_code)),
                at.getUnsignedInt(SockExtendedErr.ee_info),
                at.getUnsignedInt(SockExtendedErr.ee_data),
                endpoint(at, SockExtendedErr.SIZEOF));
    }

    private static @Nullable Ancillary originalDestination(ControlCursor at) {
        Endpoint destination = endpoint(at, 0);
        return destination == null
                ? null
                : new Ancillary.OriginalDestination(at.level, destination);
    }

    /** The sockaddr that fills the data from an offset on; null if there is none. */
    private static @Nullable Endpoint endpoint(ControlCursor at, int offset) {
        int length = Math.min(at.size - offset, Endpoint.MAX_SOCKADDR);
        if (length < Short.BYTES || at.getShort(offset) == AddressFamily.AF_UNSPEC) {
            return null;
        }
        return Endpoint.decode(Arrays.copyOf(at.bytes(offset, length), 128), length);
    }

    private static IpAddress any(IpAddress sameFamily) {
        return sameFamily.isIpv4() ? IpAddress.ANY_IPV4 : IpAddress.ANY_IPV6;
    }

    static int networkOrder(int value) {
        return LITTLE_ENDIAN ? Integer.reverseBytes(value) : value;
    }
}
