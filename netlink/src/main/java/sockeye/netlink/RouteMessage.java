// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.internal.kernel.CStruct;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** A route as a message has it: struct rtmsg and the attributes RTA_. */
final class RouteMessage {
    static final int RTM_NEWROUTE = 24;
    static final int RTM_DELROUTE = 25;
    static final int RTM_GETROUTE = 26;

    static final int RTA_DST = 1;
    static final int RTA_SRC = 2;
    static final int RTA_IIF = 3;
    static final int RTA_OIF = 4;
    private static final int RTA_GATEWAY = 5;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_PREFSRC = 7;
    private static final int RTA_METRICS = 8;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_CACHEINFO = 12;
    static final int RTA_TABLE = 15;
    static final int RTA_MARK = 16;
    private static final int RTA_VIA = 18;
    private static final int RTA_PREF = 20;
    private static final int RTA_ENCAP_TYPE = 21;
    private static final int RTA_ENCAP = 22;
    private static final int RTA_EXPIRES = 23;
    private static final int RTA_PAD = 24;
    static final int RTA_UID = 25;
    static final int RTA_IP_PROTO = 27;
    static final int RTA_SPORT = 28;
    static final int RTA_DPORT = 29;
    private static final int RTA_NH_ID = 30;

    static final int RTM_F_LOOKUP_TABLE = 0x1000;
    static final int RTM_F_FIB_MATCH = 0x2000;

    /** In rtm_flags, those of the one next hop are the low bits. */
    private static final int NEXT_HOP_BITS = 0xFF;

    private static final int RT_TABLE_COMPAT = 252;

    @CStruct("struct rtmsg")
    static final class Rtmsg {
        static final int SIZEOF = 12;
        static final int rtm_family = 0;
        static final int rtm_dst_len = 1;
        static final int rtm_src_len = 2;
        static final int rtm_tos = 3;
        static final int rtm_table = 4;
        static final int rtm_protocol = 5;
        static final int rtm_scope = 6;
        static final int rtm_type = 7;
        static final int rtm_flags = 8;

        private Rtmsg() {}
    }

    @CStruct("struct rtnexthop")
    private static final class Rtnexthop {
        static final int SIZEOF = 8;
        static final int rtnh_len = 0;
        static final int rtnh_flags = 2;
        static final int rtnh_hops = 3;
        static final int rtnh_ifindex = 4;

        private Rtnexthop() {}
    }

    @CStruct("struct rtvia")
    private static final class Rtvia {
        static final int SIZEOF = 2;
        static final int rtvia_family = 0;

        private Rtvia() {}
    }

    @CStruct("struct rta_cacheinfo")
    private static final class Cacheinfo {
        static final int rta_expires = 8;
        static final int rta_error = 12;

        private Cacheinfo() {}
    }

    private RouteMessage() {}

    /** What a next hop has as attributes, be it the one of a route or one of several. */
    private static final class Hop {
        @Nullable IpAddress gateway;
        int link;
        int weight = 1;
        long flags;
        int encapsulation;
        List<RawAttribute> around = List.of();

