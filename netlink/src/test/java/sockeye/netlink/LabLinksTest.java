// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Errno;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Kinds of links that many kernels lack, dummy, vlan and bond; the lab kernel has them. */
@Tag("H8")
@Tag("lab-kernel")
@ExtendWith(NoLeaks.class)
class LabLinksTest {
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

    /** Skips the test, and says so, on a kernel without the kind. */
    private void create(String name, LinkSpec spec, LinkSetting... settings) throws IOException {
        try {
            route.create(name, spec, settings);
        } catch (NetlinkException refused) {
            if (refused.errno().equals(Errno.EOPNOTSUPP)) {
                String why = "this kernel lacks " + spec;
                System.err.println("*** skipped: " + why);
                Assumptions.abort(why);
            }
            throw refused;
        }
    }

    private void assertInfoIsAsIpShowsIt(String name) throws IOException {
        Link link = route.link(name);
        var theirs =
                IpTool.run(network, "ip", "-d", "-j", "link", "show", name)
                        .getFirst()
                        .getAsJsonObject("linkinfo");
        Map<Integer, Link> all =
                route.links().stream().collect(Collectors.toMap(Link::index, each -> each));
        IpTool.remove(theirs, IpLinkView.BRIDGE_EXTRA, "info_data");
        IpTool.assertSame(List.of(theirs), List.of(IpLinkView.of(link, all).get("linkinfo")));
    }

    @Test
    void aDummyLinkIsMadeAndDeleted() throws Exception {
        create("d0", LinkSpec.dummy(), LinkSetting.mtu(9_000), LinkSetting.up());
        Link link = route.link("d0");
        assertInstanceOf(DummyLink.class, link.kind());
        assertEquals(9_000, link.mtu());
        assertTrue(link.isUp());
        assertInfoIsAsIpShowsIt("d0");
        route.deleteLink(link.index());
        assertEquals(List.of("lo"), route.links().stream().map(Link::name).toList());
    }

    @Test
    void aVlanLinkIsMadeOnAnother() throws Exception {
        route.create("left", LinkSpec.veth("right"));
        int left = route.link("left").index();
        create("left.7", LinkSpec.vlan(left, 7));
        create(
                "left.8",
                new LinkSpec.Vlan(
                        left,
                        8,
                        VlanLink.DOT1AD,
                        Set.of(VlanLink.Flag.REORDER_HDR, VlanLink.Flag.LOOSE_BINDING)));
        VlanLink seven = assertInstanceOf(VlanLink.class, route.link("left.7").kind());
        assertEquals(
                new VlanLink(
                        7, VlanLink.DOT1Q, Set.of(VlanLink.Flag.REORDER_HDR), Map.of(), Map.of()),
                seven);
        assertEquals(new LinkReference(left, -1), route.link("left.7").linked());
        VlanLink eight = assertInstanceOf(VlanLink.class, route.link("left.8").kind());
        assertEquals(VlanLink.DOT1AD, eight.protocol());
        assertTrue(eight.flags().contains(VlanLink.Flag.LOOSE_BINDING));
        assertInfoIsAsIpShowsIt("left.7");
        assertInfoIsAsIpShowsIt("left.8");

        IpTool.quietly(network, "ip link add link left name left.9 type vlan id 9 egress 1:2");
        VlanLink nine = assertInstanceOf(VlanLink.class, route.link("left.9").kind());
        assertEquals(Map.of(1L, 2L), nine.egress());
    }

    @Test
    void aBridgeThatFiltersVlansSaysSo() throws Exception {
        create(
                "br0",
                LinkSpec.bridge(
                        BridgeSetting.vlanFiltering(true),
                        BridgeSetting.vlanProtocol(VlanLink.DOT1AD),
                        BridgeSetting.defaultVlan(5)));
        BridgeLink bridge = assertInstanceOf(BridgeLink.class, route.link("br0").kind());
        assertInfoIsAsIpShowsIt("br0");
        assertEquals(new BridgeLink.Vlans(true, VlanLink.DOT1AD, 5), bridge.vlans());
    }

    @Test
    void aBondTellsHowItSharesTheLoad() throws Exception {
        create("bond0", LinkSpec.other("bond"));
        IpTool.quietly(network, "ip link set bond0 type bond mode active-backup miimon 100");
        route.create("left", LinkSpec.veth("right"));
        route.change(route.link("left").index(), LinkSetting.master(route.link("bond0").index()));
        BondLink bond = assertInstanceOf(BondLink.class, route.link("bond0").kind());
        assertEquals(BondLink.Mode.ACTIVE_BACKUP, bond.mode());
        assertEquals(Duration.ofMillis(100), bond.monitoring());
        assertEquals("bond", route.link("left").port().masterKind());
    }
}
