// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.netlink.RouteMessage.Rtmsg;

import java.util.List;

/**
 * Which routes to dump. The kernel leaves out the others (Linux 5.0); what an older one sends
 * nevertheless is left out here.
 *
 * @param family AF_INET or AF_INET6, 0 for both
 * @param table in which table, null for all
 * @param protocol who made them, null for all
 * @param type what is done with the packets, null for all
 * @param link by which link they go, 0 for all
 */
public record RouteFilter(
        int family,
        @Nullable RouteTable table,
        @Nullable RouteProtocol protocol,
        @Nullable RouteType type,
        int link) {
    /** All of both families, in all tables. */
    public static final RouteFilter ALL = new RouteFilter(0, null, null, null, 0);

    /** What {@code ip route} shows: IPv4 and IPv6, in the main table. */
    public static final RouteFilter MAIN = ALL.withTable(RouteTable.MAIN);

    /** Those of one family. */
    public RouteFilter withFamily(int newFamily) {
        return new RouteFilter(newFamily, table, protocol, type, link);
    }

    /** Those of one table. */
    public RouteFilter withTable(RouteTable newTable) {
        return new RouteFilter(family, newTable, protocol, type, link);
    }

    /** Those that somebody made. */
    public RouteFilter withProtocol(RouteProtocol newProtocol) {
        return new RouteFilter(family, table, newProtocol, type, link);
    }

    /** Those of a type. */
    public RouteFilter withType(RouteType newType) {
        return new RouteFilter(family, table, protocol, newType, link);
    }

    /** Those by one link. */
    public RouteFilter withLink(int newLink) {
        return new RouteFilter(family, table, protocol, type, newLink);
    }

    /** One dump for each family, since some kernels filter only then. */
    List<Integer> families() {
        return family == 0 ? List.of(AF_INET, AF_INET6) : List.of(family);
    }

    boolean matches(Route route) {
        return (table == null || table.equals(route.table()))
                && (protocol == null || protocol.equals(route.protocol()))
                && (type == null || type == route.type())
                && (link == 0 || route.nextHops().stream().anyMatch(each -> each.link() == link));
    }

    NetlinkRequest request(int ofFamily) {
        return NetlinkRequest.of(
                        RouteMessage.RTM_GETROUTE,
                        0,
                        to -> {
                            to.struct(
                                    Rtmsg.SIZEOF,
                                    header ->
                                            header.u8(Rtmsg.rtm_family, ofFamily)
                                                    .u8(
                                                            Rtmsg.rtm_protocol,
                                                            protocol == null
                                                                    ? 0
                                                                    : protocol.number())
                                                    .u8(
                                                            Rtmsg.rtm_type,
                                                            type == null ? 0 : type.number()));
                            if (table != null) {
                                to.u32(RouteMessage.RTA_TABLE, table.number());
                            }
                            if (link != 0) {
                                to.u32(RouteMessage.RTA_OIF, link);
                            }
                        })
                .named("RTM_GETROUTE");
    }
}
