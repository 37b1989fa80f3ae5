// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Errno;
import sockeye.IpAddress;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Routes, compared with what {@code ip} says. */
@Tag("H8")
class RoutesTest extends VethNetwork {
    private List<JsonObject> theirs() throws IOException {
        List<JsonObject> all =
                IpTool.run(network, IpTool.words("ip -4 -d -j route show table all"));
        all.addAll(IpTool.run(network, IpTool.words("ip -6 -d -j route show table all")));
        all.forEach(each -> each.remove("nh_info")); // What another question was answered.
        return all;
    }

    private List<Map<String, Object>> ours() throws IOException {
        return route.routes().stream().map(each -> IpView.of(each, names::get)).toList();
    }

    private void assertAsIpShowsThem() throws IOException {
        IpTool.assertSame(this::theirs, this::ours);
    }

    /** Those that somebody made; the kernel adds its own when a link is ready. */
    private List<Route> made() throws IOException {
        List<Route> all = route.routes();
        all.removeIf(each -> each.protocol().equals(RouteProtocol.KERNEL));
        return all;
    }

    private void addresses() throws IOException {
        ip(
                "addr add 192.0.2.1/24 brd + dev left",
                "addr add 198.51.100.1/24 dev right",
                "-6 addr add 2001:db8::1/64 dev left nodad");
    }

    @Test
    @Tag("F1-08")
    void everyRouteIsAsIpShowsIt() throws Exception {
        addresses();
        ip(
                "route add default via 192.0.2.254",
                "route add 203.0.113.0/24 via 192.0.2.2 dev left table 77 src 192.0.2.1 tos 4"
                        + " metric 9 proto static mtu lock 1300 rtt 100ms rttvar 40ms quickack 1"
                        + " congctl reno initcwnd 10 features ecn advmss 1200 hoplimit 9",
                "route add 203.0.113.7 via 10.9.9.9 dev left onlink",
                "route add 10.1.0.0/16 via inet6 fe80::1 dev left",
                "route add 10.2.0.0/16 nexthop via 192.0.2.2 weight 3"
                        + " nexthop via 198.51.100.2 weight 256",
                "route add 10.3.0.0/16 nexthop via inet6 fe80::1 dev left"
                        + " nexthop via 198.51.100.2",
                "route add 10.4.0.0/16 dev right scope link",
                "route add blackhole 10.5.0.0/16",
                "route add unreachable 10.6.0.0/16",
                "route add prohibit 10.7.0.0/16",
                "route add throw 10.8.0.0/16 table 4000000000",
                "nexthop add id 12 via 192.0.2.3 dev left",
                "-6 route add default via 2001:db8::ffff metric 77",
                "-6 route add unreachable 2001:db8:1::/48",
                "-6 route add 2001:db8:2::/48 via fe80::2 dev left expires 1000 pref high",
                "-6 route add 2001:db8:3::/48 nexthop via fe80::3 dev left weight 2"
                        + " nexthop via fe80::4 dev right");
        assertAsIpShowsThem();
    }

    @Test
    void aRouteByANextHopObjectNamesIt() throws Exception {
        addresses();
        ip("nexthop add id 12 via 192.0.2.3 dev left", "route add 10.1.0.0/16 nhid 12");
        Route there = only("10.1.0.0/16");
        assertEquals(12, there.nextHopId());
        assertEquals(List.of(NextHop.via(IpAddress.parse("192.0.2.3"), left)), there.nextHops());
        route.add(Route.to("10.2.0.0/16").nextHopId(12).build());
        assertEquals(12, only("10.2.0.0/16").nextHopId());
        assertAsIpShowsThem();
    }

    private Route only(String destination) throws IOException {
        IpPrefix prefix = IpPrefix.parse(destination);
        List<Route> found = route.routes();
        found.removeIf(each -> !each.destination().equals(prefix));
        assertEquals(1, found.size(), found::toString);
        return found.getFirst();
    }

