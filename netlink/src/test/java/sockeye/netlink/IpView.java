// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.AddressFamily;
import sockeye.netlink.RoutingRule.Action;
import sockeye.netlink.RoutingRule.Flag;
import sockeye.netlink.RoutingRule.Ports;
import sockeye.netlink.RoutingRule.Selector;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntFunction;

/** Addresses, routes, neighbours and rules as {@code ip -d -j} prints them. */
final class IpView {
    private static final long FOREVER = 0xFFFF_FFFFL;

    private IpView() {}

    static Map<String, Object> of(LinkAddress address) {
        var view = new LinkedHashMap<String, Object>();
        view.put("family", address.address().family() == AddressFamily.AF_INET ? "inet" : "inet6");
        view.put("local", address.address().toString());
        if (address.peer() != null) {
            view.put("address", address.peer().toString());
        }
        view.put("prefixlen", address.prefix().length());
        if (address.metric() != 0) {
            view.put("metric", address.metric());
        }
        if (address.broadcast() != null) {
            view.put("broadcast", address.broadcast().toString());
        }
        view.put("scope", address.scope().toString());
        for (AddressFlag each : address.flags()) {
            switch (each) {
                case PERMANENT -> {}
                case SECONDARY ->
                        view.put(address.address().isIpv4() ? "secondary" : "temporary", true);
                case STABLE_PRIVACY -> view.put("stable-privacy", true);
                case MCAUTOJOIN -> view.put("autojoin", true);
                case HOMEADDRESS -> view.put("home", true);
                case MANAGETEMPADDR -> view.put("mngtmpaddr", true);
                default -> view.put(each.name().toLowerCase(Locale.ROOT), true);
            }
        }
        if (!address.flags().contains(AddressFlag.PERMANENT)) {
            view.put("dynamic", true);
        }
        if (address.label() != null) {
            view.put("label", address.label());
        }
        view.put("valid_life_time", seconds(address.lifetime().valid()));
        view.put("preferred_life_time", seconds(address.lifetime().preferred()));
        return view;
    }

    private static long seconds(Duration time) {
        return time == null ? FOREVER : time.toSeconds();
    }

    static Map<String, Object> of(Route route, IntFunction<String> names) {
        var view = new LinkedHashMap<String, Object>();
        view.put("type", route.type().name().toLowerCase(Locale.ROOT));
        view.put(
                "dst",
                route.isDefault()
                        ? "default"
                        : route.destination().isOneAddress()
                                ? route.destination().address().toString()
                                : route.destination().toString());
        if (route.source() != null) {
            view.put("from", route.source().toString());
        }
        if (route.trafficClass() != 0) {
            view.put("tos", "0x%02x".formatted(route.trafficClass()));
        }
        boolean single = route.nextHops().size() == 1;
        if (single) {
            hop(view, route.nextHops().getFirst(), route.family(), names);
        }
        if (route.nextHopId() != 0) {
            view.put("nhid", route.nextHopId());
        }
        view.put("table", route.table().toString());
        view.put("protocol", route.protocol().toString());
        view.put("scope", route.scope().toString());
        if (route.preferredSource() != null) {
            view.put("prefsrc", route.preferredSource().toString());
        }
        if (route.priority() != 0 || route.family() == AddressFamily.AF_INET6) {
            view.put("metric", route.priority());
        }
        List<String> flags = new ArrayList<>();
        if (single) {
            route.nextHops().getFirst().flags().forEach(each -> flags.add(flag(each)));
        }
        view.put("flags", flags);
        if (!route.metrics().equals(RouteMetrics.NONE)) {
            view.put("metrics", List.of(metrics(route.metrics())));
        }
        if (route.nextHops().size() > 1) {
            List<Object> hops = new ArrayList<>();
            for (NextHop each : route.nextHops()) {
                var hop = new LinkedHashMap<String, Object>();
                hop(hop, each, route.family(), names);
                hop.put("weight", each.weight());
                hop.put("flags", each.flags().stream().map(IpView::flag).toList());
                hops.add(hop);
            }
            view.put("nexthops", hops);
        }
        if (route.expires() != null) {
            view.put("expires", route.expires().toSeconds());
        }
        if (route.preference().isPresent()) {
            view.put(
                    "pref",
                    switch ((int) route.preference().getAsLong()) {
                        case 0 -> "medium";
                        case 1 -> "high";
                        default -> "low";
                    });
        }
        if (route.lookup() != null && route.lookup().error() != 0) {
            view.put("error", -route.lookup().error());
        }
        return view;
    }

    private static String flag(NextHop.Flag flag) {
        return flag.name().toLowerCase(Locale.ROOT);
    }

    private static void hop(
            Map<String, Object> view, NextHop hop, int family, IntFunction<String> names) {
        if (hop.gateway() != null && hop.gateway().family() == family) {
            view.put("gateway", hop.gateway().toString());
        } else if (hop.gateway() != null) {
            view.put("via", Map.of("family", "inet6", "host", hop.gateway().toString()));
        }
        if (hop.link() != 0) {
            view.put("dev", names.apply(hop.link()));
        }
    }

    private static Map<String, Object> metrics(RouteMetrics metrics) {
        var view = new LinkedHashMap<String, Object>();
        metrics.values()
                .forEach((metric, value) -> {
                    switch (metric) {
                        case RTT -> view.put("rtt", value / 8);
                        case RTTVAR -> view.put("rttvar", value / 4);
                        case FEATURES -> view.put("ecn", null);
                        default -> view.put(metric.name().toLowerCase(Locale.ROOT), value);
                    }
                });
        if (metrics.congestionControl() != null) {
            view.put("congestion", metrics.congestionControl());
        }
        return view;
    }

