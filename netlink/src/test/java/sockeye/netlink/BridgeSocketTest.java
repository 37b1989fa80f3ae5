// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Errno;
import sockeye.IpAddress;
import sockeye.netlink.Neighbour.Flag;
import sockeye.netlink.Neighbour.State;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Bridges, compared with what {@code bridge} of iproute2 says. */
@Tag("H8")
class BridgeSocketTest extends VethNetwork {
    private BridgeSocket bridge;
    private int br0;

    @BeforeEach
    void openBridge() throws IOException {
        bridge = BridgeSocket.over(route.socket());
        route.create("br0", LinkSpec.bridge(), LinkSetting.up());
        br0 = route.link("br0").index();
        names.put(br0, "br0");
        route.change(left, LinkSetting.master(br0));
    }

    @AfterEach
    void closeBridge() throws IOException {
        bridge.close();
    }

    private void assertEntriesAreAsBridgeShowsThem() throws IOException {
        IpTool.assertSame(
                () -> IpTool.run(network, IpTool.words("bridge -j -s fdb show")),
                () ->
                        bridge.entries().stream()
                                .map(each -> BridgeView.of(each, names::get))
                                .toList());
    }

    private static HardwareAddress mac(int last) {
        return HardwareAddress.parse("02:00:00:00:00:%02x".formatted(last));
    }

    @Test
    void everyEntryIsAsBridgeShowsIt() throws Exception {
        for (String command :
                List.of(
                        "bridge fdb add 02:00:00:00:00:11 dev left master static",
                        "bridge fdb add 02:00:00:00:00:12 dev left master permanent",
                        "bridge fdb add 02:00:00:00:00:13 dev left master dynamic extern_learn",
                        "bridge fdb add 02:00:00:00:00:14 dev left self permanent",
                        "bridge fdb add 02:00:00:00:00:15 dev br0 self permanent",
                        "bridge fdb add 02:00:00:00:00:16 dev left master static sticky")) {
            IpTool.quietly(network, command);
        }
        assertEntriesAreAsBridgeShowsThem();
        FdbEntry learnt = bridge.entry(br0, mac(0x13), 0);
        assertEquals(left, learnt.link());
        assertEquals(Set.of(State.REACHABLE), learnt.state());
        assertTrue(learnt.flags().contains(Flag.EXT_LEARNED));
    }

    @Test
    void entriesAreAddedReplacedAndDeleted() throws Exception {
        route.change(right, LinkSetting.master(br0));
        bridge.add(FdbEntry.fixed(left, mac(1)));
        bridge.add(FdbEntry.dynamic(left, mac(2)));
        bridge.add(FdbEntry.permanent(left, mac(3)));
        bridge.add(FdbEntry.permanent(right, mac(4)).withFlags(Flag.SELF));
        bridge.add(FdbEntry.fixed(left, mac(5)).withFlags(Flag.STICKY));
        assertEntriesAreAsBridgeShowsThem();
        assertRefused(Errno.EEXIST, () -> bridge.add(FdbEntry.fixed(left, mac(1))));
        assertEquals(left, bridge.entry(br0, mac(1), 0).link());
        bridge.replace(FdbEntry.fixed(right, mac(1)));
        assertEquals(right, bridge.entry(br0, mac(1), 0).link());
        assertEquals(
                Set.of(),
                minus(bridge.entriesAt(right), bridge.entries(), right),
                "a filter shows less, and what it shows is all");

        // What a dump tells can be deleted, and made again, as it is.
        List<FdbEntry> dumped = bridge.entriesOf(br0);
        assertTrue(dumped.size() >= 4, dumped::toString);
        for (FdbEntry each : dumped) {
            if (each.address().toString().startsWith("02:00:00:00:00:")) {
                bridge.delete(each);
                assertRefused(Errno.ENOENT, () -> bridge.entry(br0, each.address(), each.vlan()));
                bridge.add(each);
                assertEquals(each.quiet(), bridge.entry(br0, each.address(), each.vlan()).quiet());
            }
        }
        assertEntriesAreAsBridgeShowsThem();
        bridge.delete(FdbEntry.permanent(right, mac(4)).withFlags(Flag.SELF));
        assertFalse(bridge.entries().stream().anyMatch(each -> each.address().equals(mac(4))));
        assertRefused(Errno.ENOENT, () -> bridge.delete(FdbEntry.fixed(left, mac(99))));
    }