    @Test
    void routesOfAllKindsAreAddedAndDeleted() throws Exception {
        addresses();
        assertEquals(List.of(), made());
        IpAddress first = IpAddress.parse("192.0.2.2");
        IpAddress second = IpAddress.parse("198.51.100.2");
        List<Route> added =
                List.of(
                        Route.to("0.0.0.0/0").via("192.0.2.254").build(),
                        Route.to("10.1.0.0/16")
                                .nextHop(NextHop.via(first, left))
                                .table(new RouteTable(77))
                                .protocol(RouteProtocol.STATIC)
                                .priority(9)
                                .trafficClass(4)
                                .preferredSource(IpAddress.parse("192.0.2.1"))
                                .metrics(
                                        RouteMetrics.NONE
                                                .with(RouteMetrics.Metric.MTU, 1_300)
                                                .withLocked(RouteMetrics.Metric.MTU)
                                                .with(RouteMetrics.Metric.ADVMSS, 1_200)
                                                .withCongestionControl("reno"))
                                .build(),
                        Route.to("10.2.0.0/16")
                                .nextHop(NextHop.via(first).withWeight(3))
                                .nextHop(NextHop.via(second, right).withWeight(5))
                                .build(),
                        Route.to("10.3.0.0/16").on(left).build(),
                        Route.to("10.4.0.0/16")
                                .nextHop(NextHop.via(IpAddress.parse("fe80::1"), left))
                                .build(),
                        Route.to("10.5.0.0/16")
                                .nextHop(
                                        NextHop.via(IpAddress.parse("10.9.9.9"), left)
                                                .withFlags(NextHop.Flag.ONLINK))
                                .build(),
                        Route.to("10.6.0.0/16").type(RouteType.BLACKHOLE).build(),
                        Route.to("10.7.0.0/16")
                                .type(RouteType.UNREACHABLE)
                                .table(new RouteTable(4_000_000_000L))
                                .build(),
                        Route.to("2001:db8:1::/48").via("2001:db8::2").priority(5).build(),
                        Route.to("2001:db8:2::/48")
                                .nextHop(NextHop.via(IpAddress.parse("fe80::2"), left))
                                .nextHop(NextHop.via(IpAddress.parse("fe80::3"), right))
                                .build(),
                        Route.to("2001:db8:3::/48")
                                .nextHop(NextHop.via(IpAddress.parse("fe80::2"), left))
                                .expires(Duration.ofSeconds(1_000))
                                .preference(1)
                                .build(),
                        Route.to("2001:db8:4::/48").type(RouteType.PROHIBIT).build());
        for (Route each : added) {
            route.add(each);
        }
        assertEquals(added.size(), made().size());
        assertAsIpShowsThem();
        assertEquals(
                List.of(3, 5),
                only("10.2.0.0/16").nextHops().stream().map(NextHop::weight).toList());
        assertEquals(Set.of(RouteMetrics.Metric.MTU), only("10.1.0.0/16").metrics().locked());
        for (Route each : added) {
            route.delete(each);
        }
        assertEquals(List.of(), made());
    }

    @Test
    void whatADumpTellsCanBeAddedAgain() throws Exception {
        addresses();
        ip(
                "route add 10.1.0.0/16 via inet6 fe80::1 dev left metric 4 mtu 1300",
                "route add 10.2.0.0/16 proto dhcp nexthop via 192.0.2.2 weight 3"
                        + " nexthop via 198.51.100.2",
                "-6 route add 2001:db8:1::/48 via fe80::2 dev left pref low");
        List<Route> saved = made();
        assertEquals(3, saved.size(), saved::toString);
        for (Route each : saved) {
            route.delete(each);
        }
        assertEquals(List.of(), made());
        for (Route each : saved) {
            route.add(each);
        }
        assertEquals(Set.copyOf(saved), Set.copyOf(made()));
        route.add(saved.getFirst().toBuilder().priority(99).build());
        assertAsIpShowsThem();
    }

    @Test
    void aRouteIsReplacedOrAppended() throws Exception {
        addresses();
        Route plain = Route.to("10.1.0.0/16").via("192.0.2.2").build();
        route.add(plain);
        assertRefused(Errno.EEXIST, () -> route.add(plain));
        Route other = Route.to("10.1.0.0/16").via("192.0.2.3").build();
        route.replace(other);
        assertEquals(
                List.of(NextHop.via(IpAddress.parse("192.0.2.3"), left)),
                only("10.1.0.0/16").nextHops());
        route.append(plain);
        assertEquals(2, route.routes(RouteFilter.MAIN.withProtocol(RouteProtocol.BOOT)).size());
        assertAsIpShowsThem();
        route.delete(plain);
        route.delete(other);
        assertRefused(Errno.ESRCH, () -> route.delete(plain));
    }

    @Test
    void aDumpIsFilteredByTableProtocolTypeAndLink() throws Exception {
        addresses();
        ip(
                "route add 10.1.0.0/16 via 192.0.2.2 table 77",
                "route add 10.2.0.0/16 via 192.0.2.2 proto 99",
                "route add blackhole 10.3.0.0/16",
                "route add 10.4.0.0/16 nexthop via 192.0.2.2 nexthop via 198.51.100.2",
                "-6 route add 2001:db8:1::/48 via fe80::2 dev right table 77");
        assertEquals(2, route.routes(RouteFilter.ALL.withTable(new RouteTable(77))).size());
        assertEquals(
                IpTool.run(network, IpTool.words("ip -j route show table main")).size()
                        + IpTool.run(network, IpTool.words("ip -6 -j route show table main"))
                                .size(),
                route.routes(RouteFilter.MAIN).size());
        assertEquals(1, route.routes(RouteFilter.ALL.withProtocol(new RouteProtocol(99))).size());
        assertEquals(1, route.routes(RouteFilter.ALL.withType(RouteType.BLACKHOLE)).size());
        RouteFilter byRight = RouteFilter.ALL.withLink(right);
        assertTrue(
                route.routes(byRight).stream()
                        .allMatch(each ->
                                each.nextHops().stream().anyMatch(hop -> hop.link() == right)));
        assertEquals(
                List.of("10.4.0.0/16", "198.51.100.0/24"),
                route.routes(byRight.withFamily(2).withTable(RouteTable.MAIN)).stream()
                        .map(each -> each.destination().toString())
                        .sorted()
                        .toList());
        assertEquals(List.of(), route.routes(RouteFilter.ALL.withTable(new RouteTable(4_711))));
    }

