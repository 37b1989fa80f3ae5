// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A link for the packets of one virtual LAN; the link that carries them tagged is {@link
 * Link#linked()}.
 *
 * @param id the VLAN, 0 to 4095
 * @param protocol the type of the tag: {@link #DOT1Q} or {@link #DOT1AD}
 * @param flags how it behaves
 * @param ingress priorities of the tag, 0 to 7, and what they become in a packet
 * @param egress priorities of a packet, and what they become in the tag, 0 to 7
 */
public record VlanLink(
        int id, int protocol, Set<Flag> flags, Map<Long, Long> ingress, Map<Long, Long> egress)
        implements LinkKind {
    /** IEEE 802.1Q, the customary tag. */
    public static final int DOT1Q = 0x8100;

    /** IEEE 802.1ad, the outer tag of two. */
    public static final int DOT1AD = 0x88A8;

    static final String NAME = "vlan";

    static final int IFLA_VLAN_ID = 1;
    static final int IFLA_VLAN_FLAGS = 2;
    private static final int IFLA_VLAN_EGRESS_QOS = 3;
    private static final int IFLA_VLAN_INGRESS_QOS = 4;
    static final int IFLA_VLAN_PROTOCOL = 5;

    /** How a VLAN link behaves: the kernel's VLAN_FLAG_ and the name. */
    public enum Flag {
        /** The tag is taken out of received packets; the default. */
        REORDER_HDR(1),
        /** It is announced by GVRP. */
        GVRP(1 << 1),
        /** It does not follow the state of the link below. */
        LOOSE_BINDING(1 << 2),
        /** It is announced by MVRP. */
        MVRP(1 << 3),
        /** It is up when a port of the bridge below is up that is in the VLAN. */
        BRIDGE_BINDING(1 << 4);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    @CStruct("struct ifla_vlan_flags")
    static final class VlanFlags {
        static final int SIZEOF = 8;
        static final int flags = 0;
        static final int mask = 4;

        private VlanFlags() {}
    }

    @CStruct("struct ifla_vlan_qos_mapping")
    private static final class Mapping {
        static final int from = 0;
        static final int to = 4;

        private Mapping() {}
    }

    /** Copies the collections. */
    public VlanLink {
        flags = Flags.copy(Flag.class, flags);
        ingress = Collections.unmodifiableMap(new LinkedHashMap<>(ingress));
        egress = Collections.unmodifiableMap(new LinkedHashMap<>(egress));
    }

    static VlanLink read(AttributeReader at) {
        int id = 0;
        int protocol = DOT1Q;
        Set<Flag> flags = Set.of();
        Map<Long, Long> ingress = Map.of();
        Map<Long, Long> egress = Map.of();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_VLAN_ID -> id = at.u16();
                case IFLA_VLAN_PROTOCOL -> protocol = at.be16();
                case IFLA_VLAN_FLAGS ->
                        flags = Flags.of(Flag.class, Flag::bit, at.struct().u32(VlanFlags.flags));
                case IFLA_VLAN_INGRESS_QOS -> ingress = mappings(at.nested());
                case IFLA_VLAN_EGRESS_QOS -> egress = mappings(at.nested());
                default -> {}
            }
        }
        return new VlanLink(id, protocol, flags, ingress, egress);
    }

    private static Map<Long, Long> mappings(AttributeReader at) {
        var all = new LinkedHashMap<Long, Long>();
        while (at.next()) {
            StructReader mapping = at.struct();
            all.put(mapping.u32(Mapping.from), mapping.u32(Mapping.to));
        }
        return all;
    }

    @Override
    public String name() {
        return NAME;
    }
}
