// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Errno;
import sockeye.IpAddress;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Neighbours, compared with what {@code ip} says. */
@Tag("H8")
class NeighboursTest extends VethNetwork {
    private List<JsonObject> theirs() throws IOException {
        List<JsonObject> all =
                IpTool.run(network, IpTool.words("ip -4 -d -s -j neigh show nud all"));
        all.addAll(IpTool.run(network, IpTool.words("ip -6 -d -s -j neigh show nud all")));
        for (String family : List.of("-4", "-6")) {
            String command = "ip " + family + " -d -s -j neigh show proxy";
            for (JsonObject each : IpTool.run(network, IpTool.words(command))) {
                all.add(each);
            }
        }
        return all;
    }

    private List<Map<String, Object>> ours() throws IOException {
        List<Neighbour> all = route.neighbours();
        all.addAll(route.neighbours(NeighbourFilter.PROXIES));
        return all.stream().map(each -> IpView.of(each, names::get)).toList();
    }

    private void assertAsIpShowsThem() throws IOException {
        IpTool.assertSame(this::theirs, this::ours);
    }

    private static HardwareAddress mac(int last) {
        return HardwareAddress.parse("02:00:00:00:00:%02x".formatted(last));
    }

    @Test
    @Tag("F1-08")
    void everyNeighbourIsAsIpShowsIt() throws Exception {
        ip(
                "neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev left",
                "neigh add 192.0.2.3 lladdr 02:00:00:00:00:03 dev left nud stale router"
                        + " extern_learn",
                "neigh add 192.0.2.4 dev right nud failed",
                "neigh add 192.0.2.5 lladdr 02:00:00:00:00:05 dev right nud noarp",
                "neigh add 192.0.2.6 lladdr 02:00:00:00:00:06 dev right protocol static",
                "neigh add proxy 192.0.2.44 dev left",
                "-6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev left",
                "-6 neigh add proxy 2001:db8::44 dev right");
        assertAsIpShowsThem();
        assertEquals(5, route.neighbours(NeighbourFilter.ALL.withFamily(AF_INET)).size());
        assertEquals(2, route.neighbours(NeighbourFilter.PROXIES).size());
    }

    @Test
    void neighboursAreAddedReplacedAndDeleted() throws Exception {
        IpAddress four = IpAddress.parse("192.0.2.2");
        IpAddress six = IpAddress.parse("2001:db8::2");
        route.add(Neighbour.permanent(left, four, mac(2)).withProtocol(RouteProtocol.STATIC));
        route.add(Neighbour.permanent(left, six, mac(3)).withFlags(Neighbour.Flag.ROUTER));
        route.add(Neighbour.reachable(right, four, mac(4)));
        route.add(Neighbour.proxy(left, IpAddress.parse("192.0.2.99")));
        assertAsIpShowsThem();
        assertRefused(Errno.EEXIST, () -> route.add(Neighbour.permanent(left, four, mac(5))));
        route.replace(Neighbour.permanent(left, four, mac(5)));
        Neighbour there = route.neighbour(left, four);
        assertEquals(mac(5), there.hardwareAddress());
        assertEquals(Set.of(Neighbour.State.PERMANENT), there.state());
        assertTrue(route.neighbour(left, six).flags().contains(Neighbour.Flag.ROUTER));

        for (Neighbour each : route.neighbours()) {
            if (!each.state().contains(Neighbour.State.NOARP)) {
                route.delete(each);
            }
        }
        route.delete(Neighbour.proxy(left, IpAddress.parse("192.0.2.99")));
        assertEquals(List.of(), route.neighbours(NeighbourFilter.PROXIES));
        assertEquals(
                List.of(),
                route.neighbours().stream()
                        .filter(each -> each.state().contains(Neighbour.State.PERMANENT))
                        .toList());
        assertRefused(Errno.ENOENT, () -> route.delete(Neighbour.permanent(left, four, mac(5))));
        assertAsIpShowsThem();
    }

    @Test
    void aDumpIsFilteredByLinkAndMaster() throws Exception {
        IpAddress address = IpAddress.parse("192.0.2.2");
        route.add(Neighbour.permanent(left, address, mac(2)));
        route.add(Neighbour.permanent(right, address, mac(3)));
        assertEquals(
                List.of(mac(3)),
                route.neighbours(NeighbourFilter.ALL.withLink(right)).stream()
                        .map(Neighbour::hardwareAddress)
                        .toList());
        route.create("br0", LinkSpec.bridge());
        int bridge = route.link("br0").index();
        route.change(left, LinkSetting.master(bridge));
        assertEquals(
                List.of(left),
                route.neighbours(NeighbourFilter.ALL.withMaster(bridge)).stream()
                        .map(Neighbour::link)
                        .toList());
    }
}