    private static Set<FdbEntry> minus(List<FdbEntry> some, List<FdbEntry> all, int link) {
        var rest =
                new HashSet<>(
                        all.stream()
                                .filter(each -> each.link() == link)
                                .map(FdbEntry::quiet)
                                .toList());
        some.forEach(each -> rest.remove(each.quiet()));
        return rest;
    }

    @Test
    void theListOfAVxlanSaysBehindWhichMachineAnAddressIs() throws Exception {
        try {
            ip("link add vx type vxlan id 7 dstport 4789 dev right");
        } catch (IOException lacking) {
            Assumptions.abort("no VXLAN: " + lacking.getMessage());
        }
        int vx = route.link("vx").index();
        names.put(vx, "vx");
        IpTool.quietly(
                network,
                "bridge fdb append 00:00:00:00:00:00 dev vx dst 192.0.2.9 port 5000 vni 9 self"
                        + " permanent");
        bridge.add(FdbEntry.permanent(vx, mac(1)).behind(IpAddress.parse("192.0.2.8")).withVni(8));
        assertEntriesAreAsBridgeShowsThem();
        FdbEntry toAll = FdbEntry.permanent(vx, HardwareAddress.parse("00:00:00:00:00:00"));
        bridge.append(toAll.behind(IpAddress.parse("192.0.2.10")));
        assertEntriesAreAsBridgeShowsThem();
        assertEquals(3, bridge.entriesAt(vx).size());
    }

    @Test
    void everyPortIsAsBridgeShowsIt() throws Exception {
        route.change(right, LinkSetting.master(br0));
        IpTool.quietly(network, "bridge link set dev left hairpin on learning off isolated on");
        IpTool.quietly(network, "bridge link set dev right cost 7 priority 9 mcast_flood off");
        List<JsonObject> theirs = IpTool.run(network, IpTool.words("bridge -j -d link show"));
        theirs.forEach(each -> BridgeView.PORT_EXTRA.forEach(each::remove));
        theirs.sort((a, b) -> a.get("ifindex").getAsInt() - b.get("ifindex").getAsInt());
        Map<Integer, Link> all =
                route.links().stream().collect(Collectors.toMap(Link::index, each -> each));
        IpTool.assertSame(
                theirs,
                route.portsOf(br0).stream().map(each -> BridgeView.ofPort(each, all)).toList());
    }

    /** Without the lists of flags that it prints empty, of ranges alone. */
    private List<JsonObject> vlans() throws IOException {
        List<JsonObject> all =
                IpTool.run(network, IpTool.words("bridge -compressvlans -j vlan show"));
        for (JsonObject link : all) {
            for (JsonElement each : link.getAsJsonArray("vlans")) {
                JsonObject vlan = each.getAsJsonObject();
                if (vlan.has("flags") && vlan.getAsJsonArray("flags").isEmpty()) {
                    vlan.remove("flags");
                }
            }
        }
        return all;
    }

    @Test
    @Tag("lab-kernel")
    void everyVlanIsAsBridgeShowsIt() throws Exception {
        try {
            bridge.add(BridgeVlan.of(left, 7, BridgeVlan.Flag.PVID, BridgeVlan.Flag.UNTAGGED));
        } catch (NetlinkException lacking) {
            String why = "bridges have no VLANs here: " + lacking.getMessage();
            System.err.println("*** skipped: " + why);
            Assumptions.abort(why);
        }
        bridge.add(new BridgeVlan(left, 10, 19, Set.of()));
        bridge.add(BridgeVlan.of(left, 20));
        bridge.addToBridge(BridgeVlan.of(br0, 30, BridgeVlan.Flag.UNTAGGED));
        IpTool.quietly(network, "bridge vlan add vid 40-42 dev left untagged");
        List<JsonObject> theirs = vlans();
        IpTool.assertSame(theirs, BridgeView.of(bridge.vlans(), names::get));
        assertTrue(
                bridge.vlans().contains(new BridgeVlan(left, 10, 20, Set.of())),
                () -> theirs.toString());

        bridge.delete(new BridgeVlan(left, 12, 14, Set.of()));
        bridge.deleteFromBridge(BridgeVlan.of(br0, 30));
        IpTool.assertSame(vlans(), BridgeView.of(bridge.vlans(), names::get));
        bridge.add(FdbEntry.fixed(left, mac(1)).withVlan(7));
        assertEntriesAreAsBridgeShowsThem();
        assertEquals(7, bridge.entry(br0, mac(1), 7).vlan());
        assertRefused(Errno.ENOENT, () -> bridge.entry(br0, mac(1), 8));
    }
}
