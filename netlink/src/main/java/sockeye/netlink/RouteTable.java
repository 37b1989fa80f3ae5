// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * A table of routes; rules say which is asked when. An open value: any number from 1 to 4294967295
 * is a table, as soon as a route is in it.
 *
 * @param number unsigned 32 bits; 0 is none
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-route.8.html">ip-route(8)</a>
 */
public record RouteTable(long number) {
    /** No table, or any. */
    public static final RouteTable UNSPECIFIED = new RouteTable(0);

    /** The one that is asked last, empty until somebody fills it: 253. */
    public static final RouteTable DEFAULT = new RouteTable(253);

    /** The one that routes go to unless another is named: 254. */
    public static final RouteTable MAIN = new RouteTable(254);

    /** The kernel's own, for addresses of this machine and broadcasts: 255. */
    public static final RouteTable LOCAL = new RouteTable(255);

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is not an unsigned 32-bit number
     */
    public RouteTable {
        if (number >>> Integer.SIZE != 0) {
            throw new IllegalArgumentException("no table: " + number);
        }
    }

    /**
     * A table by its name in {@code /etc/iproute2/rt_tables} or {@code rt_tables.d}, or its number.
     *
     * @throws IllegalArgumentException if nobody gave that name
     */
    public static RouteTable of(String name) {
        return new RouteTable(IprouteNames.TABLES.parse(name));
    }

    /** {@code main}; the number if it has no name. */
    @Override
    public String toString() {
        return IprouteNames.TABLES.of(number);
    }
}
