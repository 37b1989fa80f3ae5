// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Deadline;
import sockeye.IpAddress;
import sockeye.SoOption;
import sockeye.netlink.RouteWatch.FdbKey;
import sockeye.netlink.RouteWatch.NeighbourKey;
import sockeye.testkit.Task;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Pictures of what the kernel changes in silence, routes above all: they end with the truth. */
@Tag("H8")
class RouteWatchTest extends VethNetwork {
    private static final IpAddress FOUR = IpAddress.parse("192.0.2.2");

    private <K, V> NetlinkMonitor<K, V> open(Callable<NetlinkMonitor<K, V>> which)
            throws Exception {
        NetlinkMonitor<K, V> watch = network.call(which::call);
        watch.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
        return watch;
    }

    /** Applies changes until the picture is as it should be. */
    private static <K, V> void follow(
            NetlinkMonitor<K, V> watch, Map<K, V> picture, Predicate<Map<K, V>> done)
            throws IOException {
        while (!done.test(picture)) {
            switch (watch.next()) {
                case TableChange.Added<K, V> added -> picture.put(added.key(), added.value());
                case TableChange.Changed<K, V> changed ->
                        assertEquals(changed.before(), picture.put(changed.key(), changed.value()));
                case TableChange.Removed<K, V> removed -> picture.remove(removed.key());
            }
        }
        assertEquals(picture, watch.snapshot());
    }

    private Set<Route> truth() throws IOException {
        return route.routes().stream().map(Route::quiet).collect(Collectors.toSet());
    }

    /** A last route, which tells that all before it was heard. */
    private void followToTheTruth(
            NetlinkMonitor<Route, Route> watch, Map<Route, Route> picture, int number)
            throws IOException {
        Route last = Route.to("198.18.0." + number).type(RouteType.BLACKHOLE).build();
        route.add(last);
        follow(watch, picture, now -> now.keySet().stream().anyMatch(isTo(last)));
        // What a dump found out is told in no order: the rest of it is there at once.
        Set<Route> truth = truth();
        follow(watch, picture, now -> Set.copyOf(now.values()).equals(truth));
    }

    private static Predicate<Route> isTo(Route wanted) {
        return each -> each.destination().equals(wanted.destination());
    }

    @Test
    void routesThatGoWithTheirLinkOrAddressInSilenceGoFromThePicture() throws Exception {
        ip("addr add 192.0.2.1/24 dev left", "addr add 203.0.113.1/24 dev left");
        ip(
                "route add 198.51.100.0/24 via 192.0.2.9",
                "route add 10.7.0.0/16 dev left src 203.0.113.1");
        try (var watch = open(RouteWatch::routes)) {
            Map<Route, Route> picture = new HashMap<>(watch.snapshot());
            assertEquals(truth(), Set.copyOf(picture.values()));
            // The route whose packets are from it goes without a word.
            ip("addr del 203.0.113.1/24 dev left");
            followToTheTruth(watch, picture, 1);
            assertFalse(picture.keySet().stream().anyMatch(isTo(Route.to("10.7.0.0/16").build())));
            ip("link set left down");
            followToTheTruth(watch, picture, 2);
            assertFalse(
                    picture.keySet().stream().anyMatch(isTo(Route.to("198.51.100.0/24").build())));
        }
    }

    @Test
    void replacedAppendedAndMultipathRoutesAreAsTheyAre() throws Exception {
        ip("addr add 192.0.2.1/24 dev left", "addr add 2001:db8:1::1/64 dev left nodad");
        try (var watch = open(RouteWatch::routes)) {
            Map<Route, Route> picture = new HashMap<>(watch.snapshot());
            ip(
                    "route add 10.1.0.0/16 via 192.0.2.9",
                    "route replace 10.1.0.0/16 via 192.0.2.8",
                    "route append 10.1.0.0/16 via 192.0.2.7",
                    "route add 10.2.0.0/16 nexthop via 192.0.2.3 weight 2 nexthop via 192.0.2.4",
                    "-6 route add 2001:db8:2::/64 via 2001:db8:1::9",
                    "-6 route append 2001:db8:2::/64 via 2001:db8:1::8",
                    "-6 route add 2001:db8:3::/64 nexthop via 2001:db8:1::9 nexthop via"
                            + " 2001:db8:1::8",
                    "-6 route del 2001:db8:3::/64 via 2001:db8:1::9");
            followToTheTruth(watch, picture, 1);
            ip("route del 10.1.0.0/16 via 192.0.2.8", "route del 10.2.0.0/16");
            followToTheTruth(watch, picture, 2);
            assertEquals(
                    1,
                    picture.keySet().stream()
                            .filter(isTo(Route.to("10.1.0.0/16").build()))
                            .count());
        }
    }

    @Test
    void aLinkThatLosesItsCarrierShowsInItsRoutes() throws Exception {
        ip("addr add 192.0.2.1/24 dev left");
        try (var watch = open(RouteWatch::routes)) {
            Map<Route, Route> picture = new HashMap<>(watch.snapshot());
            ip("link set right down");
            follow(
                    watch,
                    picture,
                    now ->
                            now.values().stream()
                                    .flatMap(each -> each.nextHops().stream())
                                    .anyMatch(
                                            each -> each.flags().contains(NextHop.Flag.LINKDOWN)));
            followToTheTruth(watch, picture, 1);
        }
    }

