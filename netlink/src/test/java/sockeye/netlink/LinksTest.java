// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.SocketType.SOCK_DGRAM;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

import sockeye.Errno;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Links, compared with what {@code ip} and {@code bridge} say in a namespace of the test's own. */
@Tag("H8")
@ExtendWith(NoLeaks.class)
class LinksTest {
    private TestNetwork network;
    private RouteSocket route;

    @BeforeEach
    void open() throws IOException {
        network = TestNetwork.create();
        route = network.call(RouteSocket::open);
    }

    @AfterEach
    void close() throws IOException {
        if (network != null) {
            route.close();
            network.close();
        }
    }

    private List<Map<String, Object>> ours() throws IOException {
        List<Link> links = route.links();
        Map<Integer, Link> all =
                links.stream().collect(Collectors.toMap(Link::index, each -> each));
        return links.stream().map(each -> IpLinkView.of(each, all)).toList();
    }

    private List<JsonObject> theirs() throws IOException {
        List<JsonObject> links = IpTool.run(network, IpTool.words("ip -d -s -s -j link"));
        for (JsonObject each : links) {
            IpTool.remove(each, IpLinkView.PORT_EXTRA, "linkinfo", "info_slave_data");
            JsonObject info = each.getAsJsonObject("linkinfo");
            if (info != null && info.has("info_kind")) {
                IpTool.remove(
                        each,
                        switch (info.get("info_kind").getAsString()) {
                            case "bridge" -> IpLinkView.BRIDGE_EXTRA;
                            case "vxlan" -> IpLinkView.VXLAN_EXTRA;
                            default -> Set.of();
                        },
                        "linkinfo",
                        "info_data");
            }
        }
        return links;
    }

    private void assertAsIpShowsThem() throws IOException {
        IpTool.assertSame(this::theirs, this::ours);
    }

    @Test
    @Tag("F1-08")
    void everyLinkIsAsIpShowsIt() throws Exception {
        try (TestNetwork other = TestNetwork.create()) {
            for (String command :
                    List.of(
                            "ip link add left type veth peer name right",
                            "ip link property add dev left altname a-name-that-is-a-long-one",
                            "ip link set left alias uplink",
                            "ip link set left mtu 1400 txqueuelen 77 group 5",
                            "ip link add ifb7 type ifb",
                            "ip link add vx4 type vxlan id 42 remote 192.0.2.9 dstport 4789",
                            "ip link add vx6 type vxlan id 43 local 2001:db8::1 dstport 8472"
                                    + " srcport 5000 6000 ttl 7 ageing 60 maxaddress 9 nolearning",
                            "ip link add br0 type bridge stp_state 1 priority 4096"
                                    + " forward_delay 400 ageing_time 12000 mcast_snooping 0",
                            "ip link set right master br0",
                            "ip link set right type bridge_slave hairpin on cost 9 priority 3")) {
                IpTool.quietly(network, command);
            }
            network.connect("away", other, "home");
            // What the link says to find neighbours would be counted while we look.
            IpTool.quietly(network, "ip link set away down");
            assertAsIpShowsThem();
            Link away = route.link("away");
            assertFalse(away.linked().isHere());
            assertEquals(route.namespaceId(other.namespace()), away.linked().namespaceId());
        }
    }

    @Test
    void statisticsAreThoseOfIp() throws Exception {
        for (String command :
                List.of(
                        "ip link add left type veth peer name right",
                        "ip addr add 192.0.2.1/24 dev left",
                        "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left",
                        // In this order: an end without its peer begins to send some time later.
                        "ip link set right up",
                        "ip link set left up")) {
            IpTool.quietly(network, command);
        }
        try (var sender = network.call(() -> LinuxSocket.socket(AF_INET, SOCK_DGRAM))) {
            for (int i = 0; i < 3; i++) {
                sender.sendTo(new byte[1_000], InetEndpoint.of("192.0.2.2", 9));
            }
        }
        // Nothing is counted any more, so that both look at the same.
        IpTool.quietly(network, "ip link set left down");
        IpTool.quietly(network, "ip link set right down");
        assertTrue(route.link("left").statistics().sent().bytes() > 3_000);
        assertEquals(
                route.link("left").statistics().sent().bytes(),
                route.link("right").statistics().received().bytes());
        assertAsIpShowsThem();
    }

