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
import java.util.EnumSet;
import java.util.List;
import java.util.function.Function;

/**
 * Links, addresses and rules as pictures that are kept true: each is a {@link NetlinkMonitor},
 * which begins with all there are, tells each change, and dumps again by itself if changes were
 * lost.
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
 * <p>Routes and neighbours are not here, since the kernel does not tell everything of them: IPv4
 * routes go with their link or address without a word, a replaced route is not named, and
 * neighbours that are not asked for come in silence. Their events are in {@link RouteMonitor}, and
 * the truth is in a dump.
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
