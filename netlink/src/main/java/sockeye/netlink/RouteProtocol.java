// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Map;

/**
 * Who made a route or a rule. The kernel only remembers it. An open value.
 *
 * @param number 0 to 255
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public record RouteProtocol(int number) {
    static final Map<Long, String> NAMES =
            Map.ofEntries(
                    Map.entry(0L, "unspec"),
                    Map.entry(1L, "redirect"),
                    Map.entry(2L, "kernel"),
                    Map.entry(3L, "boot"),
                    Map.entry(4L, "static"),
                    Map.entry(8L, "gated"),
                    Map.entry(9L, "ra"),
                    Map.entry(10L, "mrt"),
                    Map.entry(11L, "zebra"),
                    Map.entry(12L, "bird"),
                    Map.entry(13L, "dnrouted"),
                    Map.entry(14L, "xorp"),
                    Map.entry(15L, "ntk"),
                    Map.entry(16L, "dhcp"),
                    Map.entry(18L, "keepalived"),
                    Map.entry(42L, "babel"),
                    Map.entry(186L, "bgp"),
                    Map.entry(187L, "isis"),
                    Map.entry(188L, "ospf"),
                    Map.entry(189L, "rip"),
                    Map.entry(192L, "eigrp"));

    /** Nobody said. */
    public static final RouteProtocol UNSPECIFIED = new RouteProtocol(0);

    /** By an ICMP redirect. */
    public static final RouteProtocol REDIRECT = new RouteProtocol(1);

    /** The kernel itself, for an address. */
    public static final RouteProtocol KERNEL = new RouteProtocol(2);

    /** While booting, or by somebody who did not say: what {@code ip route add} writes. */
    public static final RouteProtocol BOOT = new RouteProtocol(3);

    /** The administrator. */
    public static final RouteProtocol STATIC = new RouteProtocol(4);

    /** A router's advertisement, IPv6. */
    public static final RouteProtocol ADVERTISEMENT = new RouteProtocol(9);

    /** A DHCP client. */
    public static final RouteProtocol DHCP = new RouteProtocol(16);

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is not 0 to 255
     */
    public RouteProtocol {
        if (number < 0 || number > 255) {
            throw new IllegalArgumentException("a protocol of routes is 0 to 255, not " + number);
        }
    }

    /**
     * One by its name in {@code /etc/iproute2/rt_protos} or {@code rt_protos.d}, or its number.
     *
     * @throws IllegalArgumentException if nobody gave that name, or the number is above 255
     */
    public static RouteProtocol of(String name) {
        return new RouteProtocol((int) Math.min(IprouteNames.PROTOCOLS.parse(name), 256));
    }

    /** {@code static}; the number if it has no name. */
    @Override
    public String toString() {
        return IprouteNames.PROTOCOLS.of(number);
    }
}
