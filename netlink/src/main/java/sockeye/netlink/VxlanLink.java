// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.List;

/**
 * An Ethernet over UDP: RFC 7348.
 *
 * @param id the network's identifier, VNI, 24 bits
 * @param remote where packets for unknown destinations go, one address or a multicast group; null
 *     for nowhere
 * @param local the own address in the outer packets; null if the routes decide
 * @param link the index of the link that the outer packets leave by, 0 if the routes decide
 * @param port the UDP port of the other side
 * @param sourcePorts the first and the last UDP port of the own side; 0 and 0 for the system's
 * @param hops the outer packets' number of hops, 0 for the inner one's
 * @param trafficClass the outer packets' type of service or traffic class; 1 is the inner one's
 * @param ageing after how many seconds a learnt address is forgotten
 * @param limit how many addresses are learnt at most; 0 for no limit
 * @param learning whether addresses are learnt from what comes
 * @param external whether programs say for each packet where it goes (COLLECT_METADATA)
 * @param others what else the kernel told, as it came
 */
public record VxlanLink(
        long id,
        @Nullable IpAddress remote,
        @Nullable IpAddress local,
        int link,
        int port,
        PortPair sourcePorts,
        int hops,
        int trafficClass,
        long ageing,
        long limit,
        boolean learning,
        boolean external,
        List<RawAttribute> others)
        implements LinkKind {
    static final String NAME = "vxlan";

    private static final int IFLA_VXLAN_ID = 1;
    private static final int IFLA_VXLAN_GROUP = 2;
    private static final int IFLA_VXLAN_LINK = 3;
    private static final int IFLA_VXLAN_LOCAL = 4;
    private static final int IFLA_VXLAN_TTL = 5;
    private static final int IFLA_VXLAN_TOS = 6;
    private static final int IFLA_VXLAN_LEARNING = 7;
    private static final int IFLA_VXLAN_AGEING = 8;
    private static final int IFLA_VXLAN_LIMIT = 9;
    private static final int IFLA_VXLAN_PORT_RANGE = 10;
    private static final int IFLA_VXLAN_PORT = 15;
    private static final int IFLA_VXLAN_GROUP6 = 16;
    private static final int IFLA_VXLAN_LOCAL6 = 17;
    private static final int IFLA_VXLAN_COLLECT_METADATA = 25;

    /**
     * Two ports with all between them.
     *
     * @param low the first
     * @param high the last
     */
    public record PortPair(int low, int high) {}

    @CStruct("struct ifla_vxlan_port_range")
    private static final class Range {
        static final int low = 0;
        static final int high = 2;

        private Range() {}
    }

    /** Copies the list. */
    public VxlanLink {
        others = List.copyOf(others);
    }

    static VxlanLink read(AttributeReader at) {
        long id = 0;
        IpAddress remote = null;
        IpAddress local = null;
        int link = 0;
        int port = 0;
        PortPair ports = new PortPair(0, 0);
        int hops = 0;
        int trafficClass = 0;
        long ageing = 0;
        long limit = 0;
        boolean learning = false;
        boolean external = false;
        List<RawAttribute> others = new ArrayList<>();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_VXLAN_ID -> id = at.u32();
                case IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6 -> remote = known(at);
                case IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6 -> local = known(at);
                case IFLA_VXLAN_LINK -> link = at.s32();
                case IFLA_VXLAN_PORT -> port = at.be16();
                case IFLA_VXLAN_PORT_RANGE -> {
                    StructReader range = at.struct();
                    ports = new PortPair(range.be16(Range.low), range.be16(Range.high));
                }
                case IFLA_VXLAN_TTL -> hops = at.u8();
                case IFLA_VXLAN_TOS -> trafficClass = at.u8();
                case IFLA_VXLAN_AGEING -> ageing = at.u32();
                case IFLA_VXLAN_LIMIT -> limit = at.u32();
                case IFLA_VXLAN_LEARNING -> learning = at.u8() != 0;
                case IFLA_VXLAN_COLLECT_METADATA -> external = at.u8() != 0;
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new VxlanLink(
                id,
                remote,
                local,
                link,
                port,
                ports,
                hops,
                trafficClass,
                ageing,
                limit,
                learning,
                external,
                others);
    }

    private static @Nullable IpAddress known(AttributeReader at) {
        IpAddress address = IpAddress.of(at.bytes());
        return address.isUnspecified() ? null : address;
    }

    @Override
    public String name() {
        return NAME;
    }
}
