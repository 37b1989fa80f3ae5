// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.internal.kernel.CStruct;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Another machine on a link, and its hardware address: what {@code ip -s neighbour} shows, an entry
 * of the ARP table or of IPv6 neighbour discovery.
 *
 * @param link the link's index
 * @param address the machine's IP address
 * @param hardwareAddress where it is; null if that is not known, and of a proxy entry
 * @param state how well that is known; empty of a proxy entry
 * @param flags how it is meant
 * @param type what its packets are, RTN_: mostly unicast
 * @param protocol who made it; {@link RouteProtocol#UNSPECIFIED} if nobody said
 * @param probes how often it was asked without an answer
 * @param cache when it was used, confirmed and changed; null of a proxy entry
 * @param others attributes that have no name here, as they came; not sent
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-neighbour.8.html">ip-neighbour(8)</a>
 */
public record Neighbour(
        int link,
        IpAddress address,
        @Nullable HardwareAddress hardwareAddress,
        Set<State> state,
        Set<Flag> flags,
        RouteType type,
        RouteProtocol protocol,
        long probes,
        @Nullable Cache cache,
        List<RawAttribute> others) {

    static final int RTM_NEWNEIGH = 28;
    static final int RTM_DELNEIGH = 29;
    static final int RTM_GETNEIGH = 30;

    static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NDA_CACHEINFO = 3;
    private static final int NDA_PROBES = 4;
    static final int NDA_IFINDEX = 8;
    static final int NDA_MASTER = 9;
    private static final int NDA_PROTOCOL = 12;
    private static final int NDA_FLAGS_EXT = 15;

    /** Where the flags of NDA_FLAGS_EXT are in a mask with the others. */
    private static final int EXTENDED = 8;

    private static final Set<State> USABLE =
            Set.of(State.REACHABLE, State.STALE, State.DELAY, State.PROBE, State.PERMANENT);

    /** The kernel counts the times of neighbours in USER_HZ: hundredths of a second. */
    private static final int TICK_MILLIS = 10;

    /** How well a neighbour is known: NUD_ and the name; RFC 4861, section 7.3.2. */
    public enum State {
        /** It was asked for, and did not answer yet. */
        INCOMPLETE(0x01),
        /** It was heard of a short time ago. */
        REACHABLE(0x02),
        /** It was not heard of for a while; it is used, and then confirmed. */
        STALE(0x04),
        /** It is used, and soon asked. */
        DELAY(0x08),
        /** It is being asked. */
        PROBE(0x10),
        /** It did not answer. */
        FAILED(0x20),
        /** It needs not be asked. */
        NOARP(0x40),
        /** The administrator says so. */
        PERMANENT(0x80);

        private final int bit;

        State(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    /** How a neighbour is meant: NTF_ and the name. */
    public enum Flag {
        /** To be used at once, so that it is asked. */
        USE(1),
        /** Of the link itself, not its master. */
        SELF(1 << 1),
        /** Of the link's master. */
        MASTER(1 << 2),
        /** This machine answers in its place. */
        PROXY(1 << 3),
        /** A program learnt it. */
        EXT_LEARNED(1 << 4),
        /** The hardware has it. */
        OFFLOADED(1 << 5),
        /** It stays where it is. */
        STICKY(1 << 6),
        /** It is a router. */
        ROUTER(1 << 7),
        /** The kernel keeps it resolved; since Linux 5.16. */
        MANAGED(1 << EXTENDED),
        /** It is locked: bridges do not learn it elsewhere; since Linux 6.2. */
        LOCKED(1 << (EXTENDED + 1));

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit; those of NDA_FLAGS_EXT are shifted left by 8. */
        public int bit() {
            return bit;
        }
    }

    /**
     * When an entry was used, confirmed and changed, as time that has passed since.
     *
     * @param confirmed since its machine was heard of
     * @param used since something was sent to it
     * @param updated since it was changed
     * @param references how many parts of the kernel hold it
     */
    public record Cache(Duration confirmed, Duration used, Duration updated, long references) {
        static Cache read(StructReader info) {
            return new Cache(
                    Duration.ofMillis(info.u32(Cacheinfo.ndm_confirmed) * TICK_MILLIS),
                    Duration.ofMillis(info.u32(Cacheinfo.ndm_used) * TICK_MILLIS),
                    Duration.ofMillis(info.u32(Cacheinfo.ndm_updated) * TICK_MILLIS),
                    info.u32(Cacheinfo.ndm_refcnt));
        }
    }

    @CStruct("struct ndmsg")
    static final class Ndmsg {
        static final int SIZEOF = 12;
        static final int ndm_family = 0;
        static final int ndm_ifindex = 4;
        static final int ndm_state = 8;
        static final int ndm_flags = 10;
        static final int ndm_type = 11;

        private Ndmsg() {}
    }

    @CStruct("struct nda_cacheinfo")
    private static final class Cacheinfo {
        static final int ndm_confirmed = 0;
        static final int ndm_used = 4;
        static final int ndm_updated = 8;
        static final int ndm_refcnt = 12;

        private Cacheinfo() {}
    }

    /** Copies the collections. */
    public Neighbour {
        state = Flags.copy(State.class, state);
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
    }

    /** One whose place the administrator knows, for ever. */
    public static Neighbour permanent(int link, IpAddress address, HardwareAddress where) {
        return of(link, address, where, Set.of(State.PERMANENT), Set.of());
    }

    /** One whose place is believed until it does not answer. */
    public static Neighbour reachable(int link, IpAddress address, HardwareAddress where) {
        return of(link, address, where, Set.of(State.REACHABLE), Set.of());
    }

    /** One that this machine answers for. */
    public static Neighbour proxy(int link, IpAddress address) {
        return of(link, address, null, Set.of(), Set.of(Flag.PROXY));
    }

    private static Neighbour of(
            int link,
            IpAddress address,
            @Nullable HardwareAddress where,
            Set<State> state,
            Set<Flag> flags) {
        return new Neighbour(
                link,
                address,
                where,
                state,
                flags,
                RouteType.UNSPECIFIED,
                RouteProtocol.UNSPECIFIED,
                0,
                null,
                List.of());
    }

    /** The same with these flags. */
    public Neighbour withFlags(Flag... newFlags) {
        return new Neighbour(
                link,
                address,
                hardwareAddress,
                state,
                Set.of(newFlags),
                type,
                protocol,
                probes,
                cache,
                others);
    }

    /** The same made by somebody. */
    public Neighbour withProtocol(RouteProtocol who) {
        return new Neighbour(
                link, address, hardwareAddress, state, flags, type, who, probes, cache, others);
    }

    /**
     * What a picture of neighbours has of it: whether packets can be sent to it, and where. How
     * lately it was heard of changes in silence. Null for one that nothing can be sent to, for a
     * proxy entry, and for one that needs no asking, which the kernel makes in silence.
     */
    @Nullable Neighbour quiet() {
        if (hardwareAddress == null || isProxy() || Collections.disjoint(state, USABLE)) {
            return null;
        }
        return new Neighbour(
                link,
                address,
                hardwareAddress,
                Set.of(state.contains(State.PERMANENT) ? State.PERMANENT : State.REACHABLE),
                flags,
                type,
                protocol,
                0,
                null,
                List.of());
    }

    /** Whether this machine answers in its place. */
    public boolean isProxy() {
        return flags.contains(Flag.PROXY);
    }

    /** What the message tells, null if it is of a family other than IPv4 and IPv6. */
    static @Nullable Neighbour read(PayloadReader payload) {
        StructReader header = payload.struct(Ndmsg.SIZEOF);
        int family = header.u8(Ndmsg.ndm_family);
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        IpAddress address = null;
        HardwareAddress where = null;
        RouteProtocol protocol = RouteProtocol.UNSPECIFIED;
        long flags = header.u8(Ndmsg.ndm_flags);
        long probes = 0;
        Cache cache = null;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case NDA_DST -> address = IpAddress.of(at.bytes());
                case NDA_LLADDR ->
                        where = at.length() == 0 ? null : new HardwareAddress(at.bytes());
                case NDA_PROBES -> probes = at.u32();
                case NDA_PROTOCOL -> protocol = new RouteProtocol(at.u8());
                case NDA_FLAGS_EXT -> flags |= at.u32() << EXTENDED;
                case NDA_CACHEINFO -> cache = Cache.read(at.struct());
                default -> others.add(RawAttribute.of(at));
            }
        }
        if (address == null) {
            throw new IllegalArgumentException("no NDA_DST");
        }
        return new Neighbour(
                header.s32(Ndmsg.ndm_ifindex),
                address,
                where,
                Flags.of(State.class, State::bit, header.u16(Ndmsg.ndm_state)),
                Flags.of(Flag.class, Flag::bit, flags),
                RouteType.of(header.u8(Ndmsg.ndm_type)),
                protocol,
                probes,
                cache,
                others);
    }

    /** RTM_NEWNEIGH or RTM_DELNEIGH. */
    NetlinkRequest request(int messageType, int messageFlags) {
        String name = messageType == RTM_NEWNEIGH ? "RTM_NEWNEIGH" : "RTM_DELNEIGH";
        return NetlinkRequest.of(messageType, messageFlags, this::write).named(name);
    }

    private void write(AttributeWriter to) {
        long bits = Flags.bits(flags, Flag::bit);
        to.struct(
                Ndmsg.SIZEOF,
                header ->
                        header.u8(Ndmsg.ndm_family, address.family())
                                .u32(Ndmsg.ndm_ifindex, link)
                                .u16(Ndmsg.ndm_state, (int) Flags.bits(state, State::bit))
                                .u8(Ndmsg.ndm_flags, (int) bits & 0xFF)
                                .u8(Ndmsg.ndm_type, type.number()));
        to.bytes(NDA_DST, address.toBytes());
        if (hardwareAddress != null) {
            to.bytes(NDA_LLADDR, hardwareAddress.bytes());
        }
        if (bits >>> EXTENDED != 0) {
            to.u32(NDA_FLAGS_EXT, bits >>> EXTENDED);
        }
        if (!protocol.equals(RouteProtocol.UNSPECIFIED)) {
            to.u8(NDA_PROTOCOL, protocol.number());
        }
    }
}
