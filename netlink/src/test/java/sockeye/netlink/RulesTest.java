// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Errno;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Rules, compared with what {@code ip} says. */
@Tag("H8")
class RulesTest extends VethNetwork {
    private List<JsonObject> theirs() throws IOException {
        List<JsonObject> all = IpTool.run(network, IpTool.words("ip -4 -d -j rule"));
        all.addAll(IpTool.run(network, IpTool.words("ip -6 -d -j rule")));
        return all;
    }

    private List<Map<String, Object>> ours() throws IOException {
        return route.rules().stream().map(IpView::of).toList();
    }

    private void assertAsIpShowsThem() throws IOException {
        IpTool.assertSame(this::theirs, this::ours);
    }

    @Test
    @Tag("F1-08")
    void everyRuleIsAsIpShowsIt() throws Exception {
        ip(
                "rule add not from 10.0.0.0/8 to 10.1.0.1 iif left oif nope fwmark 5/0xff"
                        + " uidrange 100-200 ipproto tcp sport 80 dport 1000-2000 tos 0x10"
                        + " lookup 100 pref 77 suppress_prefixlength 0 suppress_ifgroup 3"
                        + " protocol static realms 5/6",
                "rule add pref 99 goto 200",
                "rule add pref 98 goto 4711",
                "rule add pref 200 nop",
                "rule add from 10.2.0.0/16 blackhole pref 201",
                "rule add unreachable pref 202",
                "rule add prohibit pref 203",
                "rule add tun_id 55 lookup main pref 204",
                "rule add l3mdev pref 205",
                "-6 rule add from 2001:db8::/32 fwmark 7 lookup 4000000000 pref 9");
        assertAsIpShowsThem();
        assertEquals(3 + 9 + 2 + 1, route.rules().size());
    }

    @Test
    void rulesOfAllKindsAreAddedAndDeleted() throws Exception {
        List<RoutingRule> before = route.rules();
        List<RoutingRule> added =
                List.of(
                        RoutingRule.ipv4(77)
                                .from("10.0.0.0/8")
                                .to("10.1.0.1")
                                .input("left")
                                .output("right")
                                .mark(5, 0xFF)
                                .users(100, 200)
                                .ipProtocol(6)
                                .sourcePorts(80, 80)
                                .destinationPorts(1_000, 2_000)
                                .trafficClass(0x10)
                                .invert()
                                .protocol(RouteProtocol.STATIC)
                                .action(
                                        new RoutingRule.Action.Lookup(
                                                new RouteTable(100),
                                                OptionalInt.of(0),
                                                OptionalLong.of(3),
                                                5 << 16 | 6))
                                .build(),
                        RoutingRule.ipv4(78).mark(9).lookup(new RouteTable(300)).build(),
                        RoutingRule.ipv4(79).action(new RoutingRule.Action.Goto(80)).build(),
                        RoutingRule.ipv4(80).action(new RoutingRule.Action.Nop()).build(),
                        RoutingRule.ipv4(81).tunnel(55).build(),
                        RoutingRule.ipv4(82).lookupOfVrf().build(),
                        RoutingRule.ipv4(83)
                                .from("192.0.2.0/24")
                                .action(new RoutingRule.Action.Blackhole())
                                .build(),
                        RoutingRule.ipv6(84)
                                .to("2001:db8::/32")
                                .action(new RoutingRule.Action.Unreachable())
                                .build(),
                        RoutingRule.ipv6(85).action(new RoutingRule.Action.Prohibit()).build());
        for (RoutingRule each : added) {
            route.add(each);
        }
        assertAsIpShowsThem();
        var there = new ArrayList<>(route.rules());
        there.removeAll(before);
        assertEquals(added, there);
        assertRefused(Errno.EEXIST, () -> route.add(added.getFirst()));
        for (RoutingRule each : added) {
            route.delete(each);
        }
        assertEquals(before, route.rules());
        assertRefused(Errno.ENOENT, () -> route.delete(added.getFirst()));
    }

    /** Our own word against the kernel's: iproute2 knows these from 6.12 on. */
    @Test
    void newerSelectorsAreReadAsTheyWereWritten() throws Exception {
        RoutingRule dscp = RoutingRule.ipv4(70).dscp(46).build();
        RoutingRule flow = RoutingRule.ipv6(71).flowLabel(0x12345, 0xFFFFF).build();
        try {
            route.add(dscp);
            route.add(flow);
        } catch (NetlinkException older) {
            Assumptions.abort("an older kernel: " + older.getMessage());
        }
        assertTrue(route.rules().containsAll(List.of(dscp, flow)), () -> "not " + dscp + flow);
        route.delete(dscp);
        route.delete(flow);
    }

    @Test
    void whatARuleSaysIsChecked() {
        var four = RoutingRule.ipv4(1).from("2001:db8::/32");
        assertThrows(IllegalArgumentException.class, four::build);
        assertThrows(IllegalArgumentException.class, () -> new RoutingRule.Range(2, 1));
        var other = RoutingRule.ipv4(1).action(new RoutingRule.Action.Other(300)).build();
        assertThrows(IllegalArgumentException.class, () -> route.add(other));
    }
}