    static Map<String, Object> of(Neighbour neighbour, IntFunction<String> names) {
        var view = new LinkedHashMap<String, Object>();
        view.put("dst", neighbour.address().toString());
        view.put("dev", names.apply(neighbour.link()));
        if (neighbour.hardwareAddress() != null) {
            view.put("lladdr", neighbour.hardwareAddress().toString());
        }
        if (neighbour.flags().contains(Neighbour.Flag.ROUTER)) {
            view.put("router", null);
        }
        if (neighbour.isProxy()) {
            view.put("proxy", null);
        }
        for (Neighbour.Flag each :
                List.of(
                        Neighbour.Flag.EXT_LEARNED,
                        Neighbour.Flag.OFFLOADED,
                        Neighbour.Flag.MANAGED)) {
            if (neighbour.flags().contains(each)) {
                view.put(
                        each == Neighbour.Flag.EXT_LEARNED
                                ? "extern_learn"
                                : each.name().toLowerCase(Locale.ROOT),
                        null);
            }
        }
        Neighbour.Cache cache = neighbour.cache();
        if (cache != null) {
            if (cache.references() != 0) {
                view.put("refcnt", cache.references());
            }
            view.put("used", cache.used().toSeconds());
            view.put("confirmed", cache.confirmed().toSeconds());
            view.put("updated", cache.updated().toSeconds());
            view.put("probes", neighbour.probes());
        }
        if (!neighbour.isProxy()) {
            view.put("state", neighbour.state().stream().map(Enum::name).toList());
        }
        if (!neighbour.protocol().equals(RouteProtocol.UNSPECIFIED)) {
            view.put("protocol", neighbour.protocol().toString());
        }
        return view;
    }

    static Map<String, Object> of(RoutingRule rule) {
        Selector selector = rule.selector();
        var view = new LinkedHashMap<String, Object>();
        view.put("priority", rule.priority());
        if (rule.flags().contains(Flag.INVERT)) {
            view.put("not", null);
        }
        prefix(view, "src", selector.source());
        if (selector.source() == null) {
            view.put("src", "all");
        }
        prefix(view, "dst", selector.destination());
        if (selector.trafficClass() != 0) {
            view.put("tos", "0x%x".formatted(selector.trafficClass()));
        }
        if (selector.mark() != null) {
            view.put("fwmark", "0x%x".formatted(selector.mark().value()));
            if (selector.mark().mask() != FOREVER) {
                view.put("fwmask", "0x%x".formatted(selector.mark().mask()));
            }
        }
        if (selector.input() != null) {
            view.put("iif", selector.input());
            if (rule.flags().contains(Flag.INPUT_DETACHED)) {
                view.put("iif_detached", null);
            }
        }
        if (selector.output() != null) {
            view.put("oif", selector.output());
            if (rule.flags().contains(Flag.OUTPUT_DETACHED)) {
                view.put("oif_detached", null);
            }
        }
        if (selector.l3mdev()) {
            view.put("l3mdev", null);
        }
        if (selector.users() != null) {
            view.put("uid_start", selector.users().first());
            view.put("uid_end", selector.users().last());
        }
        if (selector.ipProtocol() != 0) {
            view.put("ipproto", selector.ipProtocol() == 6 ? "tcp" : "udp");
        }
        ports(view, "sport", selector.sourcePorts());
        ports(view, "dport", selector.destinationPorts());
        if (selector.tunnel() != 0) {
            view.put("tun_id", selector.tunnel());
        }
        switch (rule.action()) {
            case Action.Lookup lookup -> {
                if (!lookup.table().equals(RouteTable.UNSPECIFIED)) {
                    view.put("table", lookup.table().toString());
                }
                lookup.suppressPrefixLength()
                        .ifPresent(length -> view.put("suppress_prefixlen", length));
                lookup.suppressGroup()
                        .ifPresent(group ->
                                view.put("suppress_ifgroup", IprouteNames.GROUPS.of(group)));
                if (lookup.realms() != 0) {
                    view.put("flow_from", "" + (lookup.realms() >>> 16));
                    view.put("flow_to", "" + (lookup.realms() & 0xFFFF));
                }
            }
            case Action.Goto(long priority) -> {
                view.put("goto", priority);
                if (rule.flags().contains(Flag.UNRESOLVED)) {
                    view.put("unresolved", null);
                }
            }
            case Action.Nop nop -> view.put("nop", null);
            default -> {
                String name = rule.action().getClass().getSimpleName();
                view.put("action", name.toLowerCase(Locale.ROOT));
            }
        }
        view.put("protocol", rule.protocol().toString());
        return view;
    }

    private static void prefix(Map<String, Object> view, String name, IpPrefix prefix) {
        if (prefix != null) {
            view.put(name, prefix.address().toString());
            if (!prefix.isOneAddress()) {
                view.put(name + "len", prefix.length());
            }
        }
    }

    private static void ports(Map<String, Object> view, String name, Ports range) {
        if (range != null && range.first() == range.last()) {
            view.put(name, range.first());
        } else if (range != null) {
            view.put(name + "_start", range.first());
            view.put(name + "_end", range.last());
        }
    }
}
