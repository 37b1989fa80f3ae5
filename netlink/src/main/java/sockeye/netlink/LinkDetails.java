// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/**
 * What else there is to know of a link.
 *
 * @param alternativeNames other names, longer ones as a rule
 * @param alias what the administrator wrote about it, null for nothing
 * @param broadcast the hardware address of everybody, null without one
 * @param permanentAddress the address that the hardware was made with; null if it does not say
 * @param minimumMtu the smallest MTU that can be set
 * @param maximumMtu the largest; 0 if nothing but memory bounds it
 * @param queueDiscipline how packets wait, see tc(8); {@code noqueue}, {@code fq_codel}
 * @param queueLength how many packets may wait
 * @param queues how many hardware queues there are
 * @param group the group of links it is in, 0 for the default one
 * @param promiscuity how many want it to receive what is for others
 * @param allMulticast how many want it to receive every multicast; 0 on an older kernel
 * @param dormantMode whether it waits to be told that it is up (IF_LINK_MODE_DORMANT)
 * @param protocolDown whether a program holds it down
 * @param carrier the carrier and its history
 * @param offload what the hardware cuts and joins
 * @param device the hardware behind it
 * @param addressGeneration how it makes itself IPv6 addresses: 0 from the hardware address, 1 not
 *     at all, 2 from a secret, 3 at random; −1 if the kernel does not say
 */
