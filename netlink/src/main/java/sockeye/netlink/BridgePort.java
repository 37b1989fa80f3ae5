// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A port of a bridge.
 *
 * @param state what it does with packets
 * @param priority 0 to 63; the lowest is preferred in the spanning tree
 * @param cost what a way through it costs in the spanning tree
 * @param number its number in the bridge, counted from 1
 * @param id number and priority as the spanning tree has them
 * @param flags how it behaves
 * @param others what else the kernel told, as it came
 */
public record BridgePort(
        State state,
        int priority,
        long cost,
        int number,
        int id,
        Set<Flag> flags,
        List<RawAttribute> others)
        implements LinkPort {

    private static final int IFLA_BRPORT_STATE = 1;
    private static final int IFLA_BRPORT_PRIORITY = 2;
    private static final int IFLA_BRPORT_COST = 3;
    private static final int IFLA_BRPORT_ID = 17;
    private static final int IFLA_BRPORT_NO = 18;

    /** What a port does with packets. */
    public enum State {
        // In the order of the kernel's numbers.

        /** Nothing: it is down. */
        DISABLED,
        /** It listens to the spanning tree. */
        LISTENING,
        /** It learns addresses. */
        LEARNING,
        /** It forwards. */
        FORWARDING,
        /** The spanning tree does not need it. */
        BLOCKING,
        /** A number that this version does not know. */
        UNKNOWN;

        private static final State[] ALL = values();

        static State of(int number) {
            return number < ALL.length ? ALL[number] : UNKNOWN;
        }
    }

    /** How a port behaves; the number is the attribute that says so. */
    public enum Flag {
        /** Packets may leave by the port they came in by (IFLA_BRPORT_MODE). */
        HAIRPIN(4),
        /** Spanning tree packets are dropped. */
        GUARD(5),
        /** It may not lead to the root (IFLA_BRPORT_PROTECT). */
        ROOT_BLOCK(6),
        /** A group is left as soon as somebody leaves it. */
        FAST_LEAVE(7),
        /** Addresses are learnt. */
        LEARNING(8),
        /** Packets for unknown addresses leave here too. */
        FLOOD(9),
        /** It answers ARP in place of its hosts. */
        PROXY_ARP(10),
        /** The same for wireless hosts. */
        PROXY_ARP_WIFI(12),
        /** Multicasts leave here too. */
        MULTICAST_FLOOD(27),
        /** Multicasts are copied to each listener. */
        MULTICAST_TO_UNICAST(28),
        /** VLANs are mapped to tunnels. */
        VLAN_TUNNEL(29),
        /** Broadcasts leave here too. */
        BROADCAST_FLOOD(30),
        /** Neighbour discovery is answered from what is known. */
        NEIGHBOUR_SUPPRESS(32),
        /** It cannot reach other isolated ports. */
        ISOLATED(33),
        /** Only known addresses may send. */
        LOCKED(39);

        private final int attribute;

        Flag(int attribute) {
            this.attribute = attribute;
        }

        /** The kernel's IFLA_BRPORT_ number. */
        public int attribute() {
            return attribute;
        }

        private long bit() {
            return 1L << attribute;
        }
    }

    private static final long FLAGS = Flags.bits(Set.of(Flag.values()), Flag::bit);

    /** Copies the collections. */
    public BridgePort {
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
    }

    /** Without its timers, which are among the others. */
    BridgePort quiet() {
        return new BridgePort(state, priority, cost, number, id, flags, List.of());
    }

    static BridgePort read(AttributeReader at) {
        State state = State.UNKNOWN;
        int priority = 0;
        long cost = 0;
        int number = 0;
        int id = 0;
        long flags = 0;
        List<RawAttribute> others = new ArrayList<>();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_BRPORT_STATE -> state = State.of(at.u8());
                case IFLA_BRPORT_PRIORITY -> priority = at.u16();
                case IFLA_BRPORT_COST -> cost = at.u32();
                case IFLA_BRPORT_NO -> number = at.u16();
                case IFLA_BRPORT_ID -> id = at.u16();
                default -> {
                    if (at.type() < Long.SIZE && (FLAGS >>> at.type() & 1) != 0) {
                        flags |= at.u8() == 0 ? 0 : 1L << at.type();
                    } else {
                        others.add(RawAttribute.of(at));
                    }
                }
            }
        }
        Set<Flag> set = Flags.of(Flag.class, Flag::bit, flags);
        return new BridgePort(state, priority, cost, number, id, set, others);
    }

    @Override
    public String masterKind() {
        return BridgeLink.NAME;
    }
}
