// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A network link, or interface: what {@code ip -d -s link} shows of it. A snapshot, immutable.
 *
 * @param index its number in its namespace, from 1 on; stays while the name may change
 * @param name 1 to 15 bytes, unique in its namespace
 * @param hardwareType what kind of addresses it has, an ARPHRD_ number: 1 Ethernet, 772 loopback
 * @param flags what it is and does
 * @param state whether it can carry packets
 * @param mtu the longest packet, in bytes
 * @param address its hardware address, null without one
 * @param master the index of the bridge or bond that it is a port of, 0 for none
 * @param linked the link that it stands on, or the other end of a veth; null for none
 * @param kind what drives it, and with which settings
 * @param port what it is to its master; null without one, or if the master does not say
 * @param details what else there is to know
 * @param statistics what it has counted
 * @param others attributes that have no name here, and IFLA_AF_SPEC, as they came
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7), RTM_NEWLINK
 *     </a>
 */
public record Link(
        int index,
        String name,
        int hardwareType,
        Set<LinkFlag> flags,
        OperationalState state,
        int mtu,
        @Nullable HardwareAddress address,
        int master,
        @Nullable LinkReference linked,
        LinkKind kind,
        @Nullable LinkPort port,
        LinkDetails details,
        LinkStatistics statistics,
        List<RawAttribute> others) {

    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_SETLINK = 19;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_BROADCAST = 2;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINK = 5;
    private static final int IFLA_STATS = 7;
    static final int IFLA_MASTER = 10;
    static final int IFLA_TXQLEN = 13;
    private static final int IFLA_OPERSTATE = 16;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_NET_NS_PID = 19;
    static final int IFLA_IFALIAS = 20;
    private static final int IFLA_STATS64 = 23;
    static final int IFLA_GROUP = 27;
    static final int IFLA_NET_NS_FD = 28;
    static final int IFLA_EXT_MASK = 29;
    private static final int IFLA_LINK_NETNSID = 37;
    private static final int IFLA_PAD = 42;
    static final int IFLA_PROP_LIST = 52;
    static final int IFLA_ALT_IFNAME = 53;

    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_INFO_SLAVE_KIND = 4;
    private static final int IFLA_INFO_SLAVE_DATA = 5;

    @CStruct("struct ifinfomsg")
    static final class Ifinfomsg {
        static final int SIZEOF = 16;
        static final int ifi_family = 0;
        static final int ifi_type = 2;
        static final int ifi_index = 4;
        static final int ifi_flags = 8;
        static final int ifi_change = 12;

        private Ifinfomsg() {}
    }

    /** Copies the collections. */
    public Link {
        flags = Flags.copy(LinkFlag.class, flags);
        others = List.copyOf(others);
    }

    /** Whether the administrator switched it on. */
    public boolean isUp() {
        return flags.contains(LinkFlag.UP);
    }

    /** Whether its driver sees a carrier. */
    public boolean hasCarrier() {
        return details.carrier().present();
    }

    /** Without what counts and ticks by itself: equal until something happens. */
    Link quiet() {
        return new Link(
                index,
                name,
                hardwareType,
                flags,
                state,
                mtu,
                address,
                master,
                linked,
                kind instanceof BridgeLink bridge ? bridge.quiet() : kind,
                port instanceof BridgePort each ? each.quiet() : port,
                details,
                LinkStatistics.NONE,
                List.of());
    }

    /** What it has of IFLA_LINKINFO. */
    private record Linkinfo(LinkKind kind, @Nullable LinkPort port) {
        static Linkinfo read(AttributeReader at) {
            String kind = "";
            AttributeReader data = null;
            String master = "";
            AttributeReader portData = null;
            while (at.next()) {
                switch (at.type()) {
                    case IFLA_INFO_KIND -> kind = at.string();
                    case IFLA_INFO_DATA -> data = at.nested();
                    case IFLA_INFO_SLAVE_KIND -> master = at.string();
                    case IFLA_INFO_SLAVE_DATA -> portData = at.nested();
                    default -> {}
                }
            }
            return new Linkinfo(
                    asKind(kind, data), master.isEmpty() ? null : asPort(master, portData));
        }
    }

    static Link read(PayloadReader payload) {
        StructReader header = payload.struct(Ifinfomsg.SIZEOF);
        var details = new LinkDetails.Reader();
        String name = "";
        OperationalState state = OperationalState.UNKNOWN;
        long mtu = 0;
        HardwareAddress address = null;
        int master = 0;
        int linked = 0;
        int namespace = -1;
        Linkinfo info = new Linkinfo(new PlainLink(), null);
        LinkStatistics statistics = LinkStatistics.NONE;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_IFNAME -> name = at.string();
                case IFLA_OPERSTATE -> state = OperationalState.of(at.u8());
                case IFLA_MTU -> mtu = at.u32();
                case IFLA_ADDRESS ->
                        address = at.length() == 0 ? null : new HardwareAddress(at.bytes());
                case IFLA_MASTER -> master = at.s32();
                case IFLA_LINK -> linked = at.s32();
                case IFLA_LINK_NETNSID -> namespace = at.s32();
                case IFLA_LINKINFO -> info = Linkinfo.read(at.nested());
                case IFLA_STATS64 -> statistics = LinkStatistics.read(at.struct());
                case IFLA_STATS, IFLA_PAD -> {} // The same in 32 bits; nothing.
                default -> {
                    if (!details.take(at)) {
                        others.add(RawAttribute.of(at));
                    }
                }
            }
        }
        return new Link(
                header.s32(Ifinfomsg.ifi_index),
                name,
                header.u16(Ifinfomsg.ifi_type),
                Flags.of(LinkFlag.class, LinkFlag::bit, header.u32(Ifinfomsg.ifi_flags)),
                state,
                (int) Math.min(mtu, Integer.MAX_VALUE),
                address,
                master,
                linked == 0 ? null : new LinkReference(linked, namespace),
                info.kind,
                info.port,
                details.done(),
                statistics,
                others);
    }

    /** The kind of a name, with its IFLA_INFO_DATA if there is any. */
    private static LinkKind asKind(String name, @Nullable AttributeReader data) {
        return switch (name) {
            case "" -> new PlainLink();
            case VethLink.NAME -> new VethLink();
            case DummyLink.NAME -> new DummyLink();
            default -> data == null ? new OtherLink(name, List.of()) : asKindWithData(name, data);
        };
    }

    private static LinkKind asKindWithData(String name, AttributeReader data) {
        return switch (name) {
            case BridgeLink.NAME -> BridgeLink.read(data);
            case VlanLink.NAME -> VlanLink.read(data);
            case VxlanLink.NAME -> VxlanLink.read(data);
            case BondLink.NAME -> BondLink.read(data);
            case TunLink.NAME -> TunLink.read(data);
            default -> new OtherLink(name, RawAttribute.all(data));
        };
    }

    private static LinkPort asPort(String masterKind, @Nullable AttributeReader data) {
        if (data == null) {
            return new LinkPort.Other(masterKind, List.of());
        }
        return masterKind.equals(BridgeLink.NAME)
                ? BridgePort.read(data)
                : new LinkPort.Other(masterKind, RawAttribute.all(data));
    }
}
