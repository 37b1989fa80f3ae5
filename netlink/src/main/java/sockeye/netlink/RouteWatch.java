// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.NetlinkProtocol;
import sockeye.OptionSetting;
import sockeye.netlink.RouteMonitor.Topic;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;

/**
 * Links, addresses, routes, neighbours, rules and the databases of bridges as pictures that are
 * kept true: each is a {@link NetlinkMonitor}, which begins with all there are, tells each change,
 * and dumps again by itself if changes were lost.
 *
 * <pre>{@code
 * try (var links = RouteWatch.links()) {
 *     links.snapshot().values().forEach(link -> IO.println(link.name()));
 *     while (true) {
 *         if (links.next() instanceof TableChange.Changed<Integer, Link> changed
 *                 && changed.before().hasCarrier() && !changed.value().hasCarrier()) {
 *             IO.println(changed.value().name() + " was pulled");
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>What changes in silence is left out, or looked for: see {@link #routes} and {@link
 * #neighbours}. Events one by one are in {@link RouteMonitor}.
 */
public final class RouteWatch {
    private RouteWatch() {}

    /**
     * What an address is known by.
     *
     * @param link the link's index
     * @param prefix the address with its length
     * @param peer the other end; null for none
     */
    public record AddressKey(int link, IpPrefix prefix, @Nullable IpAddress peer) {
        static AddressKey of(LinkAddress address) {
            return new AddressKey(address.link(), address.prefix(), address.peer());
        }
    }

    /**
     * Watches links, by their indexes. What counts and ticks by itself is left out of them: {@link
     * Link#statistics} are zero, and attributes without a name are missing.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<Integer, Link> links(OptionSetting<?>... settings)
            throws IOException {
        NetlinkRequest dump = RouteSocket.getLink(0, null);
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        Topic.LINKS.groups(),
                        List.of(dump),
                        update(
                                Link.RTM_NEWLINK,
                                Link.RTM_DELLINK,
                                RouteWatch::quietLink,
                                Link::index)),
                settings);
    }

    private static @Nullable Link quietLink(PayloadReader payload) {
        Link link = RouteMonitor.link(payload);
        return link == null ? null : link.quiet();
    }

    /**
     * Watches the addresses of all links. Lifetimes are as they were when the address was last told
     * of.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<AddressKey, LinkAddress> addresses(OptionSetting<?>... settings)
            throws IOException {
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        Topic.ADDRESSES.groups(),
                        List.of(
                                RouteSocket.getAddresses(AF_INET, 0),
                                RouteSocket.getAddresses(AF_INET6, 0)),
                        update(
                                LinkAddress.RTM_NEWADDR,
                                LinkAddress.RTM_DELADDR,
                                LinkAddress::read,
                                AddressKey::of)),
                settings);
    }

    /**
     * Watches rules, which are known by all that they say. Whether their links and targets exist is
     * left out of them, since the kernel does not tell.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<RoutingRule, RoutingRule> rules(OptionSetting<?>... settings)
            throws IOException {
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        Topic.RULES.groups(),
                        List.of(RouteSocket.getRules(AF_INET), RouteSocket.getRules(AF_INET6)),
                        update(
                                RuleMessage.RTM_NEWRULE,
                                RuleMessage.RTM_DELRULE,
                                RouteWatch::quietRule,
                                Function.identity())),
                settings);
    }

    private static @Nullable RoutingRule quietRule(PayloadReader payload) {
        RoutingRule rule = RuleMessage.read(payload);
        if (rule == null) {
            return null;
        }
        var stays =
                EnumSet.of(
                        RoutingRule.Flag.PERMANENT,
                        RoutingRule.Flag.INVERT,
                        RoutingRule.Flag.FIND_SOURCE);
        stays.retainAll(rule.flags());
        return new RoutingRule(
                rule.family(),
                rule.priority(),
                rule.selector(),
                rule.action(),
                rule.protocol(),
                stays,
                rule.others());
    }

    /** RTNLGRP_NEXTHOP: next hop objects, of which some routes are made. */
    private static final int RTNLGRP_NEXTHOP = 32;