public record LinkDetails(
        List<String> alternativeNames,
        @Nullable String alias,
        @Nullable HardwareAddress broadcast,
        @Nullable HardwareAddress permanentAddress,
        long minimumMtu,
        long maximumMtu,
        String queueDiscipline,
        long queueLength,
        Queues queues,
        long group,
        long promiscuity,
        long allMulticast,
        boolean dormantMode,
        boolean protocolDown,
        Carrier carrier,
        Offload offload,
        Device device,
        int addressGeneration) {
    /** Copies the list. */
    public LinkDetails {
        alternativeNames = List.copyOf(alternativeNames);
    }

    /**
     * The hardware queues.
     *
     * @param sending for sending
     * @param receiving for receiving
     */
    public record Queues(long sending, long receiving) {}

    /**
     * The carrier and its history.
     *
     * @param present whether there is one
     * @param changes how often it came or went
     * @param ups how often it came
     * @param downs how often it went
     */
    public record Carrier(boolean present, long changes, long ups, long downs) {}

    /**
     * How large the packets are that the hardware cuts or joins; 0 where the kernel does not say.
     *
     * @param gsoSize bytes of the largest packet that is cut, at most
     * @param gsoSegments into how many parts, at most
     * @param groSize bytes of the largest packet that is joined
     * @param tsoSize what the hardware can cut, in bytes
     * @param tsoSegments and into how many parts
     */
    public record Offload(
            long gsoSize, long gsoSegments, long groSize, long tsoSize, long tsoSegments) {}

    /**
     * The hardware behind a link; null where there is none or it does not say.
     *
     * @param name as in {@code /sys/bus/BUS/devices}: {@code 0000:00:1f.6}
     * @param bus {@code pci}, {@code virtio}
     * @param port the name of the physical port
     * @param portId what identifies the physical port, up to 32 bytes
     * @param switchId what identifies the switch that it is a port of, up to 32 bytes
     */
    public record Device(
            @Nullable String name,
            @Nullable String bus,
            @Nullable String port,
            @Nullable HardwareAddress portId,
            @Nullable HardwareAddress switchId) {}

    /** Collects the attributes that come in any order. */
    static final class Reader {
        private static final int IFLA_BROADCAST = 2;
        private static final int IFLA_QDISC = 6;
        private static final int IFLA_TXQLEN = 13;
        private static final int IFLA_LINKMODE = 17;
        private static final int IFLA_IFALIAS = 20;
        private static final int IFLA_AF_SPEC = 26;
        private static final int IFLA_GROUP = 27;
        private static final int IFLA_PROMISCUITY = 30;
        private static final int IFLA_NUM_TX_QUEUES = 31;
        private static final int IFLA_NUM_RX_QUEUES = 32;
        private static final int IFLA_CARRIER = 33;
        private static final int IFLA_PHYS_PORT_ID = 34;
        private static final int IFLA_CARRIER_CHANGES = 35;
        private static final int IFLA_PHYS_SWITCH_ID = 36;
        private static final int IFLA_PHYS_PORT_NAME = 38;
        private static final int IFLA_PROTO_DOWN = 39;
        private static final int IFLA_GSO_MAX_SEGS = 40;
        private static final int IFLA_GSO_MAX_SIZE = 41;
        private static final int IFLA_CARRIER_UP_COUNT = 47;
        private static final int IFLA_CARRIER_DOWN_COUNT = 48;
        private static final int IFLA_MIN_MTU = 50;
        private static final int IFLA_MAX_MTU = 51;
        private static final int IFLA_PROP_LIST = 52;
        private static final int IFLA_ALT_IFNAME = 53;
        private static final int IFLA_PERM_ADDRESS = 54;
        private static final int IFLA_PARENT_DEV_NAME = 56;
        private static final int IFLA_PARENT_DEV_BUS_NAME = 57;
        private static final int IFLA_GRO_MAX_SIZE = 58;
        private static final int IFLA_TSO_MAX_SIZE = 59;
        private static final int IFLA_TSO_MAX_SEGS = 60;
        private static final int IFLA_ALLMULTI = 61;
        private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
        private static final int AF_INET6 = 10;

        private List<String> alternativeNames = List.of();
        private @Nullable String alias;
        private @Nullable HardwareAddress broadcast;
        private @Nullable HardwareAddress permanentAddress;
        private long minimumMtu;
        private long maximumMtu;
        private String queueDiscipline = "";
        private long queueLength;
        private long sendQueues;
        private long receiveQueues;
        private long group;
        private long promiscuity;
        private long allMulticast;
        private boolean dormantMode;
        private boolean protocolDown;
        private boolean carrier;
        private long carrierChanges;
        private long carrierUps;
        private long carrierDowns;
        private long gsoSize;
        private long gsoSegments;
        private long groSize;
        private long tsoSize;
        private long tsoSegments;
        private @Nullable String deviceName;
        private @Nullable String deviceBus;
        private @Nullable String portName;
        private @Nullable HardwareAddress portId;
        private @Nullable HardwareAddress switchId;
        private int addressGeneration = -1;

        /** Takes what is of concern here; false for an attribute that is not. */
        boolean take(AttributeReader at) {
            switch (at.type()) {
                case IFLA_PROP_LIST -> alternativeNames = names(at.nested());
                case IFLA_IFALIAS -> alias = at.string();
                case IFLA_BROADCAST -> broadcast = address(at);
                case IFLA_PERM_ADDRESS -> permanentAddress = address(at);
                case IFLA_MIN_MTU -> minimumMtu = at.u32();
                case IFLA_MAX_MTU -> maximumMtu = at.u32();
                case IFLA_QDISC -> queueDiscipline = at.string();
                case IFLA_TXQLEN -> queueLength = at.u32();
                case IFLA_NUM_TX_QUEUES -> sendQueues = at.u32();
                case IFLA_NUM_RX_QUEUES -> receiveQueues = at.u32();
                case IFLA_GROUP -> group = at.u32();
                case IFLA_PROMISCUITY -> promiscuity = at.u32();
                case IFLA_ALLMULTI -> allMulticast = at.u32();
                case IFLA_LINKMODE -> dormantMode = at.u8() == 1;
                case IFLA_PROTO_DOWN -> protocolDown = at.u8() != 0;
                case IFLA_CARRIER -> carrier = at.u8() != 0;
                case IFLA_CARRIER_CHANGES -> carrierChanges = at.u32();
                case IFLA_CARRIER_UP_COUNT -> carrierUps = at.u32();
                case IFLA_CARRIER_DOWN_COUNT -> carrierDowns = at.u32();
                case IFLA_GSO_MAX_SIZE -> gsoSize = at.u32();
                case IFLA_GSO_MAX_SEGS -> gsoSegments = at.u32();
                case IFLA_GRO_MAX_SIZE -> groSize = at.u32();
                case IFLA_TSO_MAX_SIZE -> tsoSize = at.u32();
                case IFLA_TSO_MAX_SEGS -> tsoSegments = at.u32();
                case IFLA_PARENT_DEV_NAME -> deviceName = at.string();
                case IFLA_PARENT_DEV_BUS_NAME -> deviceBus = at.string();
                case IFLA_PHYS_PORT_NAME -> portName = at.string();
                case IFLA_PHYS_PORT_ID -> portId = address(at);
                case IFLA_PHYS_SWITCH_ID -> switchId = address(at);
                case IFLA_AF_SPEC -> {
                    addressGeneration = generation(at.nested());
                    return false; // There is more in it.
                }
                default -> {
                    return false;
                }
            }
            return true;
        }

        private static @Nullable HardwareAddress address(AttributeReader at) {
            return at.length() == 0 ? null : new HardwareAddress(at.bytes());
        }

        private static List<String> names(AttributeReader at) {
            List<String> names = new ArrayList<>();
            while (at.next()) {
                if (at.type() == IFLA_ALT_IFNAME) {
                    names.add(at.string());
                }
            }
            return names;
        }

        private static int generation(AttributeReader families) {
            int mode = -1;
            while (families.next()) {
                if (families.type() == AF_INET6) {
                    for (AttributeReader at = families.nested(); at.next(); ) {
                        if (at.type() == IFLA_INET6_ADDR_GEN_MODE) {
                            mode = at.u8();
                        }
                    }
                }
            }
            return mode;
        }

        LinkDetails done() {
            return new LinkDetails(
                    alternativeNames,
                    alias,
                    broadcast,
                    permanentAddress,
                    minimumMtu,
                    maximumMtu,
                    queueDiscipline,
                    queueLength,
                    new Queues(sendQueues, receiveQueues),
                    group,
                    promiscuity,
                    allMulticast,
                    dormantMode,
                    protocolDown,
                    new Carrier(carrier, carrierChanges, carrierUps, carrierDowns),
                    new Offload(gsoSize, gsoSegments, groSize, tsoSize, tsoSegments),
                    new Device(deviceName, deviceBus, portName, portId, switchId),
                    addressGeneration);
        }
    }
}
