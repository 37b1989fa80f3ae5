// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.time.Duration;

/**
 * One thing to set about a bridge: for {@link LinkSpec#bridge}.
 *
 * @param attribute the kernel's IFLA_BR_ number
 * @param bytes how long its value is: 1, 2 or 4
 * @param value the value, unsigned
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-link.8.html">ip-link(8), Bridge</a>
 */
public record BridgeSetting(int attribute, int bytes, long value) {

    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if it is not 1, 2 or 4, or the value does not fit
     */
    public BridgeSetting {
        if ((bytes != 1 && bytes != 2 && bytes != 4) || value >>> (bytes * Byte.SIZE) != 0) {
            throw new IllegalArgumentException(value + " is no number of " + bytes + " bytes");
        }
    }

    /** Whether the kernel makes a spanning tree. Default false. */
    public static BridgeSetting spanningTree(boolean on) {
        return new BridgeSetting(BridgeLink.IFLA_BR_STP_STATE, 4, on ? 1 : 0);
    }

    /**
     * The priority in the spanning tree, 0 to 65535; the lowest becomes the root. Default 32768.
     */
    public static BridgeSetting priority(int priority) {
        return new BridgeSetting(BridgeLink.IFLA_BR_PRIORITY, 2, priority);
    }

    /** How long a port listens, and then learns: 2 to 30 s with a spanning tree. Default 15 s. */
    public static BridgeSetting forwardDelay(Duration delay) {
        return ticks(BridgeLink.IFLA_BR_FORWARD_DELAY, delay);
    }

    /** How often the root says that it is there: 1 to 10 s. Default 2 s. */
    public static BridgeSetting helloTime(Duration time) {
        return ticks(BridgeLink.IFLA_BR_HELLO_TIME, time);
    }

    /** After how long without the root the tree is made anew: 6 to 40 s. Default 20 s. */
    public static BridgeSetting maximumAge(Duration age) {
        return ticks(BridgeLink.IFLA_BR_MAX_AGE, age);
    }

    /** After how long a learnt address is forgotten. Default 300 s. */
    public static BridgeSetting ageing(Duration time) {
        return ticks(BridgeLink.IFLA_BR_AGEING_TIME, time);
    }

    /** Whether it looks at VLAN tags. Default false. */
    public static BridgeSetting vlanFiltering(boolean on) {
        return new BridgeSetting(BridgeLink.IFLA_BR_VLAN_FILTERING, 1, on ? 1 : 0);
    }

    /** The type of the tag: {@link VlanLink#DOT1Q}, the default, or {@link VlanLink#DOT1AD}. */
    public static BridgeSetting vlanProtocol(int type) {
        return new BridgeSetting(BridgeLink.IFLA_BR_VLAN_PROTOCOL, 2, type);
    }

    /** The VLAN of untagged packets on new ports, 0 for none. Default 1. */
    public static BridgeSetting defaultVlan(int id) {
        return new BridgeSetting(BridgeLink.IFLA_BR_VLAN_DEFAULT_PVID, 2, id);
    }

    /** Whether multicasts go only to ports that asked for them. Default true. */
    public static BridgeSetting multicastSnooping(boolean on) {
        return new BridgeSetting(BridgeLink.IFLA_BR_MCAST_SNOOPING, 1, on ? 1 : 0);
    }

    /** Which of the groups 01:80:c2:00:00:00 to 0f are forwarded, a bit each. Default 0. */
    public static BridgeSetting groupForwardMask(int mask) {
        return new BridgeSetting(BridgeLink.IFLA_BR_GROUP_FWD_MASK, 2, mask);
    }

    private static BridgeSetting ticks(int attribute, Duration time) {
        return new BridgeSetting(attribute, 4, time.toMillis() / BridgeLink.TICK_MILLIS);
    }

    void write(AttributeWriter to) {
        switch (bytes) {
            case 1 -> to.u8(attribute, (int) value);
            case 2 -> {
                if (attribute == BridgeLink.IFLA_BR_VLAN_PROTOCOL) {
                    to.be16(attribute, (int) value);
                } else {
                    to.u16(attribute, (int) value);
                }
            }
            default -> to.u32(attribute, value);
        }
    }
}
