// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.IpAddress;
import sockeye.SoOption;
import sockeye.netlink.RouteEvent.AddressGone;
import sockeye.netlink.RouteEvent.AddressPresent;
import sockeye.netlink.RouteEvent.LinkGone;
import sockeye.netlink.RouteEvent.LinkPresent;
import sockeye.netlink.RouteEvent.Lost;
import sockeye.netlink.RouteEvent.NeighbourGone;
import sockeye.netlink.RouteEvent.NeighbourPresent;
import sockeye.netlink.RouteEvent.RouteGone;
import sockeye.netlink.RouteEvent.RoutePresent;
import sockeye.netlink.RouteEvent.RuleGone;
import sockeye.netlink.RouteEvent.RulePresent;
import sockeye.netlink.RouteMonitor.Topic;
import sockeye.netlink.RouteWatch.AddressKey;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Changes that {@code ip} and we make, heard of by events and by pictures that are kept true. */
@Tag("H8")
@ExtendWith(NoLeaks.class)
class RouteMonitorTest {
    private TestNetwork network;
    private RouteSocket route;
    private int left;

    @BeforeEach
    void open() throws IOException {
        network = TestNetwork.create();
        route = network.call(RouteSocket::open);
        route.create("left", LinkSpec.veth("right"));
        left = route.link("left").index();
        IpTool.quietly(network, "ip link set left addrgenmode none");
    }

    @AfterEach
    void close() throws IOException {
        if (network != null) {
            route.close();
            network.close();
        }
    }

    private static Deadline patience() {
        return Deadline.after(Duration.ofSeconds(Task.PATIENCE));
    }

    private RouteMonitor monitor(Topic... topics) throws IOException {
        RouteMonitor monitor = network.call(() -> RouteMonitor.open(topics));
        monitor.deadline(patience());
        return monitor;
    }

    private static <T extends RouteEvent> T await(
            RouteMonitor monitor, Class<T> type, Predicate<T> wanted) throws IOException {
        while (true) {
            RouteEvent event = monitor.next();
            if (type.isInstance(event) && wanted.test(type.cast(event))) {
                return type.cast(event);
            }
        }
    }

    @Test
    @Tag("F1-08")
    void everyKindOfChangeIsHeard() throws Exception {
        try (RouteMonitor all = monitor()) {
            IpTool.quietly(network, "ip link set left up");
            await(all, LinkPresent.class, each -> each.link().isUp());
            IpTool.quietly(network, "ip addr add 192.0.2.1/24 dev left");
            var address = await(all, AddressPresent.class, each -> true).address();
            assertEquals(IpPrefix.parse("192.0.2.1/24"), address.prefix());
            IpTool.quietly(network, "ip route add blackhole 10.1.0.0/16");
            var added = await(all, RoutePresent.class, each -> isOurs(each.route()));
            assertFalse(added.replaces());
            assertEquals(RouteType.BLACKHOLE, added.route().type());
            IpTool.quietly(network, "ip route replace unreachable 10.1.0.0/16");
            assertTrue(await(all, RoutePresent.class, each -> isOurs(each.route())).replaces());
            IpTool.quietly(network, "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left");
            var neighbour = await(all, NeighbourPresent.class, each -> true).neighbour();
            assertEquals(HardwareAddress.parse("02:00:00:00:00:02"), neighbour.hardwareAddress());
            IpTool.quietly(network, "ip rule add from 10.0.0.0/8 lookup 100 pref 77");
            assertEquals(77, await(all, RulePresent.class, each -> true).rule().priority());

            IpTool.quietly(network, "ip rule del pref 77");
            assertEquals(77, await(all, RuleGone.class, each -> true).rule().priority());
            IpTool.quietly(network, "ip neigh del 192.0.2.2 dev left");
            await(all, NeighbourGone.class, each -> each.neighbour().link() == left);
            IpTool.quietly(network, "ip route del 10.1.0.0/16");
            await(all, RouteGone.class, each -> isOurs(each.route()));
            IpTool.quietly(network, "ip addr del 192.0.2.1/24 dev left");
            await(all, AddressGone.class, each -> each.address().equals(address));
            IpTool.quietly(network, "ip link del left");
            assertEquals(
                    "left",
                    await(all, LinkGone.class, each -> each.link().index() == left).link().name());
        }
    }

    private static boolean isOurs(Route route) {
        return route.destination().equals(IpPrefix.parse("10.1.0.0/16"));
    }

    @Test
    void onlyTheTopicsThatWereAskedForAreHeard() throws Exception {
        try (RouteMonitor rules = monitor(Topic.RULES)) {
            route.change(left, LinkSetting.up());
            route.add(RoutingRule.ipv6(5).build());
            assertEquals(5, assertInstanceOf(RulePresent.class, rules.next()).rule().priority());
            rules.deadline(Deadline.after(Duration.ofMillis(1)));
            assertThrows(SocketTimeoutException.class, rules::next);
        }
    }