    // Changes.

    @Test
    void aVethIsMadeWithAllItsSettingsAtOnce() throws Exception {
        HardwareAddress address = HardwareAddress.parse("02:00:5e:10:00:01");
        route.create(
                "left",
                LinkSpec.veth("right", LinkSetting.mtu(1_280)),
                LinkSetting.mtu(1_400),
                LinkSetting.address(address),
                LinkSetting.queueLength(99),
                LinkSetting.group(4),
                LinkSetting.index(4_711),
                LinkSetting.up());
        Link left = route.link("left");
        assertInstanceOf(VethLink.class, left.kind());
        assertEquals(4_711, left.index());
        assertEquals(1_400, left.mtu());
        assertEquals(address, left.address());
        assertEquals(99, left.details().queueLength());
        assertEquals(4, left.details().group());
        assertTrue(left.isUp());
        assertFalse(left.hasCarrier());
        Link right = route.link(left.linked().index());
        assertEquals("right", right.name());
        assertEquals(1_280, right.mtu());
    }

    @Test
    void aBridgeIsMadeWithItsSettingsAndLinksBecomeItsPorts() throws Exception {
        route.create(
                "br0",
                LinkSpec.bridge(
                        BridgeSetting.spanningTree(true),
                        BridgeSetting.priority(4_096),
                        BridgeSetting.helloTime(Duration.ofSeconds(3)),
                        BridgeSetting.maximumAge(Duration.ofSeconds(12)),
                        BridgeSetting.forwardDelay(Duration.ofSeconds(4)),
                        BridgeSetting.ageing(Duration.ofSeconds(60)),
                        BridgeSetting.multicastSnooping(false),
                        BridgeSetting.groupForwardMask(0x10)));
        route.create("left", LinkSpec.veth("right"));
        Link bridge = route.link("br0");
        int right = route.link("right").index();
        route.change(right, LinkSetting.master(bridge.index()));
        assertEquals(
                List.of("right"), route.portsOf(bridge.index()).stream().map(Link::name).toList());
        assertInstanceOf(BridgePort.class, route.link(right).port());
        BridgeLink kind = assertInstanceOf(BridgeLink.class, bridge.kind());
        assertEquals(Duration.ofSeconds(60), kind.ageing());
        assertEquals(4_096, kind.id().priority());
        assertAsIpShowsThem();

        route.change(bridge.index(), LinkSpec.bridge(BridgeSetting.priority(8_192)));
        BridgeLink changed = assertInstanceOf(BridgeLink.class, route.link("br0").kind());
        assertEquals(8_192, changed.spanningTree().priority());
        assertEquals(Duration.ofSeconds(60), changed.ageing());

        route.change(right, LinkSetting.noMaster());
        assertEquals(List.of(), route.portsOf(bridge.index()));
        assertNull(route.link(right).port());
        assertAsIpShowsThem();
    }

    @Test
    void settingsOfALinkAreChangedAsIpSeesThem() throws Exception {
        route.create("left", LinkSpec.veth("right"));
        int left = route.link("left").index();
        route.change(
                left,
                LinkSetting.name("uplink0"),
                LinkSetting.mtu(1_300),
                LinkSetting.alias("the way out"),
                LinkSetting.flag(LinkFlag.PROMISC, true),
                LinkSetting.flag(LinkFlag.MULTICAST, false),
                LinkSetting.broadcast(HardwareAddress.parse("ff:ff:ff:ff:ff:fe")));
        route.addAlternativeName(left, "the-link-with-the-long-name");
        Link changed = route.link("the-link-with-the-long-name");
        assertEquals("uplink0", changed.name());
        assertEquals("the way out", changed.details().alias());
        assertEquals(1, changed.details().promiscuity());
        assertAsIpShowsThem();

        route.deleteAlternativeName(left, "the-link-with-the-long-name");
        route.change(left, LinkSetting.alias(""), LinkSetting.flag(LinkFlag.PROMISC, false));
        assertEquals(List.of(), route.link(left).details().alternativeNames());
        assertNull(route.link(left).details().alias());
        assertAsIpShowsThem();
    }

