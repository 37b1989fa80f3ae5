// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.netlink.RouteMessage.Rtmsg;

import java.util.OptionalLong;

/**
 * A packet that the kernel is asked the way for: {@code ip route get}.
 *
 * @param to where it goes
 * @param from its source address; null if it has none yet
 * @param output the index of the link that its socket is bound to, 0 for none
 * @param input the index of the link that it came in by, 0 for one of this machine
 * @param mark its mark, 0 for none
 * @param user whose it is; empty for nobody in particular
 * @param ipProtocol which protocol, 0 for none in particular
 * @param sourcePort from which port, 0 for none in particular
 * @param destinationPort to which port, 0 for none in particular
 * @param trafficClass its type of service byte
 * @param match whether the route of the table is told, as it stands there, rather than what becomes
 *     of this packet
 */
public record RouteQuery(
        IpAddress to,
        @Nullable IpAddress from,
        int output,
        int input,
        long mark,
        OptionalLong user,
        int ipProtocol,
        int sourcePort,
        int destinationPort,
        int trafficClass,
        boolean match) {

    /** A packet of this machine. */
    public static RouteQuery to(IpAddress address) {
        return new RouteQuery(address, null, 0, 0, 0, OptionalLong.empty(), 0, 0, 0, 0, false);
    }

    /** The same from an address. */
    public RouteQuery withSource(IpAddress address) {
        return new RouteQuery(
                to,
                address,
                output,
                input,
                mark,
                user,
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                match);
    }

    /** The same of a socket that is bound to a link. */
    public RouteQuery withOutput(int link) {
        return new RouteQuery(
                to,
                from,
                link,
                input,
                mark,
                user,
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                match);
    }

    /** The same that came in by a link; it needs a source. */
    public RouteQuery withInput(int link) {
        return new RouteQuery(
                to,
                from,
                output,
                link,
                mark,
                user,
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                match);
    }

    /** The same with a mark. */
    public RouteQuery withMark(long newMark) {
        return new RouteQuery(
                to,
                from,
                output,
                input,
                newMark,
                user,
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                match);
    }

    /** The same of a user. */
    public RouteQuery withUser(long uid) {
        return new RouteQuery(
                to,
                from,
                output,
                input,
                mark,
                OptionalLong.of(uid),
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                match);
    }

    /** The same of a protocol, TCP, UDP or ICMP, from and to a port; 0 for any. */
    public RouteQuery withPorts(int protocol, int source, int destination) {
        return new RouteQuery(
                to,
                from,
                output,
                input,
                mark,
                user,
                protocol,
                source,
                destination,
                trafficClass,
                match);
    }

    /** The same, for the route as it stands in its table: RTM_F_FIB_MATCH. */
    public RouteQuery matching() {
        return new RouteQuery(
                to,
                from,
                output,
                input,
                mark,
                user,
                ipProtocol,
                sourcePort,
                destinationPort,
                trafficClass,
                true);
    }

    NetlinkRequest request() {
        return NetlinkRequest.of(RouteMessage.RTM_GETROUTE, 0, this::write).named("RTM_GETROUTE");
    }

    private void write(AttributeWriter payload) {
        // IPv6 always tells the table, and refuses to be asked for it.
        int table = to.isIpv4() ? RouteMessage.RTM_F_LOOKUP_TABLE : 0;
        int flags = table | (match ? RouteMessage.RTM_F_FIB_MATCH : 0);
        payload.struct(
                Rtmsg.SIZEOF,
                header ->
                        header.u8(Rtmsg.rtm_family, to.family())
                                .u8(Rtmsg.rtm_dst_len, to.bits())
                                .u8(Rtmsg.rtm_src_len, from == null ? 0 : from.bits())
                                .u8(Rtmsg.rtm_tos, trafficClass)
                                .u32(Rtmsg.rtm_flags, flags));
        payload.bytes(RouteMessage.RTA_DST, to.toBytes());
        if (from != null) {
            payload.bytes(RouteMessage.RTA_SRC, from.toBytes());
        }
        if (output != 0) {
            payload.u32(RouteMessage.RTA_OIF, output);
        }
        if (input != 0) {
            payload.u32(RouteMessage.RTA_IIF, input);
        }
        if (mark != 0) {
            payload.u32(RouteMessage.RTA_MARK, mark);
        }
        user.ifPresent(uid -> payload.u32(RouteMessage.RTA_UID, uid));
        if (ipProtocol != 0) {
            payload.u8(RouteMessage.RTA_IP_PROTO, ipProtocol);
        }
        if (sourcePort != 0) {
            payload.be16(RouteMessage.RTA_SPORT, sourcePort);
        }
        if (destinationPort != 0) {
            payload.be16(RouteMessage.RTA_DPORT, destinationPort);
        }
    }
}