    @Test
    void aPortThatLeavesItsBridgeIsNoLinkThatGoes() throws Exception {
        route.create("br0", LinkSpec.bridge());
        route.change(left, LinkSetting.master(route.link("br0").index()));
        try (RouteMonitor links = monitor(Topic.LINKS)) {
            route.change(left, LinkSetting.noMaster());
            route.deleteLink(route.link("br0").index());
            RouteEvent event = links.next();
            while (!(event instanceof LinkGone)) {
                event = links.next();
            }
            assertEquals("br0", ((LinkGone) event).link().name());
        }
    }

    private void addresses(int from, int to) throws IOException {
        for (int i = from; i < to; i++) {
            route.add(address(i));
        }
    }

    private LinkAddress address(int number) {
        return LinkAddress.of(left, IpPrefix.of(IpAddress.ipv4(0x0A00_0001 + number)));
    }

    @Test
    void whatIsLostIsToldOnce() throws Exception {
        try (RouteMonitor monitor =
                network.call(() ->
                        RouteMonitor.open(Set.of(Topic.ADDRESSES), SoOption.RCV_BUF.to(4_096)))) {
            monitor.deadline(patience());
            addresses(0, 500);
            while (!(monitor.next() instanceof Lost)) {
                // What came before the buffer was full.
            }
            addresses(500, 501);
            assertEquals(
                    address(500).prefix(),
                    assertInstanceOf(AddressPresent.class, monitor.next()).address().prefix());
        }
    }

    @Test
    void aPictureThatWasFloodedEndsWithTheTruth() throws Exception {
        addresses(0, 50);
        try (var watch = network.call(() -> RouteWatch.addresses(SoOption.RCV_BUF.to(4_096)))) {
            watch.deadline(patience());
            Map<AddressKey, LinkAddress> picture = new HashMap<>(watch.snapshot());
            assertEquals(52, picture.size());
            for (int i = 0; i < 25; i++) {
                route.delete(address(i));
            }
            addresses(50, 1_000);
            AddressKey last = AddressKey.of(address(999));
            while (!picture.containsKey(last)) {
                apply(watch.next(), picture);
            }
            assertTrue(watch.resyncs() > 0);
            assertEquals(
                    route.addresses().stream().map(AddressKey::of).collect(Collectors.toSet()),
                    picture.keySet());
            assertEquals(picture, watch.snapshot());
        }
    }

    private static <K, V> void apply(TableChange<K, V> change, Map<K, V> to) {
        switch (change) {
            case TableChange.Added<K, V> added -> to.put(added.key(), added.value());
            case TableChange.Changed<K, V> changed -> to.put(changed.key(), changed.value());
            case TableChange.Removed<K, V> removed -> to.remove(removed.key());
        }
    }

    @Test
    void linksAreWatchedWithoutWhatTicks() throws Exception {
        route.create("br0", LinkSpec.bridge());
        try (var watch = network.call(() -> RouteWatch.links())) {
            watch.deadline(patience());
            Map<Integer, Link> picture = new HashMap<>(watch.snapshot());
            assertEquals(
                    Set.of("lo", "left", "right", "br0"),
                    picture.values().stream().map(Link::name).collect(Collectors.toSet()));
            route.change(left, LinkSetting.mtu(1_300));
            var changed = assertInstanceOf(TableChange.Changed.class, watch.next());
            assertEquals(1_500, ((Link) changed.before()).mtu());
            assertEquals(1_300, ((Link) changed.value()).mtu());
            route.deleteLink(left);
            Map<Integer, Link> rest = new HashMap<>(watch.snapshot());
            while (rest.values().stream().anyMatch(each -> each.name().matches("left|right"))) {
                apply(watch.next(), rest);
            }
            assertEquals(
                    route.links().stream().map(Link::quiet).collect(Collectors.toSet()),
                    Set.copyOf(rest.values()));
        }
    }

    @Test
    void rulesAreWatched() throws Exception {
        try (var watch = network.call(() -> RouteWatch.rules())) {
            watch.deadline(patience());
            RoutingRule rule = RoutingRule.ipv4(7).input("later").lookup(new RouteTable(9)).build();
            route.add(rule);
            assertEquals(rule, watch.next().key());
            // The link comes, and the rule has one flag less.
            route.change(left, LinkSetting.name("later"));
            route.delete(rule);
            assertEquals(rule, assertInstanceOf(TableChange.Removed.class, watch.next()).key());
            assertEquals(
                    List.of(),
                    watch.snapshot().keySet().stream()
                            .filter(each -> each.priority() == 7)
                            .toList());
        }
    }
}