    @Test
    void aLinkGoesUpAndDown() throws Exception {
        route.create("left", LinkSpec.veth("right"));
        int left = route.link("left").index();
        route.change(route.link("right").index(), LinkSetting.up());
        assertFalse(route.link(left).isUp());
        route.change(left, LinkSetting.up());
        assertTrue(route.link(left).flags().containsAll(Set.of(LinkFlag.UP, LinkFlag.LOWER_UP)));
        route.change(left, LinkSetting.down());
        assertFalse(route.link(left).isUp());
        // The other end is up and has nobody to talk to.
        assertEquals(OperationalState.LOWER_LAYER_DOWN, route.link("right").state());
        assertAsIpShowsThem();
    }

    @Test
    void aLinkMovesToAnotherNamespaceByDescriptorAndByProcess() throws Exception {
        try (TestNetwork other = TestNetwork.create();
                RouteSocket there = other.call(RouteSocket::open)) {
            route.create("left", LinkSpec.veth("right", LinkSetting.in(other.namespace())));
            assertEquals("right", there.link("right").name());
            assertRefused(Errno.ENODEV, () -> route.link("right"));
            int left = route.link("left").index();
            Process child = other.start("cat");
            try {
                // It answers, so it has entered.
                child.outputWriter().append("in\n").flush();
                assertEquals("in", child.inputReader().readLine());
                route.change(left, LinkSetting.inNamespaceOf(child.pid()));
            } finally {
                child.destroyForcibly().waitFor();
            }
            assertEquals("left", there.link("left").name());
            assertTrue(there.link("left").linked().isHere());
            route.create("later", LinkSpec.other("ifb"), LinkSetting.in(other.namespace()));
            assertEquals("ifb", there.link("later").kind().name());
        }
    }

    @Test
    void aVethIsDeletedWithItsOtherEnd() throws Exception {
        route.create("left", LinkSpec.veth("right"));
        route.deleteLink(route.link("left").index());
        assertEquals(List.of("lo"), route.links().stream().map(Link::name).toList());
    }

    // Errors.

    private static NetlinkException assertRefused(Errno errno, Executable request) {
        var refused = assertThrows(NetlinkException.class, request);
        assertEquals(errno, refused.errno(), refused::toString);
        return refused;
    }

    @Test
    void whatTheKernelSaysIsInTheError() throws Exception {
        route.create("left", LinkSpec.veth("right"));
        int left = route.link("left").index();
        var small = assertRefused(Errno.EINVAL, () -> route.change(left, LinkSetting.mtu(1)));
        assertEquals("mtu less than device minimum", small.ack().message());
        assertTrue(small.getMessage().contains("mtu less than device minimum"), small::toString);
        assertTrue(small.getMessage().startsWith("RTM_NEWLINK"), small::toString);
        assertRefused(Errno.EEXIST, () -> route.create("left", LinkSpec.bridge()));
        var unknown =
                assertRefused(
                        Errno.EOPNOTSUPP, () -> route.create("x", LinkSpec.other("no-such-kind")));
        assertEquals("Unknown device type", unknown.ack().message());
        var lonely = LinkSpec.veth("b", LinkSetting.up());
        assertRefused(Errno.ENOTCONN, () -> route.create("a", lonely));
        assertRefused(Errno.ENODEV, () -> route.link(12_345));
        assertRefused(Errno.ENODEV, () -> route.deleteLink(12_345));
        assertRefused(Errno.EOPNOTSUPP, () -> route.deleteLink(route.link("lo").index()));
    }

    @Test
    void zeroIsNoIndex() {
        assertThrows(IllegalArgumentException.class, () -> route.deleteLink(0));
        assertThrows(IllegalArgumentException.class, () -> route.change(0, LinkSetting.up()));
    }
}
