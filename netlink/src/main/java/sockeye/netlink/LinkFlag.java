// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * What a link is and does: the IFF_ flags of netdevice(7).
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netdevice.7.html">netdevice(7)</a>
 */
public enum LinkFlag {
    /** Switched on by the administrator. */
    UP(1),
    /** Has a broadcast address. */
    BROADCAST(1 << 1),
    /** Its driver logs more. */
    DEBUG(1 << 2),
    /** What is sent comes back. */
    LOOPBACK(1 << 3),
    /** Has one neighbour. */
    POINTOPOINT(1 << 4),
    /** Avoids trailers, whatever they were. */
    NOTRAILERS(1 << 5),
    /** Works: the operational state is up, or is not known. */
    RUNNING(1 << 6),
    /** Asks for no hardware addresses. */
    NOARP(1 << 7),
    /** Receives what is for others too. */
    PROMISC(1 << 8),
    /** Receives every multicast. */
    ALLMULTI(1 << 9),
    /** Spreads its load over others. */
    MASTER(1 << 10),
    /** Bears a part of the load of its master. */
    SLAVE(1 << 11),
    /** Can multicast. */
    MULTICAST(1 << 12),
    /** Its medium can be chosen. */
    PORTSEL(1 << 13),
    /** Chooses its medium itself. */
    AUTOMEDIA(1 << 14),
    /** Loses its addresses when it goes down. */
    DYNAMIC(1 << 15),
    /** The driver sees a carrier. */
    LOWER_UP(1 << 16),
    /** The driver waits for something, such as a key. */
    DORMANT(1 << 17),
    /** Echoes what is sent, as CAN does. */
    ECHO(1 << 18);

    private final int bit;

    LinkFlag(int bit) {
        this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
        return bit;
    }
}
