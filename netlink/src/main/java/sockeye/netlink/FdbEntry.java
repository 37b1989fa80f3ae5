// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_BRIDGE;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.netlink.Neighbour.Flag;
import sockeye.netlink.Neighbour.Ndmsg;
import sockeye.netlink.Neighbour.State;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * An entry of a forwarding database: which way a hardware address is. What {@code bridge -s fdb}
 * shows. A bridge learns such entries from what it forwards, others are made; devices have lists of
 * their own ({@link Flag#SELF}), by which their hardware takes packets in, and a VXLAN device knows
 * from its list behind which machine an address is.
 *
 * <pre>{@code
 * bridge.add(FdbEntry.fixed(port, HardwareAddress.parse("02:00:5e:10:00:01")).withVlan(7));
 * }</pre>
 *
 * @param link the index of the port, or of the device whose own list it is in
 * @param address the hardware address; all zero in the list of a VXLAN device is the default
 * @param master the index of the bridge whose database it is in; 0 in a device's own list
 * @param vlan 1 to 4094; 0 for none
 * @param state {@link State#PERMANENT}: it is an address of this machine, packets for it go up;
 *     {@link State#NOARP}: it stays, and was not learnt; {@link State#REACHABLE}: it ages; {@link
 *     State#STALE}: its time is over, and it is about to go
 * @param flags how it is meant; {@link Flag#SELF} is of the device's own list
 * @param remote behind which machine, of VXLAN; null for none
 * @param remotePort by which UDP port of it, 0 for the device's
 * @param vni with which VXLAN network identifier, −1 for the device's
 * @param remoteLink by the link of which index, 0 for the one that the route says
 * @param nextHopId the next hop object that says where, 0 for none
 * @param protocol who made it; {@link RouteProtocol#UNSPECIFIED} if nobody said
 * @param cache when it was used and changed, which the kernel tells of bridges; null if it does not
 *     say
 * @param others attributes that have no name here, as they came; not sent
 * @see <a href="https://man7.org/linux/man-pages/man8/bridge.8.html">bridge(8)</a>
 */
public record FdbEntry(
        int link,
        HardwareAddress address,
        int master,
        int vlan,
        Set<State> state,
        Set<Flag> flags,
        @Nullable IpAddress remote,
        int remotePort,
        long vni,
        int remoteLink,
        long nextHopId,
        RouteProtocol protocol,
        Neighbour.@Nullable Cache cache,
        List<RawAttribute> others) {

    static final int NDA_LLADDR = 2;
    private static final int NDA_DST = 1;
    private static final int NDA_CACHEINFO = 3;
    static final int NDA_VLAN = 5;
    private static final int NDA_PORT = 6;
    private static final int NDA_VNI = 7;
    private static final int NDA_IFINDEX = 8;
    static final int NDA_MASTER = 9;
    private static final int NDA_PROTOCOL = 12;
    private static final int NDA_NH_ID = 13;
    private static final int NDA_FLAGS_EXT = 15;
    private static final int EXTENDED = 8;

    /** Copies the collections. */
    public FdbEntry {
        state = Flags.copy(State.class, state);
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
    }

    /** An address of this machine: what comes for it goes up, not to another port. */
    public static FdbEntry permanent(int link, HardwareAddress address) {
        return of(link, address, Set.of(State.PERMANENT));
    }

    /** One that stays at its port, wherever its packets come from. */
    public static FdbEntry fixed(int link, HardwareAddress address) {
        return of(link, address, Set.of(State.NOARP));
    }

    /** One as if it had been learnt: it ages, and moves with its packets. */
    public static FdbEntry dynamic(int link, HardwareAddress address) {
        return of(link, address, Set.of(State.REACHABLE));
    }

    private static FdbEntry of(int link, HardwareAddress address, Set<State> state) {
        return new FdbEntry(
                link,
                address,
                0,
                0,
                state,
                Set.of(),
                null,
                0,
                -1,
                0,
                0,
                RouteProtocol.UNSPECIFIED,
                null,
                List.of());
    }

    /** The same in a VLAN. */
    public FdbEntry withVlan(int number) {
        return with(number, state, flags, remote, vni, cache);
    }

    /** The same with these flags: {@link Flag#SELF} for the device's own list. */
    public FdbEntry withFlags(Flag... newFlags) {
        return with(vlan, state, Set.of(newFlags), remote, vni, cache);
    }

    /** The same behind another machine: of a VXLAN device, in its own list. */
    public FdbEntry behind(IpAddress machine) {
        var own = EnumSet.of(Flag.SELF);
        own.addAll(flags);
        return with(vlan, state, own, machine, vni, cache);
    }

    /** The same with a network identifier of its own; VXLAN. */
    public FdbEntry withVni(long identifier) {
        return with(vlan, state, flags, remote, identifier, cache);
    }

    /** Without its ages; one whose time is over still counts as there. */
    FdbEntry quiet() {
        return with(
                vlan,
                state.contains(State.STALE) ? Set.of(State.REACHABLE) : state,
                flags,
                remote,
                vni,
                null);
    }

    private FdbEntry with(
            int newVlan,
            Set<State> newState,
            Set<Flag> newFlags,
            @Nullable IpAddress newRemote,
            long newVni,
            Neighbour.@Nullable Cache newCache) {
        return new FdbEntry(
                link,
                address,
                master,
                newVlan,
                newState,
                newFlags,
                newRemote,
                remotePort,
                newVni,
                remoteLink,
                nextHopId,
                protocol,
                newCache,
                newCache == null ? List.of() : others);
    }

    /** Whether it is in a device's own list, not in a bridge's database. */
    public boolean isSelf() {
        return flags.contains(Flag.SELF);
    }

    /** Whether it is the bridge's own, at none of its ports. */
    private boolean isOfBridge() {
        return master != 0 && master == link;
    }

    /** What the message tells, null if it is of another family than AF_BRIDGE. */
    static @Nullable FdbEntry read(PayloadReader payload) {
        StructReader header = payload.struct(Ndmsg.SIZEOF);
        if (header.u8(Ndmsg.ndm_family) != AF_BRIDGE) {
            return null;
        }
        HardwareAddress address = null;
        int master = 0;
        int vlan = 0;
        long flags = header.u8(Ndmsg.ndm_flags);
        IpAddress remote = null;
        int remotePort = 0;
        long vni = -1;
        int remoteLink = 0;
        long nextHopId = 0;
        RouteProtocol protocol = RouteProtocol.UNSPECIFIED;
        Neighbour.Cache cache = null;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case NDA_LLADDR -> address = new HardwareAddress(at.bytes());
                case NDA_MASTER -> master = at.s32();
                case NDA_VLAN -> vlan = at.u16();
                case NDA_DST -> remote = IpAddress.of(at.bytes());
                case NDA_PORT -> remotePort = at.be16();
                case NDA_VNI -> vni = at.u32();
                case NDA_IFINDEX -> remoteLink = at.s32();
                case NDA_NH_ID -> nextHopId = at.u32();
                case NDA_PROTOCOL -> protocol = new RouteProtocol(at.u8());
                case NDA_FLAGS_EXT -> flags |= at.u32() << EXTENDED;
                case NDA_CACHEINFO -> cache = Neighbour.Cache.read(at.struct());
                default -> others.add(RawAttribute.of(at));
            }
        }
        if (address == null) {
            throw new IllegalArgumentException("no NDA_LLADDR");
        }
        return new FdbEntry(
                header.s32(Ndmsg.ndm_ifindex),
                address,
                master,
                vlan,
                Flags.of(State.class, State::bit, header.u16(Ndmsg.ndm_state)),
                Flags.of(Flag.class, Flag::bit, flags),
                remote,
                remotePort,
                vni,
                remoteLink,
                nextHopId,
                protocol,
                cache,
                others);
    }

    /** RTM_NEWNEIGH or RTM_DELNEIGH. */
    NetlinkRequest request(int messageType, int messageFlags) {
        boolean made = messageType == Neighbour.RTM_NEWNEIGH;
        return NetlinkRequest.of(messageType, messageFlags, to -> write(to, made))
                .named(made ? "RTM_NEWNEIGH" : "RTM_DELNEIGH");
    }

    private void write(AttributeWriter to, boolean made) {
        long bits = Flags.bits(flags, Flag::bit);
        // An entry of the bridge itself is asked for at the bridge, not at a port; and a flag of
        // another meaning must not hide whose list it is.
        long whose = (isSelf() || isOfBridge() ? Flag.SELF : Flag.MASTER).bit();
        to.struct(
                Ndmsg.SIZEOF,
                header ->
                        header.u8(Ndmsg.ndm_family, AF_BRIDGE)
                                .u32(Ndmsg.ndm_ifindex, link)
                                .u16(Ndmsg.ndm_state, (int) Flags.bits(state, State::bit))
                                .u8(Ndmsg.ndm_flags, (int) (bits | whose) & 0xFF));
        to.bytes(NDA_LLADDR, address.bytes());
        if (vlan != 0) {
            to.u16(NDA_VLAN, vlan);
        }
        if (remote != null) {
            to.bytes(NDA_DST, remote.toBytes());
        }
        if (remotePort != 0) {
            to.be16(NDA_PORT, remotePort);
        }
        if (vni >= 0) {
            to.u32(NDA_VNI, vni);
        }
        if (remoteLink != 0) {
            to.u32(NDA_IFINDEX, remoteLink);
        }
        if (nextHopId != 0) {
            to.u32(NDA_NH_ID, nextHopId);
        }
        // What says how it is meant is for making it; to find it again is not.
        if (made && bits >>> EXTENDED != 0) {
            to.u32(NDA_FLAGS_EXT, bits >>> EXTENDED);
        }
        if (made && !protocol.equals(RouteProtocol.UNSPECIFIED)) {
            to.u8(NDA_PROTOCOL, protocol.number());
        }
    }
}