    /**
     * Watches the routes of both families in all tables.
     *
     * <p>The kernel does not tell of every change: IPv4 routes go with their link or address
     * without a word, a route that is replaced is not named, and of an IPv6 route with several next
     * hops it tells of one at a time. So this hears of links, addresses and next hop objects too,
     * and dumps the routes again after what may have been such a change; several at once cost one
     * dump. Where routes come and go all day with their links, that is the price.
     *
     * <p>The key is the route without what becomes of it: whether its link is dead or without a
     * carrier is part of the value. Times that run out, what the hardware does and attributes
     * without a name are left out of both.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<Route, Route> routes(OptionSetting<?>... settings)
            throws IOException {
        List<Integer> groups = new ArrayList<>();
        for (Topic topic : List.of(Topic.ROUTES, Topic.LINKS, Topic.ADDRESSES)) {
            groups.addAll(topic.groups());
        }
        groups.add(RTNLGRP_NEXTHOP);
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        groups,
                        // The message comes before the routes go, both under one lock of the
                        // kernel's. A dump of routes does not take it in newer kernels; to ask for
                        // links does, so whoever has an answer to that sees what follows it.
                        List.of(
                                RouteSocket.getLinksOf(Integer.MAX_VALUE),
                                RouteFilter.ALL.request(AF_INET),
                                RouteFilter.ALL.request(AF_INET6)),
                        RouteWatch::routeUpdate),
                settings);
    }

    private static @Nullable TableUpdate<Route, Route> routeUpdate(PayloadReader payload) {
        NetlinkMessage message = payload.message();
        int type = message.type();
        if (type != RouteMessage.RTM_NEWROUTE && type != RouteMessage.RTM_DELROUTE) {
            return type == NetlinkMessage.NLMSG_DONE ? null : new TableUpdate.Doubtful<>();
        }
        Route route = RouteMessage.read(payload);
        if (route == null) {
            return null;
        }
        boolean isNew = type == RouteMessage.RTM_NEWROUTE;
        // A dump's answers are about one route each, whatever it is.
        if (!message.has(NetlinkFlag.NLM_F_MULTI)) {
            boolean isSix = route.family() == AF_INET6;
            if (message.has(NetlinkFlag.NLM_F_REPLACE)
                    || (isSix && (!isNew || route.nextHops().size() > 1))
                    || (isSix && message.has(NetlinkFlag.NLM_F_APPEND))) {
                return new TableUpdate.Doubtful<>();
            }
        }
        Route key = route.identity();
        return isNew
                ? new TableUpdate.Present<>(key, route.quiet())
                : new TableUpdate.Absent<>(key);
    }

    /**
     * What a neighbour is known by.
     *
     * @param link the link's index
     * @param address its address
     */
    public record NeighbourKey(int link, IpAddress address) {}

    /**
     * Watches the neighbours to which packets can be sent, and where they are. What was not found,
     * or did not answer, is not among them; it is gone when the kernel gives it up. How lately one
     * was heard of changes in silence, so the state is {@link Neighbour.State#PERMANENT} or, of all
     * others, {@link Neighbour.State#REACHABLE}, and there are no times. Proxy entries and those
     * that need no asking (NOARP) are left out, for the kernel does not tell of them.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<NeighbourKey, Neighbour> neighbours(OptionSetting<?>... settings)
            throws IOException {
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        Topic.NEIGHBOURS.groups(),
                        List.of(
                                NeighbourFilter.ALL.request(AF_INET),
                                NeighbourFilter.ALL.request(AF_INET6)),
                        RouteWatch::neighbourUpdate),
                settings);
    }

    private static @Nullable TableUpdate<NeighbourKey, Neighbour> neighbourUpdate(
            PayloadReader payload) {
        int type = payload.message().type();
        if (type != Neighbour.RTM_NEWNEIGH && type != Neighbour.RTM_DELNEIGH) {
            return null;
        }
        Neighbour neighbour = Neighbour.read(payload);
        if (neighbour == null || neighbour.isProxy()) {
            return null;
        }
        var key = new NeighbourKey(neighbour.link(), neighbour.address());
        Neighbour usable = type == Neighbour.RTM_NEWNEIGH ? neighbour.quiet() : null;
        return usable == null
                ? new TableUpdate.Absent<>(key)
                : new TableUpdate.Present<>(key, usable);
    }

    /**
     * What an entry of a bridge is known by.
     *
     * @param bridge the bridge's index
     * @param address the hardware address
     * @param vlan 0 for none
     */
    public record FdbKey(int bridge, HardwareAddress address, int vlan) {
        static FdbKey of(FdbEntry entry) {
            return new FdbKey(entry.master(), entry.address(), entry.vlan());
        }
    }

    /**
     * Watches the forwarding databases of bridges: which address is behind which port. Ages are
     * left out, and the lists of devices, of which the kernel does not tell.
     *
     * @param settings options for the socket that hears the changes
     */
    public static NetlinkMonitor<FdbKey, FdbEntry> forwarding(OptionSetting<?>... settings)
            throws IOException {
        return NetlinkMonitor.open(
                new MonitoredTable<>(
                        NetlinkProtocol.NETLINK_ROUTE,
                        Topic.NEIGHBOURS.groups(),
                        List.of(BridgeSocket.getEntries(0, 0)),
                        update(
                                Neighbour.RTM_NEWNEIGH,
                                Neighbour.RTM_DELNEIGH,
                                RouteWatch::quietEntry,
                                FdbKey::of)),
                settings);
    }

    private static @Nullable FdbEntry quietEntry(PayloadReader payload) {
        FdbEntry entry = FdbEntry.read(payload);
        return entry == null || entry.master() == 0 ? null : entry.quiet();
    }

    private static <K, V> PayloadDecoder<TableUpdate<K, V>> update(
            int present, int absent, PayloadDecoder<V> decoder, Function<V, K> key) {
        return payload -> {
            int type = payload.message().type();
            if (type != present && type != absent) {
                return null;
            }
            V value = decoder.decode(payload);
            if (value == null) {
                return null;
            }
            return type == present
                    ? new TableUpdate.Present<>(key.apply(value), value)
                    : new TableUpdate.Absent<>(key.apply(value));
        };
    }
}
