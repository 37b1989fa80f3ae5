// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;

import java.util.List;
import java.util.Set;

/**
 * Where a route sends packets next.
 *
 * @param gateway the router; null if the destination is on the link itself. It may be of the other
 *     family (RTA_VIA): IPv4 by way of an IPv6 router
 * @param link the index of the link they leave by; 0 to let the kernel find it by the gateway
 * @param weight its share among several, 1 to 256
 * @param flags how it is and how it is meant
 * @param encapsulation what is put around the packets, as the kernel has it; null for nothing
 */
public record NextHop(
        @Nullable IpAddress gateway,
        int link,
        int weight,
        Set<Flag> flags,
        @Nullable Encapsulation encapsulation) {

    /** How a next hop is, or is meant: RTNH_F_ and the name. */
    public enum Flag {
        /** It cannot be used: the link is down. */
        DEAD(1),
        /** The gateway is looked up again. */
        PERVASIVE(2),
        /** The gateway is on the link, even if no address of the link says so. */
        ONLINK(4),
        /** The hardware does it. */
        OFFLOAD(8),
        /** The link has no carrier. */
        LINKDOWN(16),
        /** Multicast: it is not known yet. */
        UNRESOLVED(32),
        /** The hardware hands its packets to the kernel. */
        TRAP(64);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    /**
     * What is put around packets: MPLS labels, segments, a tunnel's addresses.
     *
     * @param type LWTUNNEL_ENCAP_: 1 MPLS, 2 IP, 3 ILA, 4 IPv6, 5 SEG6, 6 BPF and so on
     * @param attributes the attributes of that type as they are
     */
    public record Encapsulation(int type, List<RawAttribute> attributes) {
        /** Copies the list. */
        public Encapsulation {
            attributes = List.copyOf(attributes);
        }
    }

    /**
     * Checks the weight.
     *
     * @throws IllegalArgumentException if it is not 1 to 256
     */
    public NextHop {
        if (weight < 1 || weight > 256) {
            throw new IllegalArgumentException("a weight is 1 to 256, not " + weight);
        }
        flags = Flags.copy(Flag.class, flags);
    }

    /** A router, on the link that the kernel finds. */
    public static NextHop via(IpAddress gateway) {
        return new NextHop(gateway, 0, 1, Set.of(), null);
    }

    /** A router on a link. */
    public static NextHop via(IpAddress gateway, int link) {
        return new NextHop(gateway, link, 1, Set.of(), null);
    }

    /** A link itself. */
    public static NextHop on(int link) {
        return new NextHop(null, link, 1, Set.of(), null);
    }

    /** The same with another share. */
    public NextHop withWeight(int newWeight) {
        return new NextHop(gateway, link, newWeight, flags, encapsulation);
    }

    /** The same with these flags; the kernel takes ONLINK and PERVASIVE. */
    public NextHop withFlags(Flag... newFlags) {
        return new NextHop(gateway, link, weight, Set.of(newFlags), encapsulation);
    }

    NextHop withoutFlags(Set<Flag> without) {
        var kept = flags.stream().filter(each -> !without.contains(each)).toArray(Flag[]::new);
        return kept.length == flags.size() ? this : withFlags(kept);
    }

    /** The same with something put around. */
    public NextHop withEncapsulation(Encapsulation newEncapsulation) {
        return new NextHop(gateway, link, weight, flags, newEncapsulation);
    }
}
