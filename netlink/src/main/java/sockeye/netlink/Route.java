// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A route: where packets for a destination go. What {@code ip -d route} shows.
 *
 * <pre>{@code
 * route.add(Route.to("198.51.100.0/24").via("192.0.2.1").build());
 * route.add(Route.to("203.0.113.0/24")
 *         .nextHop(NextHop.via(first).withWeight(3))
 *         .nextHop(NextHop.via(second))
 *         .table(RouteTable.of("100"))
 *         .build());
 * }</pre>
 *
 * <p>Two routes to the same destination are told apart by table, priority and, of IPv4, traffic
 * class.
 *
 * @param destination the prefix; of length 0 for the default route
 * @param source for packets from there only; null for all. IPv6
 * @param trafficClass for packets of this class only, the type of service byte; 0 for all. IPv4
 * @param table where it is
 * @param protocol who made it
 * @param scope how far away the destination is
 * @param type what is done with the packets
 * @param flags what there is to know beside
 * @param priority the lowest is taken; unsigned 32 bits. Of IPv6, 0 when sent is 1024
 * @param preferredSource the own address for packets that have none yet; null to let the kernel
 *     choose
 * @param nextHops where they go: none for a type that goes nowhere or a next hop object, one as a
 *     rule, several for multipath
 * @param nextHopId the next hop object that it uses, 0 for none
 * @param metrics what it says about the way
 * @param preference how much an advertised default router is preferred, RFC 4191: 0 medium, 1 high,
 *     3 low; empty if nobody says. IPv6
 * @param expires after how long it goes; null if it stays. IPv6
 * @param lookup what {@link RouteSocket#routeTo} was asked for and found beside, and what the
 *     senders hear whom an IPv6 route refuses; null for nothing
 * @param others attributes that have no name here, as they came; sent as they are
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-route.8.html">ip-route(8)</a>
 */
public record Route(
        IpPrefix destination,
        @Nullable IpPrefix source,
        int trafficClass,
        RouteTable table,
        RouteProtocol protocol,
        RouteScope scope,
        RouteType type,
        Set<Flag> flags,
        long priority,
        @Nullable IpAddress preferredSource,
        List<NextHop> nextHops,
        long nextHopId,
        RouteMetrics metrics,
        OptionalLong preference,
        @Nullable Duration expires,
        @Nullable Lookup lookup,
        List<RawAttribute> others) {

    /** What there is to know of a route beside: RTM_F_ and the name. */
    public enum Flag {
        /** It was made for one destination from another. */
        CLONED(0x200),
        /** It was advertised with its prefix. */
        PREFIX(0x800),
        /** The hardware does it. */
        OFFLOAD(0x4000),
        /** The hardware hands its packets to the kernel. */
        TRAP(0x8000),
        /** The hardware could not be told. */
        OFFLOAD_FAILED(0x2000_0000);

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
     * What was found for one packet.
     *
     * @param inputLink the index of the link that it came in by, 0 for one of this machine
     * @param mark its mark, 0 for none
     * @param user whose it is; empty if nobody asked
     * @param error what the sender hears, an errno; 0 for nothing
     */
    public record Lookup(int inputLink, long mark, OptionalLong user, int error) {}

    /** Copies the collections, and checks that the addresses are of one family. */
    public Route {
        flags = Flags.copy(Flag.class, flags);
        nextHops = List.copyOf(nextHops);
        others = List.copyOf(others);
        if (source != null && source.address().family() != destination.address().family()) {
            throw new IllegalArgumentException(destination + " from " + source);
        }
    }

    /** A route to a prefix, or with one address as text without a length, to that alone. */
    public static Builder to(String destination) {
        return to(IpPrefix.parse(destination));
    }

    /** A route to a prefix. */
    public static Builder to(IpPrefix destination) {
        return new Builder(destination);
    }

    /** AF_INET or AF_INET6. */
    public int family() {
        return destination.address().family();
    }

    /** Whether it is for everything that no other route is for. */
    public boolean isDefault() {
        return destination.length() == 0;
    }

    /** Without what ticks, and what the hardware does with it. */
    Route quiet() {
        return quiet(Set.of(NextHop.Flag.OFFLOAD, NextHop.Flag.TRAP));
    }

    /** What it is known by: without what becomes of it either. */
    Route identity() {
        return quiet(
                Set.of(
                        NextHop.Flag.OFFLOAD,
                        NextHop.Flag.TRAP,
                        NextHop.Flag.DEAD,
                        NextHop.Flag.LINKDOWN));
    }

    private Route quiet(Set<NextHop.Flag> without) {
        Builder builder = toBuilder();
        builder.flags = Set.of();
        builder.expires = null;
        builder.lookup = null;
        builder.others.clear();
        builder.nextHops.replaceAll(each -> each.withoutFlags(without));
        return builder.build();
    }

    /** A builder that begins with this route. */
    public Builder toBuilder() {
        var builder = new Builder(destination);
        builder.source = source;
        builder.trafficClass = trafficClass;
        builder.table = table;
        builder.protocol = protocol;
        builder.scope = scope;
        builder.type = type;
        builder.flags = flags;
        builder.priority = priority;
        builder.preferredSource = preferredSource;
        builder.nextHops.addAll(nextHops);
        builder.nextHopId = nextHopId;
        builder.metrics = metrics;
        builder.preference = preference;
        builder.expires = expires;
        builder.lookup = lookup;
        builder.others.addAll(others);
        return builder;
    }

    /** Makes a route step by step. What is not said is as {@code ip route add} has it. */
    public static final class Builder {
        final IpPrefix destination;
        @Nullable IpPrefix source;
        int trafficClass;
        RouteTable table = RouteTable.MAIN;
        RouteProtocol protocol = RouteProtocol.BOOT;
        @Nullable RouteScope scope;
        RouteType type = RouteType.UNICAST;
        Set<Flag> flags = Set.of();
        long priority;
        @Nullable IpAddress preferredSource;
        final List<NextHop> nextHops = new ArrayList<>();
        long nextHopId;
        RouteMetrics metrics = RouteMetrics.NONE;
        OptionalLong preference = OptionalLong.empty();
        @Nullable Duration expires;
        @Nullable Lookup lookup;
        final List<RawAttribute> others = new ArrayList<>();

        Builder(IpPrefix destination) {
            this.destination = destination.network();
        }

        /** By a router, on the link that the kernel finds. */
        public Builder via(String gateway) {
            return via(IpAddress.parse(gateway));
        }

        /** By a router, on the link that the kernel finds. */
        public Builder via(IpAddress gateway) {
            return nextHop(NextHop.via(gateway));
        }

        /** On a link, where the destinations are. */
        public Builder on(int link) {
            return nextHop(NextHop.on(link));
        }

        /** One more next hop; several share the packets by their weights. */
        public Builder nextHop(NextHop next) {
            nextHops.add(next);
            return this;
        }

        /** By a next hop object, see {@code ip nexthop}. */
        public Builder nextHopId(long id) {
            nextHopId = id;
            return this;
        }

        /** For packets from there only; IPv6. */
        public Builder source(IpPrefix prefix) {
            source = prefix;
            return this;
        }

        /** For packets of this class only; IPv4. */
        public Builder trafficClass(int value) {
            trafficClass = value;
            return this;
        }

        /** Where it is put; the main table by default. */
        public Builder table(RouteTable where) {
            table = where;
            return this;
        }

        /** Who makes it; {@link RouteProtocol#BOOT} by default. */
        public Builder protocol(RouteProtocol who) {
            protocol = who;
            return this;
        }

        /** How far away the destination is; by default what follows from type and gateway. */
        public Builder scope(RouteScope far) {
            scope = far;
            return this;
        }

        /** What is done with the packets; unicast by default. */
        public Builder type(RouteType what) {
            type = what;
            return this;
        }

        /** The lowest is taken. */
        public Builder priority(long lowFirst) {
            priority = lowFirst;
            return this;
        }

        /** The own address for packets that have none yet. */
        public Builder preferredSource(IpAddress own) {
            preferredSource = own;
            return this;
        }

        /** What it says about the way. */
        public Builder metrics(RouteMetrics about) {
            metrics = about;
            return this;
        }

        /** 0 medium, 1 high, 3 low; IPv6. */
        public Builder preference(int value) {
            preference = OptionalLong.of(value);
            return this;
        }

        /** It goes after a time, in whole seconds; IPv6. */
        public Builder expires(Duration after) {
            expires = after;
            return this;
        }

        private RouteScope likelyScope() {
            boolean direct = nextHops.stream().allMatch(each -> each.gateway() == null);
            return switch (type) {
                case LOCAL -> RouteScope.HOST;
                case BROADCAST, MULTICAST, ANYCAST -> RouteScope.LINK;
                case UNICAST, UNSPECIFIED ->
                        direct && nextHopId == 0 && destination.address().isIpv4()
                                ? RouteScope.LINK
                                : RouteScope.UNIVERSE;
                default -> RouteScope.UNIVERSE;
            };
        }

        /** The route. */
        public Route build() {
            return new Route(
                    destination,
                    source,
                    trafficClass,
                    table,
                    protocol,
                    scope == null ? likelyScope() : scope,
                    type,
                    flags,
                    priority,
                    preferredSource,
                    nextHops,
                    nextHopId,
                    metrics,
                    preference,
                    expires,
                    lookup,
                    others);
        }
    }
}