    @Test
    void theWayToAnAddressIsThatOfIpRouteGet() throws Exception {
        addresses();
        ip("route add 10.1.0.0/16 via 192.0.2.2", "-6 route add 2001:db8:1::/48 via 2001:db8::2");
        for (String to : List.of("10.1.2.3", "192.0.2.9", "192.0.2.1", "2001:db8:1::9")) {
            JsonObject theirs =
                    IpTool.run(network, IpTool.words("ip -j route get " + to)).getFirst();
            Route ours = route.routeTo(IpAddress.parse(to));
            assertEquals(theirs.get("dst").getAsString(), ours.destination().address().toString());
            assertEquals(theirs.get("prefsrc").getAsString(), ours.preferredSource().toString());
            NextHop hop = ours.nextHops().getFirst();
            assertEquals(theirs.get("dev").getAsString(), names.get(hop.link()));
            assertEquals(
                    theirs.has("gateway") ? theirs.get("gateway").getAsString() : "null",
                    hop.gateway() + "");
        }
        Route match = route.routeTo(RouteQuery.to(IpAddress.parse("10.1.2.3")).matching());
        assertEquals("10.1.0.0/16", match.destination().toString());
        assertEquals(RouteTable.MAIN, match.table());
        assertRefused(Errno.ENETUNREACH, () -> route.routeTo(IpAddress.parse("203.0.113.1")));
    }

    @Test
    void theWayDependsOnSourceLinkMarkAndPorts() throws Exception {
        addresses();
        ip(
                "route add 10.1.0.0/16 via 192.0.2.2",
                "route add 10.1.0.0/16 via 198.51.100.2 table 77",
                "rule add fwmark 5 lookup 77",
                "rule add uidrange 7-7 lookup 77",
                "rule add ipproto tcp dport 443 lookup 77",
                "route add 10.1.0.0/16 via 198.51.100.3 metric 99");
        RouteQuery query = RouteQuery.to(IpAddress.parse("10.1.2.3"));
        assertEquals("192.0.2.2", gateway(query));
        assertEquals("198.51.100.2", gateway(query.withMark(5)));
        assertEquals("198.51.100.2", gateway(query.withUser(7)));
        assertEquals("198.51.100.2", gateway(query.withPorts(6, 0, 443)));
        assertEquals("192.0.2.2", gateway(query.withPorts(17, 0, 443)));
        assertEquals("198.51.100.3", gateway(query.withOutput(right)));
        Route from = route.routeTo(query.withSource(IpAddress.parse("192.0.2.1")));
        assertEquals(IpPrefix.parse("192.0.2.1"), from.source());
    }

    private String gateway(RouteQuery query) throws IOException {
        return String.valueOf(route.routeTo(query).nextHops().getFirst().gateway());
    }

    @Test
    void whatTheKernelSaysIsInTheError() throws Exception {
        addresses();
        var refused =
                assertRefused(
                        Errno.ENETUNREACH,
                        () -> route.add(Route.to("10.1.0.0/16").via("203.0.113.1").build()));
        assertEquals("Nexthop has invalid gateway", refused.ack().message());
        assertTrue(refused.getMessage().startsWith("RTM_NEWROUTE"), refused::toString);
    }

    @Test
    void tablesAndProtocolsHaveTheNamesOfIproute() {
        assertEquals("main", RouteTable.MAIN.toString());
        assertEquals(RouteTable.LOCAL, RouteTable.of("local"));
        assertEquals(new RouteTable(4_711), RouteTable.of("4711"));
        assertEquals("4711", new RouteTable(4_711).toString());
        assertEquals(RouteProtocol.DHCP, RouteProtocol.of("dhcp"));
        assertEquals("link", RouteScope.LINK.toString());
        assertThrows(IllegalArgumentException.class, () -> RouteTable.of("no such table"));
        assertThrows(IllegalArgumentException.class, () -> RouteProtocol.of("256"));
        var names = new HashMap<Long, String>();
        IprouteNames.parseLine("# 1 comment", names);
        IprouteNames.parseLine("0x10 sixteen # ten", names);
        IprouteNames.parseLine("17 with blanks", names);
        IprouteNames.parseLine("nothing here", names);
        assertEquals(Map.of(16L, "sixteen"), names);
    }
}