    @Test
    void aPictureOfRoutesThatWasFloodedEndsWithTheTruth() throws Exception {
        ip("addr add 192.0.2.1/24 dev left");
        try (var watch = open(() -> RouteWatch.routes(SoOption.RCV_BUF.to(4_096)))) {
            Map<Route, Route> picture = new HashMap<>(watch.snapshot());
            for (int i = 0; i < 400; i++) {
                route.add(
                        Route.to("10.9.%d.%d".formatted(i / 200, i % 200))
                                .via("192.0.2.9")
                                .build());
            }
            for (int i = 0; i < 400; i += 2) {
                route.delete(
                        Route.to("10.9.%d.%d".formatted(i / 200, i % 200))
                                .via("192.0.2.9")
                                .build());
            }
            followToTheTruth(watch, picture, 1);
            assertTrue(watch.resyncs() > 0, "nothing was lost");
        }
    }

    @Test
    void neighboursToWhichPacketsCanBeSentAreWatched() throws Exception {
        ip("neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev left nud permanent");
        try (var watch = open(RouteWatch::neighbours)) {
            Map<NeighbourKey, Neighbour> picture = new HashMap<>(watch.snapshot());
            assertEquals(
                    Set.of(new NeighbourKey(left, IpAddress.parse("192.0.2.9"))), picture.keySet());
            var key = new NeighbourKey(left, FOUR);
            ip("neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left nud stale");
            follow(watch, picture, now -> now.containsKey(key));
            assertEquals(Set.of(Neighbour.State.REACHABLE), picture.get(key).state());
            ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:03 dev left nud reachable");
            var moved = HardwareAddress.parse("02:00:00:00:00:03");
            follow(watch, picture, now -> moved.equals(now.get(key).hardwareAddress()));
            // It did not answer: nothing can be sent there.
            ip("neigh replace 192.0.2.2 dev left nud failed");
            follow(watch, picture, now -> !now.containsKey(key));
            ip("neigh replace 192.0.2.2 lladdr 02:00:00:00:00:03 dev left nud permanent");
            follow(watch, picture, now -> now.containsKey(key));
            route.deleteLink(left);
            follow(watch, picture, Map::isEmpty);
            assertEquals(0, watch.resyncs());
        }
    }

    @Test
    void aPictureOfNeighboursThatWasFloodedEndsWithTheTruth() throws Exception {
        var where = HardwareAddress.parse("02:00:00:00:00:02");
        try (var watch = open(() -> RouteWatch.neighbours(SoOption.RCV_BUF.to(4_096)))) {
            Map<NeighbourKey, Neighbour> picture = new HashMap<>(watch.snapshot());
            for (int i = 0; i < 500; i++) {
                route.add(Neighbour.permanent(left, IpAddress.ipv4(0x0A00_0000 + i), where));
            }
            for (int i = 0; i < 500; i += 3) {
                route.delete(Neighbour.permanent(left, IpAddress.ipv4(0x0A00_0000 + i), where));
            }
            route.add(Neighbour.permanent(right, FOUR, where));
            var last = new NeighbourKey(right, FOUR);
            follow(watch, picture, now -> now.containsKey(last));
            Set<Neighbour> truth =
                    route.neighbours().stream()
                            .map(Neighbour::quiet)
                            .filter(each -> each != null)
                            .collect(Collectors.toSet());
            follow(watch, picture, now -> Set.copyOf(now.values()).equals(truth));
            assertTrue(watch.resyncs() > 0, "nothing was lost");
        }
    }

    @Test
    void theDatabaseOfABridgeIsWatched() throws Exception {
        route.create("br0", LinkSpec.bridge(), LinkSetting.up());
        int br0 = route.link("br0").index();
        try (var bridge = BridgeSocket.over(route.socket());
                var watch = open(RouteWatch::forwarding)) {
            Map<FdbKey, FdbEntry> picture = new HashMap<>(watch.snapshot());
            for (int link : List.of(left, right)) {
                route.change(link, LinkSetting.master(br0));
            }
            var address = HardwareAddress.parse("02:00:00:00:00:02");
            var key = new FdbKey(br0, address, 0);
            bridge.add(FdbEntry.fixed(left, address));
            follow(watch, picture, now -> now.containsKey(key));
            bridge.replace(FdbEntry.fixed(right, address));
            follow(watch, picture, now -> now.get(key).link() == right);
            bridge.delete(FdbEntry.fixed(right, address));
            // With VLANs an entry without one is in each of them.
            follow(
                    watch,
                    picture,
                    now -> now.keySet().stream().noneMatch(each -> each.address().equals(address)));
            assertEquals(
                    bridge.entriesOf(br0).stream().map(FdbEntry::quiet).collect(Collectors.toSet()),
                    Set.copyOf(picture.values()));
        }
    }
}
