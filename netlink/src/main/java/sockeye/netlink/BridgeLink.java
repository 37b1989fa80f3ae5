// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A switch in software; links become its ports by {@link LinkSetting#master}.
 *
 * @param id its own identifier in the spanning tree
 * @param spanningTree how that tree is made
 * @param ageing after how long a learnt address is forgotten
 * @param vlans whether and how it looks at VLAN tags
 * @param multicastSnooping whether multicasts go only to ports that asked for them
 * @param groupAddress where its spanning tree packets go
 * @param groupForwardMask which of the link-local groups 01:80:c2:00:00:00 to 0f are forwarded
 * @param others what else the kernel told, as it came
 * @see <a href="https://docs.kernel.org/networking/bridge.html">Ethernet Bridging</a>
 */
public record BridgeLink(
        BridgeId id,
        SpanningTree spanningTree,
        Duration ageing,
        Vlans vlans,
        boolean multicastSnooping,
        @Nullable HardwareAddress groupAddress,
        int groupForwardMask,
        List<RawAttribute> others)
        implements LinkKind {
    static final String NAME = "bridge";

    static final int IFLA_BR_FORWARD_DELAY = 1;
    static final int IFLA_BR_HELLO_TIME = 2;
    static final int IFLA_BR_MAX_AGE = 3;
    static final int IFLA_BR_AGEING_TIME = 4;
    static final int IFLA_BR_STP_STATE = 5;
    static final int IFLA_BR_PRIORITY = 6;
    static final int IFLA_BR_VLAN_FILTERING = 7;
    static final int IFLA_BR_VLAN_PROTOCOL = 8;
    static final int IFLA_BR_GROUP_FWD_MASK = 9;
    private static final int IFLA_BR_ROOT_ID = 10;
    private static final int IFLA_BR_BRIDGE_ID = 11;
    private static final int IFLA_BR_ROOT_PORT = 12;
    private static final int IFLA_BR_ROOT_PATH_COST = 13;
    private static final int IFLA_BR_TOPOLOGY_CHANGE = 14;
    private static final int IFLA_BR_GROUP_ADDR = 20;
    static final int IFLA_BR_MCAST_SNOOPING = 23;
    static final int IFLA_BR_VLAN_DEFAULT_PVID = 39;

    /** The kernel counts the times of bridges in USER_HZ: hundredths of a second. */
    static final int TICK_MILLIS = 10;

    /**
     * How the spanning tree is made: IEEE 802.1D.
     *
     * @param state 0 without one, 1 by the kernel, 2 by a program
     * @param priority of this bridge, 0 to 65535; the lowest becomes the root
     * @param rootId the root
     * @param rootPort the port that leads to the root; 0 if this is it
     * @param rootPathCost what the way to the root costs
     * @param topologyChange whether ports are being rearranged
     * @param forwardDelay how long a port listens, and then learns, before it forwards
     * @param helloTime how often the root says that it is there
     * @param maximumAge after how long without that the tree is made anew
     */
    public record SpanningTree(
            long state,
            int priority,
            BridgeId rootId,
            int rootPort,
            long rootPathCost,
            boolean topologyChange,
            Duration forwardDelay,
            Duration helloTime,
            Duration maximumAge) {}

    /**
     * Whether and how a bridge looks at VLAN tags.
     *
     * @param filtering whether it does; without, tags mean nothing
     * @param protocol the type of the tag, such as {@link VlanLink#DOT1Q}; 0 if the kernel does not
     *     say
     * @param defaultId the VLAN of untagged packets on a new port; 0 for none
     */
    public record Vlans(boolean filtering, int protocol, int defaultId) {}

    /** Copies the list. */
    public BridgeLink {
        others = List.copyOf(others);
    }

    /** Without its timers, which are among the others. */
    BridgeLink quiet() {
        return new BridgeLink(
                id,
                spanningTree,
                ageing,
                vlans,
                multicastSnooping,
                groupAddress,
                groupForwardMask,
                List.of());
    }

    static BridgeLink read(AttributeReader at) {
        long forwardDelay = 0;
        long helloTime = 0;
        long maximumAge = 0;
        long ageing = 0;
        long state = 0;
        int priority = 0;
        boolean filtering = false;
        int protocol = 0;
        int defaultId = 0;
        int mask = 0;
        BridgeId root = BridgeId.NONE;
        BridgeId own = BridgeId.NONE;
        int rootPort = 0;
        long rootPathCost = 0;
        boolean topologyChange = false;
        HardwareAddress group = null;
        boolean snooping = false;
        List<RawAttribute> others = new ArrayList<>();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_BR_FORWARD_DELAY -> forwardDelay = at.u32();
                case IFLA_BR_HELLO_TIME -> helloTime = at.u32();
                case IFLA_BR_MAX_AGE -> maximumAge = at.u32();
                case IFLA_BR_AGEING_TIME -> ageing = at.u32();
                case IFLA_BR_STP_STATE -> state = at.u32();
                case IFLA_BR_PRIORITY -> priority = at.u16();
                case IFLA_BR_VLAN_FILTERING -> filtering = at.u8() != 0;
                case IFLA_BR_VLAN_PROTOCOL -> protocol = at.be16();
                case IFLA_BR_VLAN_DEFAULT_PVID -> defaultId = at.u16();
                case IFLA_BR_GROUP_FWD_MASK -> mask = at.u16();
                case IFLA_BR_ROOT_ID -> root = BridgeId.read(at.struct());
                case IFLA_BR_BRIDGE_ID -> own = BridgeId.read(at.struct());
                case IFLA_BR_ROOT_PORT -> rootPort = at.u16();
                case IFLA_BR_ROOT_PATH_COST -> rootPathCost = at.u32();
                case IFLA_BR_TOPOLOGY_CHANGE -> topologyChange = at.u8() != 0;
                case IFLA_BR_GROUP_ADDR -> group = new HardwareAddress(at.bytes());
                case IFLA_BR_MCAST_SNOOPING -> snooping = at.u8() != 0;
                default -> others.add(RawAttribute.of(at));
            }
        }
        SpanningTree tree =
                new SpanningTree(
                        state,
                        priority,
                        root,
                        rootPort,
                        rootPathCost,
                        topologyChange,
                        ticks(forwardDelay),
                        ticks(helloTime),
                        ticks(maximumAge));
        Vlans vlans = new Vlans(filtering, protocol, defaultId);
        return new BridgeLink(own, tree, ticks(ageing), vlans, snooping, group, mask, others);
    }

    static Duration ticks(long count) {
        return Duration.ofMillis(count * TICK_MILLIS);
    }

    @Override
    public String name() {
        return NAME;
    }
}
