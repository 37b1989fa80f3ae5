// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * How a socket treats packets that are larger than the path takes: the value of {@link
 * IpOption#MTU_DISCOVER} and {@link Ipv6Option#MTU_DISCOVER}. The kernel's IP_PMTUDISC_ or
 * IPV6_PMTUDISC_ and the name.
 */
public enum PathMtuDiscovery {
    /** Routers may fragment: the don't-fragment bit is never set. */
    DONT(0),
    /** As the route says; datagrams too large are fragmented here. The usual default. */
    WANT(1),
    /** The bit is always set, and a datagram too large for the known path is EMSGSIZE. */
    DO(2),
    /** The bit is set, and the known path is ignored: for programs that probe it themselves. */
    PROBE(3),
    /** Only the interface counts, and reports about the path are not believed; the bit is unset. */
    INTERFACE(4),
    /** As {@link #INTERFACE}, and datagrams too large for the interface are fragmented. */
    OMIT(5);

    private final int number;

    PathMtuDiscovery(int number) {
        this.number = number;
    }

    /** The kernel's number. */
    public int number() {
        return number;
    }

    static final OptionCodec<PathMtuDiscovery> CODEC =
            OptionCodec.oneOf(PathMtuDiscovery.class, PathMtuDiscovery::number);
}
