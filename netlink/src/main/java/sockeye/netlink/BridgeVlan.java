// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * VLANs that a port of a bridge is in, or the bridge itself: what {@code bridge vlan} shows.
 *
 * @param link the index of the port, or of the bridge
 * @param first the lowest, 1 to 4094
 * @param last the highest, the same as {@code first} for one alone
 * @param flags what is done with their packets
 */
public record BridgeVlan(int link, int first, int last, Set<Flag> flags) {
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_BRIDGE_FLAGS = 0;
    private static final int IFLA_BRIDGE_VLAN_INFO = 2;
    private static final int BRIDGE_FLAGS_SELF = 2;
    private static final int BRIDGE_VLAN_INFO_RANGE_BEGIN = 1 << 3;
    private static final int BRIDGE_VLAN_INFO_RANGE_END = 1 << 4;
    private static final int LAST_VLAN = 4_094;

    /** What is done with a VLAN's packets: BRIDGE_VLAN_INFO_ and the name. */
    public enum Flag {
        /** Packets without a tag that come in are of this VLAN. */
        PVID(1 << 1),
        /** They leave without a tag. */
        UNTAGGED(1 << 2);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    @CStruct("struct bridge_vlan_info")
    private static final class BridgeVlanInfo {
        static final int SIZEOF = 4;
        static final int flags = 0;
        static final int vid = 2;

        private BridgeVlanInfo() {}
    }

    /**
     * Copies the set, and checks the numbers.
     *
     * @throws IllegalArgumentException if they are not 1 to 4094 and in order
     */
    public BridgeVlan {
        if (first < 1 || last < first || last > LAST_VLAN) {
            throw new IllegalArgumentException("no VLANs: %d to %d".formatted(first, last));
        }
        flags = Flags.copy(Flag.class, flags);
    }

    /** One VLAN. */
    public static BridgeVlan of(int link, int vlan, Flag... flags) {
        return new BridgeVlan(link, vlan, vlan, setOf(flags));
    }

    private static Set<Flag> setOf(Flag... flags) {
        var set = EnumSet.noneOf(Flag.class);
        set.addAll(List.of(flags));
        return set;
    }

    /** Those that one message of RTM_GETLINK tells, of one port. */
    static List<BridgeVlan> read(PayloadReader payload) {
        int link = payload.struct(Link.Ifinfomsg.SIZEOF).s32(Link.Ifinfomsg.ifi_index);
        List<BridgeVlan> all = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            if (at.type() == IFLA_AF_SPEC) {
                readAll(link, at.nested(), all);
            }
        }
        return all;
    }

    private static void readAll(int link, AttributeReader at, List<BridgeVlan> to) {
        int begin = 0;
        while (at.next()) {
            if (at.type() != IFLA_BRIDGE_VLAN_INFO) {
                continue;
            }
            StructReader info = at.struct();
            int bits = info.u16(BridgeVlanInfo.flags);
            int vlan = info.u16(BridgeVlanInfo.vid);
            if ((bits & BRIDGE_VLAN_INFO_RANGE_BEGIN) != 0) {
                begin = vlan;
                continue;
            }
            boolean isRange = (bits & BRIDGE_VLAN_INFO_RANGE_END) != 0 && begin != 0;
            var flags = Flags.of(Flag.class, Flag::bit, bits);
            to.add(new BridgeVlan(link, isRange ? begin : vlan, vlan, flags));
            begin = 0;
        }
    }

    /**
     * RTM_SETLINK or RTM_DELLINK.
     *
     * @param ofBridge whether the link is the bridge itself
     */
    NetlinkRequest request(int messageType, boolean ofBridge) {
        return NetlinkRequest.of(
                        messageType,
                        0,
                        to -> {
                            BridgeSocket.header(to, link);
                            to.nest(IFLA_AF_SPEC, spec -> write(spec, ofBridge));
                        })
                .named(messageType == Link.RTM_SETLINK ? "RTM_SETLINK" : "RTM_DELLINK");
    }

    private void write(AttributeWriter to, boolean ofBridge) {
        if (ofBridge) {
            to.u16(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
        }
        int bits = (int) Flags.bits(flags, Flag::bit);
        if (first == last) {
            write(to, bits, first);
        } else {
            write(to, bits | BRIDGE_VLAN_INFO_RANGE_BEGIN, first);
            write(to, bits | BRIDGE_VLAN_INFO_RANGE_END, last);
        }
    }

    private static void write(AttributeWriter to, int bits, int vlan) {
        to.struct(
                IFLA_BRIDGE_VLAN_INFO,
                BridgeVlanInfo.SIZEOF,
                info -> info.u16(BridgeVlanInfo.flags, bits).u16(BridgeVlanInfo.vid, vlan));
    }
}
