// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Errno;
import sockeye.IpAddress;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Addresses, compared with what {@code ip} says. */
@Tag("H8")
class AddressesTest extends VethNetwork {
    private List<JsonObject> theirs() throws IOException {
        List<JsonObject> all = new ArrayList<>();
        for (JsonObject link : IpTool.run(network, IpTool.words("ip -d -j addr"))) {
            link.getAsJsonArray("addr_info")
                    .forEach(each -> {
                        each.getAsJsonObject().remove("protocol"); // A later iproute2 shows it.
                        all.add(each.getAsJsonObject());
                    });
        }
        return all;
    }

    /** iproute2 shows them link by link. */
    private List<Map<String, Object>> ours() throws IOException {
        List<Map<String, Object>> all = new ArrayList<>();
        for (Link link : route.links()) {
            route.addressesOf(link.index()).forEach(each -> all.add(IpView.of(each)));
        }
        return all;
    }

    private void assertAsIpShowsThem() throws IOException {
        IpTool.assertSame(this::theirs, this::ours);
    }

    @Test
    @Tag("F1-08")
    void everyAddressIsAsIpShowsIt() throws Exception {
        ip(
                "addr add 192.0.2.1/24 brd + dev left",
                "addr add 192.0.2.77/24 dev left valid_lft 1000 preferred_lft 500",
                "addr add 192.0.2.9 peer 192.0.2.10/32 dev left label left:x scope link",
                "addr add 198.51.100.1/25 dev right noprefixroute",
                "-6 addr add 2001:db8::5/64 dev left nodad metric 55",
                "-6 addr add 2001:db8::6/64 dev left nodad preferred_lft 0",
                "-6 addr add 2001:db8::7 peer 2001:db8::8 dev right nodad home");
        assertAsIpShowsThem();
        assertEquals(9, route.addresses().size());
        assertEquals(3, route.addressesOf(right).size() + 1);
    }

    @Test
    void addressesAreGivenAndTaken() throws Exception {
        LinkAddress plain = LinkAddress.of(left, IpPrefix.parse("192.0.2.1/24"));
        LinkAddress full =
                LinkAddress.of(left, IpPrefix.parse("203.0.113.1/24"))
                        .withBroadcast(IpAddress.parse("203.0.113.255"))
                        .withLabel("left:two")
                        .withScope(RouteScope.SITE)
                        .withMetric(7)
                        .withFlags(AddressFlag.NOPREFIXROUTE)
                        .withLifetime(
                                LinkAddress.Lifetime.of(
                                        Duration.ofMinutes(15), Duration.ofMinutes(10)));
        LinkAddress pointToPoint =
                LinkAddress.of(right, IpPrefix.parse("192.0.2.9/32"))
                        .withPeer(IpAddress.parse("192.0.2.10"));
        LinkAddress six =
                LinkAddress.of(right, IpPrefix.parse("2001:db8::1/64"))
                        .withFlags(AddressFlag.NODAD);
        for (LinkAddress each : List.of(plain, full, pointToPoint, six)) {
            route.add(each);
        }
        assertAsIpShowsThem();
        LinkAddress there =
                route.addressesOf(left).stream()
                        .filter(each -> each.prefix().equals(full.prefix()))
                        .findFirst()
                        .orElseThrow();
        assertEquals("left:two", there.label());
        assertEquals(7, there.metric());
        assertEquals(RouteScope.SITE, there.scope());
        assertEquals(IpAddress.parse("192.0.2.10"), route.addressesOf(right).get(0).peer());
        assertRefused(Errno.EEXIST, () -> route.add(plain));

        for (LinkAddress each : List.of(plain, full, pointToPoint, six)) {
            route.delete(each);
        }
        assertEquals(List.of(), route.addressesOf(left));
        assertEquals(List.of(), route.addressesOf(right));
        assertRefused(Errno.EADDRNOTAVAIL, () -> route.delete(plain));
    }

    @Test
    void whatADumpTellsCanBeGivenAgain() throws Exception {
        ip(
                "addr add 192.0.2.9 peer 192.0.2.10/32 dev left label left:x scope link",
                "-6 addr add 2001:db8::5/64 dev left nodad metric 55");
        List<LinkAddress> before = route.addressesOf(left);
        List<Map<String, Object>> view = ours();
        for (LinkAddress each : before) {
            route.delete(each);
        }
        for (LinkAddress each : before) {
            route.add(each);
        }
        assertEquals(view, ours());
    }

    @Test
    void aLifetimeIsReplaced() throws Exception {
        LinkAddress address = LinkAddress.of(left, IpPrefix.parse("192.0.2.1/24"));
        route.add(address);
        assertNull(route.addressesOf(left).getFirst().lifetime().valid());
        route.replace(
                address.withLifetime(
                        LinkAddress.Lifetime.of(Duration.ofHours(2), Duration.ofHours(1))));
        assertNotNull(route.addressesOf(left).getFirst().lifetime().valid());
        assertAsIpShowsThem();
        var wrong = LinkAddress.Lifetime.of(Duration.ofSeconds(5), Duration.ofSeconds(10));
        assertRefused(Errno.EINVAL, () -> route.replace(address.withLifetime(wrong)));
    }

    @Test
    void aLinkThatIsNotThereHasNoAddresses() throws Exception {
        assertRefused(Errno.ENODEV, () -> route.addressesOf(4_711));
        LinkAddress nowhere = LinkAddress.of(4_711, IpPrefix.parse("192.0.2.1/24"));
        assertRefused(Errno.ENODEV, () -> route.add(nowhere));
    }
}