        /** Takes what is of a next hop; false for an attribute that is not. */
        boolean take(AttributeReader at) {
            switch (at.type()) {
                case RTA_GATEWAY -> gateway = IpAddress.of(at.bytes());
                case RTA_VIA -> gateway = via(at.struct());
                case RTA_ENCAP_TYPE -> encapsulation = at.u16();
                case RTA_ENCAP -> around = RawAttribute.all(at.nested());
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static IpAddress via(StructReader via) {
            int length = via.length() - Rtvia.SIZEOF;
            return IpAddress.of(via.bytes(Rtvia.SIZEOF, Math.max(length, 0)));
        }

        boolean isThere() {
            return gateway != null || link != 0 || encapsulation != 0;
        }

        NextHop done() {
            return new NextHop(
                    gateway,
                    link,
                    weight,
                    Flags.of(NextHop.Flag.class, NextHop.Flag::bit, flags),
                    encapsulation == 0 ? null : new NextHop.Encapsulation(encapsulation, around));
        }
    }

    /** What the message tells, null if it is of a family other than IPv4 and IPv6. */
    static @Nullable Route read(PayloadReader payload) {
        StructReader header = payload.struct(Rtmsg.SIZEOF);
        int family = header.u8(Rtmsg.rtm_family);
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        long table = header.u8(Rtmsg.rtm_table);
        long flags = header.u32(Rtmsg.rtm_flags);
        IpAddress destination = IpPrefix.all(family).address();
        IpAddress source = null;
        long priority = 0;
        IpAddress preferredSource = null;
        List<NextHop> several = List.of();
        long nextHopId = 0;
        RouteMetrics metrics = RouteMetrics.NONE;
        OptionalLong preference = OptionalLong.empty();
        Duration expires = null;
        int inputLink = 0;
        long mark = 0;
        OptionalLong user = OptionalLong.empty();
        int error = 0;
        List<RawAttribute> others = new ArrayList<>();
        var hop = new Hop();
        hop.flags = flags & NEXT_HOP_BITS;
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case RTA_DST -> destination = IpAddress.of(at.bytes());
                case RTA_SRC -> source = IpAddress.of(at.bytes());
                case RTA_IIF -> inputLink = at.s32();
                case RTA_OIF -> hop.link = at.s32();
                case RTA_PRIORITY -> priority = at.u32();
                case RTA_PREFSRC -> preferredSource = IpAddress.of(at.bytes());
                case RTA_METRICS -> metrics = RouteMetrics.read(at.nested());
                case RTA_MULTIPATH -> several = hops(at.payload());
                case RTA_TABLE -> table = at.u32();
                case RTA_MARK -> mark = at.u32();
                case RTA_UID -> user = OptionalLong.of(at.u32());
                case RTA_PREF -> preference = OptionalLong.of(at.u8());
                case RTA_EXPIRES -> expires = Duration.ofSeconds(at.u32());
                case RTA_NH_ID -> nextHopId = at.u32();
                case RTA_CACHEINFO -> {
                    StructReader info = at.struct();
                    error = info.s32(Cacheinfo.rta_error);
                    int ticks = info.s32(Cacheinfo.rta_expires);
                    if (ticks != 0) {
                        expires = Duration.ofMillis(ticks * 10L);
                    }
                }
                case RTA_PAD -> {}
                default -> {
                    if (!hop.take(at)) {
                        others.add(RawAttribute.of(at));
                    }
                }
            }
        }
        List<NextHop> one = hop.isThere() ? List.of(hop.done()) : List.of();
        int sourceLength = header.u8(Rtmsg.rtm_src_len);
        Route.Lookup lookup = new Route.Lookup(inputLink, mark, user, Math.abs(error));
        return new Route(
                new IpPrefix(destination, header.u8(Rtmsg.rtm_dst_len)),
                source == null && sourceLength == 0
                        ? null
                        : new IpPrefix(
                                source == null ? IpPrefix.all(family).address() : source,
                                sourceLength),
                header.u8(Rtmsg.rtm_tos),
                new RouteTable(table),
                new RouteProtocol(header.u8(Rtmsg.rtm_protocol)),
                new RouteScope(header.u8(Rtmsg.rtm_scope)),
                RouteType.of(header.u8(Rtmsg.rtm_type)),
                Flags.of(Route.Flag.class, Route.Flag::bit, flags),
                priority,
                preferredSource,
                several.isEmpty() ? one : several,
                nextHopId,
                metrics,
                preference,
                expires,
                lookup.equals(NOTHING) ? null : lookup,
                others);
    }

    private static final Route.Lookup NOTHING = new Route.Lookup(0, 0, OptionalLong.empty(), 0);

    /** RTA_MULTIPATH: structures, each with its length and attributes of its own. */
    private static List<NextHop> hops(PayloadReader payload) {
        List<NextHop> all = new ArrayList<>();
        while (payload.remaining() >= Rtnexthop.SIZEOF) {
            PayloadReader part = payload.part(Rtnexthop.rtnh_len, Rtnexthop.SIZEOF);
            StructReader header = part.struct(Rtnexthop.SIZEOF);
            var hop = new Hop();
            hop.flags = header.u8(Rtnexthop.rtnh_flags);
            hop.weight = header.u8(Rtnexthop.rtnh_hops) + 1;
            hop.link = header.s32(Rtnexthop.rtnh_ifindex);
            for (AttributeReader at = part.attributes(); at.next(); ) {
                hop.take(at);
            }
            all.add(hop.done());
        }
        return all;
    }

    /** RTM_NEWROUTE or RTM_DELROUTE. */
    static NetlinkRequest request(int type, int flags, Route route) {
        String name = type == RTM_NEWROUTE ? "RTM_NEWROUTE" : "RTM_DELROUTE";
        return NetlinkRequest.of(type, flags, payload -> write(payload, route)).named(name);
    }

