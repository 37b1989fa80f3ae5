// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * How far away the destinations of a route, or those who may use an address, are. An open value;
 * larger is nearer.
 *
 * @param number 0 to 255
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public record RouteScope(int number) {
    /** Anywhere; {@code global} to iproute2. */
    public static final RouteScope UNIVERSE = new RouteScope(0);

    /** Within the own network. */
    public static final RouteScope SITE = new RouteScope(200);

    /** On the attached link, without a gateway. */
    public static final RouteScope LINK = new RouteScope(253);

    /** This machine. */
    public static final RouteScope HOST = new RouteScope(254);

    /** Nowhere: a destination that does not exist. */
    public static final RouteScope NOWHERE = new RouteScope(255);

    /**
     * Checks the number.
     *
     * @throws IllegalArgumentException if it is not 0 to 255
     */
    public RouteScope {
        if (number < 0 || number > 255) {
            throw new IllegalArgumentException("a scope is 0 to 255, not " + number);
        }
    }

    /** {@code global}; the number if it has no name in {@code /etc/iproute2/rt_scopes}. */
    @Override
    public String toString() {
        return IprouteNames.SCOPES.of(number);
    }
}
