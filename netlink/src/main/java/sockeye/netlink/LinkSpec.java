// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;
import java.util.Set;

/**
 * What kind of link to make, and with which settings of its kind: for {@link RouteSocket#create}.
 *
 * <pre>{@code
 * route.create("br0", LinkSpec.bridge(BridgeSetting.vlanFiltering(true)), LinkSetting.up());
 * route.create("left", LinkSpec.veth("right", LinkSetting.in(namespace)), LinkSetting.up());
 * }</pre>
 */
public sealed interface LinkSpec {
    /** The kernel's word for the kind. */
    String kind();

    /** A link that drops what is sent. */
    record Dummy() implements LinkSpec {
        @Override
        public String kind() {
            return DummyLink.NAME;
        }
    }

    /**
     * A pair of virtual Ethernet links.
     *
     * @param peer the name of the other end, where it is to be
     * @param settings what to set about the other end; that it is up comes too early, ENOTCONN
     */
    record Veth(String peer, List<LinkSetting> settings) implements LinkSpec {
        /** Copies the list. */
        public Veth {
            settings = List.copyOf(settings);
        }

        @Override
        public String kind() {
            return VethLink.NAME;
        }
    }

    /**
     * A switch in software.
     *
     * @param settings those of its kind
     */
    record Bridge(List<BridgeSetting> settings) implements LinkSpec {
        /** Copies the list. */
        public Bridge {
            settings = List.copyOf(settings);
        }

        @Override
        public String kind() {
            return BridgeLink.NAME;
        }
    }

    /**
     * A link for the packets of one virtual LAN.
     *
     * @param link the index of the link that carries them tagged
     * @param id the VLAN, 0 to 4095
     * @param protocol the type of the tag, {@link VlanLink#DOT1Q} or {@link VlanLink#DOT1AD}
     * @param flags how it behaves
     */
    record Vlan(int link, int id, int protocol, Set<VlanLink.Flag> flags) implements LinkSpec {
        /** Copies the set. */
        public Vlan {
            flags = Flags.copy(VlanLink.Flag.class, flags);
        }

        @Override
        public String kind() {
            return VlanLink.NAME;
        }
    }

    /**
     * A link of any other kind.
     *
     * @param kind the kernel's word: {@code ifb}, {@code vrf}
     * @param link the index of the link it stands on, 0 for none
     * @param data the attributes of its kind, in order
     */
    record Other(String kind, int link, List<RawAttribute> data) implements LinkSpec {
        /** Copies the list. */
        public Other {
            data = List.copyOf(data);
        }
    }

    /** {@link Dummy}. */
    static LinkSpec dummy() {
        return new Dummy();
    }

    /** {@link Veth}. */
    static LinkSpec veth(String peer, LinkSetting... settings) {
        return new Veth(peer, List.of(settings));
    }

    /** {@link Bridge}. */
    static LinkSpec bridge(BridgeSetting... settings) {
        return new Bridge(List.of(settings));
    }

    /** {@link Vlan} with customary tags, and the flags it has by default. */
    static LinkSpec vlan(int link, int id) {
        return new Vlan(link, id, VlanLink.DOT1Q, Set.of(VlanLink.Flag.REORDER_HDR));
    }

    /** {@link Other}. */
    static LinkSpec other(String kind, RawAttribute... data) {
        return new Other(kind, 0, List.of(data));
    }
}
