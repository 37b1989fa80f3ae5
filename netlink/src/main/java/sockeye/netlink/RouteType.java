// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** What is done with the packets of a route: the RTN_ numbers of rtnetlink(7). */
public enum RouteType {
    /** Nobody said. */
    UNSPECIFIED(0),
    /** Sent on, by a gateway or directly. */
    UNICAST(1),
    /** For this machine. */
    LOCAL(2),
    /** For this machine as a broadcast, and sent as one. */
    BROADCAST(3),
    /** For this machine as a broadcast, but sent as unicast. */
    ANYCAST(4),
    /** A multicast. */
    MULTICAST(5),
    /** Dropped without a word. */
    BLACKHOLE(6),
    /** Dropped; the sender hears EHOSTUNREACH. */
    UNREACHABLE(7),
    /** Dropped; the sender hears EACCES. */
    PROHIBIT(8),
    /** As if this table had no route: the rules go on. */
    THROW(9),
    /** Addresses are translated; Linux no longer does. */
    NAT(10),
    /** Another program decides; Linux never did. */
    XRESOLVE(11),
    /** A number that this version does not know; cannot be sent. */
    UNKNOWN(-1);

    private static final RouteType[] ALL = values();

    private final int number;

    RouteType(int number) {
        this.number = number;
    }

    static RouteType of(int number) {
        return number >= 0 && number < ALL.length - 1 ? ALL[number] : UNKNOWN;
    }

    int number() {
        if (this == UNKNOWN) {
            throw new IllegalArgumentException("a route of unknown type cannot be sent");
        }
        return number;
    }
}