    private static void write(AttributeWriter to, Route route) {
        List<NextHop> hops = route.nextHops();
        boolean single = hops.size() == 1;
        IpPrefix source = route.source();
        long table = route.table().number();
        to.struct(
                Rtmsg.SIZEOF,
                header ->
                        header.u8(Rtmsg.rtm_family, route.family())
                                .u8(Rtmsg.rtm_dst_len, route.destination().length())
                                .u8(Rtmsg.rtm_src_len, source == null ? 0 : source.length())
                                .u8(Rtmsg.rtm_tos, route.trafficClass())
                                .u8(Rtmsg.rtm_table, table <= 0xFF ? (int) table : RT_TABLE_COMPAT)
                                .u8(Rtmsg.rtm_protocol, route.protocol().number())
                                .u8(Rtmsg.rtm_scope, route.scope().number())
                                .u8(Rtmsg.rtm_type, route.type().number())
                                .u32(
                                        Rtmsg.rtm_flags,
                                        single ? settable(hops.getFirst().flags()) : 0));
        to.bytes(RTA_DST, route.destination().address().toBytes());
        if (source != null) {
            to.bytes(RTA_SRC, source.address().toBytes());
        }
        to.u32(RTA_TABLE, table);
        if (route.priority() != 0) {
            to.u32(RTA_PRIORITY, route.priority());
        }
        IpAddress preferred = route.preferredSource();
        if (preferred != null) {
            to.bytes(RTA_PREFSRC, preferred.toBytes());
        }
        if (!route.metrics().equals(RouteMetrics.NONE)) {
            to.nest(RTA_METRICS, route.metrics()::write);
        }
        if (route.nextHopId() != 0) {
            to.u32(RTA_NH_ID, route.nextHopId());
        } else if (single) {
            NextHop hop = hops.getFirst();
            if (hop.link() != 0) {
                to.u32(RTA_OIF, hop.link());
            }
            write(to, route.family(), hop);
        } else if (!hops.isEmpty()) {
            to.nest(RTA_MULTIPATH, nest -> hops.forEach(hop -> part(nest, route.family(), hop)));
        }
        route.preference().ifPresent(value -> to.u8(RTA_PREF, (int) value));
        Duration expires = route.expires();
        if (expires != null) {
            to.u32(RTA_EXPIRES, expires.toSeconds());
        }
        route.others().forEach(each -> each.write(to));
    }

    /** The flags that are not the kernel's alone. */
    private static long settable(Set<NextHop.Flag> flags) {
        var set = EnumSet.of(NextHop.Flag.ONLINK, NextHop.Flag.PERVASIVE);
        set.retainAll(flags);
        return Flags.bits(set, NextHop.Flag::bit);
    }

    private static void part(AttributeWriter to, int family, NextHop hop) {
        var attributes = new AttributeWriter();
        write(attributes, family, hop);
        byte[] after = attributes.toBytes();
        to.struct(
                Rtnexthop.SIZEOF + after.length,
                header ->
                        header.u16(Rtnexthop.rtnh_len, Rtnexthop.SIZEOF + after.length)
                                .u8(Rtnexthop.rtnh_flags, (int) settable(hop.flags()))
                                .u8(Rtnexthop.rtnh_hops, hop.weight() - 1)
                                .u32(Rtnexthop.rtnh_ifindex, hop.link())
                                .bytes(Rtnexthop.SIZEOF, after));
    }

    private static void write(AttributeWriter to, int family, NextHop hop) {
        IpAddress gateway = hop.gateway();
        if (gateway != null && gateway.family() == family) {
            to.bytes(RTA_GATEWAY, gateway.toBytes());
        } else if (gateway != null) {
            byte[] address = gateway.toBytes();
            to.struct(
                    RTA_VIA,
                    Rtvia.SIZEOF + address.length,
                    via ->
                            via.u16(Rtvia.rtvia_family, gateway.family())
                                    .bytes(Rtvia.SIZEOF, address));
        }
        NextHop.Encapsulation around = hop.encapsulation();
        if (around != null) {
            to.u16(RTA_ENCAP_TYPE, around.type());
            to.nest(RTA_ENCAP, nest -> around.attributes().forEach(each -> each.write(nest)));
        }
    }
}
