// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.IpAddress;
import sockeye.internal.kernel.CStruct;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * An IP address that a link has: what {@code ip -d address} shows.
 *
 * <pre>{@code
 * route.add(LinkAddress.of(link.index(), IpPrefix.parse("192.0.2.1/24")));
 * }</pre>
 *
 * @param link the link's index
 * @param prefix the address, with the length of its network; with a peer, of the peer's
 * @param peer the other end of a point-to-point link; null for none
 * @param broadcast the address of everybody, IPv4 only; null for none
 * @param scope who may use it
 * @param flags what there is to know beside
 * @param label a name that begins with the link's, IPv4 only, up to 15 bytes; null for none
 * @param lifetime how long it lives
 * @param protocol who made it, IFAPROT_: 0 nobody says, 1 the kernel for loopback, 2 by a router's
 *     advertisement, 3 the kernel for the link; since Linux 5.18
 * @param metric the priority of the route that it brings; 0 for the default
 * @param others attributes that have no name here, as they came; not sent
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7), RTM_NEWADDR
 *     </a>
 */
public record LinkAddress(
        int link,
        IpPrefix prefix,
        @Nullable IpAddress peer,
        @Nullable IpAddress broadcast,
        RouteScope scope,
        Set<AddressFlag> flags,
        @Nullable String label,
        Lifetime lifetime,
        int protocol,
        long metric,
        List<RawAttribute> others) {

    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;

    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_LABEL = 3;
    private static final int IFA_BROADCAST = 4;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_RT_PRIORITY = 9;
    private static final int IFA_PROTO = 11;

    /** What the administrator does not set. */
    private static final Set<AddressFlag> OF_THE_KERNEL =
            Set.of(
                    AddressFlag.SECONDARY,
                    AddressFlag.DADFAILED,
                    AddressFlag.DEPRECATED,
                    AddressFlag.TENTATIVE,
                    AddressFlag.PERMANENT,
                    AddressFlag.STABLE_PRIVACY);

    @CStruct("struct ifaddrmsg")
    static final class Ifaddrmsg {
        static final int SIZEOF = 8;
        static final int ifa_family = 0;
        static final int ifa_prefixlen = 1;
        static final int ifa_flags = 2;
        static final int ifa_scope = 3;
        static final int ifa_index = 4;

        private Ifaddrmsg() {}
    }

    @CStruct("struct ifa_cacheinfo")
    private static final class Cacheinfo {
        static final int SIZEOF = 16;
        static final int ifa_prefered = 0;
        static final int ifa_valid = 4;
        static final int cstamp = 8;
        static final int tstamp = 12;

        private Cacheinfo() {}
    }

    /**
     * How long an address lives.
     *
     * @param valid how much longer it is there; null for ever
     * @param preferred how much longer it is for new connections; null for ever
     * @param created when it was made, as time since boot
     * @param updated when it was last changed, as time since boot
     */
    public record Lifetime(
            @Nullable Duration valid,
            @Nullable Duration preferred,
            Duration created,
            Duration updated) {
        /** Always. */
        public static final Lifetime FOREVER = of(null, null);

        private static final long INFINITY = 0xFFFF_FFFFL;
        private static final int TICK_MILLIS = 10;

        /**
         * A lifetime to be set, in whole seconds; null for ever. The kernel refuses one that is
         * preferred for longer than it is valid, EINVAL.
         */
        public static Lifetime of(@Nullable Duration valid, @Nullable Duration preferred) {
            return new Lifetime(valid, preferred, Duration.ZERO, Duration.ZERO);
        }

        private static @Nullable Duration left(long seconds) {
            return seconds == INFINITY ? null : Duration.ofSeconds(seconds);
        }

        private static long seconds(@Nullable Duration time) {
            return time == null ? INFINITY : time.toSeconds();
        }
    }

    /** Copies the collections. */
    public LinkAddress {
        flags = Flags.copy(AddressFlag.class, flags);
        others = List.copyOf(others);
    }

    /**
     * An address that lives for ever and may be used by everybody; of IPv4, by the link's own
     * network for a link-local one, and by this machine for a loopback one.
     */
    public static LinkAddress of(int link, IpPrefix prefix) {
        return new LinkAddress(
                link,
                prefix,
                null,
                null,
                scopeOf(prefix.address()),
                Set.of(),
                null,
                Lifetime.FOREVER,
                0,
                0,
                List.of());
    }

    private static RouteScope scopeOf(IpAddress address) {
        if (address.isLoopback()) {
            return RouteScope.HOST;
        }
        return address.isLinkLocal() ? RouteScope.LINK : RouteScope.UNIVERSE;
    }

    /** The same with another end. */
    public LinkAddress withPeer(IpAddress newPeer) {
        return new LinkAddress(
                link, prefix, newPeer, broadcast, scope, flags, label, lifetime, protocol, metric,
                others);
    }

    /** The same with an address of everybody. */
    public LinkAddress withBroadcast(IpAddress everybody) {
        return new LinkAddress(
                link, prefix, peer, everybody, scope, flags, label, lifetime, protocol, metric,
                others);
    }

    /** The same for others to use. */
    public LinkAddress withScope(RouteScope newScope) {
        return new LinkAddress(
                link, prefix, peer, broadcast, newScope, flags, label, lifetime, protocol, metric,
                others);
    }

    /** The same with these flags; of those that only the kernel sets none is sent. */
    public LinkAddress withFlags(AddressFlag... newFlags) {
        return new LinkAddress(
                link,
                prefix,
                peer,
                broadcast,
                scope,
                Set.of(newFlags),
                label,
                lifetime,
                protocol,
                metric,
                others);
    }

    /** The same with a name; EINVAL if it does not begin with the link's. */
    public LinkAddress withLabel(String newLabel) {
        return new LinkAddress(
                link, prefix, peer, broadcast, scope, flags, newLabel, lifetime, protocol, metric,
                others);
    }

    /** The same for a time. */
    public LinkAddress withLifetime(Lifetime newLifetime) {
        return new LinkAddress(
                link,
                prefix,
                peer,
                broadcast,
                scope,
                flags,
                label,
                newLifetime,
                protocol,
                metric,
                others);
    }

    /** The same with another priority of its route. */
    public LinkAddress withMetric(long newMetric) {
        return new LinkAddress(
                link, prefix, peer, broadcast, scope, flags, label, lifetime, protocol, newMetric,
                others);
    }

    /** The address. */
    public IpAddress address() {
        return prefix.address();
    }

    /** What the message tells, null if it is of a family other than IPv4 and IPv6. */
    static @Nullable LinkAddress read(PayloadReader payload) {
        StructReader header = payload.struct(Ifaddrmsg.SIZEOF);
        int family = header.u8(Ifaddrmsg.ifa_family);
        if (family != AddressFamily.AF_INET && family != AddressFamily.AF_INET6) {
            return null;
        }
        IpAddress address = null;
        IpAddress local = null;
        IpAddress broadcast = null;
        String label = null;
        Lifetime lifetime = Lifetime.FOREVER;
        long flags = header.u8(Ifaddrmsg.ifa_flags);
        long metric = 0;
        int protocol = 0;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case IFA_ADDRESS -> address = IpAddress.of(at.bytes());
                case IFA_LOCAL -> local = IpAddress.of(at.bytes());
                case IFA_BROADCAST -> broadcast = IpAddress.of(at.bytes());
                case IFA_LABEL -> label = at.string();
                case IFA_CACHEINFO -> lifetime = lifetime(at.struct());
                case IFA_FLAGS -> flags = at.u32();
                case IFA_RT_PRIORITY -> metric = at.u32();
                case IFA_PROTO -> protocol = at.u8();
                default -> others.add(RawAttribute.of(at));
            }
        }
        IpAddress own = local != null ? local : address;
        if (own == null) {
            throw new IllegalArgumentException("neither IFA_LOCAL nor IFA_ADDRESS");
        }
        return new LinkAddress(
                header.s32(Ifaddrmsg.ifa_index),
                new IpPrefix(own, header.u8(Ifaddrmsg.ifa_prefixlen)),
                own.equals(address) ? null : address,
                broadcast,
                new RouteScope(header.u8(Ifaddrmsg.ifa_scope)),
                Flags.of(AddressFlag.class, AddressFlag::bit, flags),
                label,
                lifetime,
                protocol,
                metric,
                others);
    }

    private static Lifetime lifetime(StructReader info) {
        return new Lifetime(
                Lifetime.left(info.u32(Cacheinfo.ifa_valid)),
                Lifetime.left(info.u32(Cacheinfo.ifa_prefered)),
                Duration.ofMillis(info.u32(Cacheinfo.cstamp) * Lifetime.TICK_MILLIS),
                Duration.ofMillis(info.u32(Cacheinfo.tstamp) * Lifetime.TICK_MILLIS));
    }

    /** RTM_NEWADDR or RTM_DELADDR. */
    NetlinkRequest request(int type, int flags) {
        String name = type == RTM_NEWADDR ? "RTM_NEWADDR" : "RTM_DELADDR";
        return NetlinkRequest.of(type, flags, payload -> write(payload, type)).named(name);
    }

    private void write(AttributeWriter to, int type) {
        to.struct(
                Ifaddrmsg.SIZEOF,
                header ->
                        header.u8(Ifaddrmsg.ifa_family, address().family())
                                .u8(Ifaddrmsg.ifa_prefixlen, prefix.length())
                                .u8(Ifaddrmsg.ifa_scope, scope.number())
                                .u32(Ifaddrmsg.ifa_index, link));
        to.bytes(IFA_LOCAL, address().toBytes());
        to.bytes(IFA_ADDRESS, (peer == null ? address() : peer).toBytes());
        if (label != null) {
            to.string(IFA_LABEL, label);
        }
        if (type != RTM_NEWADDR) {
            return;
        }
        if (broadcast != null) {
            to.bytes(IFA_BROADCAST, broadcast.toBytes());
        }
        long bits = 0;
        for (AddressFlag each : flags) {
            bits |= OF_THE_KERNEL.contains(each) ? 0 : each.bit();
        }
        to.u32(IFA_FLAGS, bits);
        if (lifetime.valid() != null || lifetime.preferred() != null) {
            to.struct(
                    IFA_CACHEINFO,
                    Cacheinfo.SIZEOF,
                    info ->
                            info.u32(Cacheinfo.ifa_valid, Lifetime.seconds(lifetime.valid()))
                                    .u32(
                                            Cacheinfo.ifa_prefered,
                                            Lifetime.seconds(lifetime.preferred())));
        }
        if (metric != 0) {
            to.u32(IFA_RT_PRIORITY, metric);
        }
        if (protocol != 0) {
            to.u8(IFA_PROTO, protocol);
        }
    }
}
