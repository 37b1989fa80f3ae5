// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.NetlinkProtocol;

import java.util.List;

/** As much of rtnetlink as the tests of what stands below it need. */
final class Links {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTNLGRP_LINK = 1;
    static final int IFINFOMSG = 16;
    static final int IFI_INDEX = 4;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int VETH_INFO_PEER = 1;

    /** A link as far as the tests look. */
    record Link(int index, String name, long mtu) {}

    static final MonitoredTable<Integer, Link> TABLE =
            new MonitoredTable<>(
                    NetlinkProtocol.NETLINK_ROUTE,
                    List.of(RTNLGRP_LINK),
                    List.of(get(0)),
                    Links::update);

    private Links() {}

    /** All with 0, in a dump. */
    static NetlinkRequest get(int index) {
        return NetlinkRequest.of(
                        RTM_GETLINK,
                        0,
                        payload -> payload.struct(IFINFOMSG, link -> link.u32(IFI_INDEX, index)))
                .named("RTM_GETLINK");
    }

    static NetlinkRequest setMtu(int index, int mtu) {
        return NetlinkRequest.of(
                        RTM_NEWLINK,
                        0,
                        payload ->
                                payload.struct(IFINFOMSG, link -> link.u32(IFI_INDEX, index))
                                        .u32(IFLA_MTU, mtu))
                .named("RTM_NEWLINK");
    }

    static NetlinkRequest addVeth(String name, String peer) {
        return NetlinkRequest.of(
                        RTM_NEWLINK,
                        NetlinkFlag.NLM_F_CREATE | NetlinkFlag.NLM_F_EXCL,
                        payload ->
                                payload.struct(IFINFOMSG, link -> {})
                                        .string(IFLA_IFNAME, name)
                                        .nest(IFLA_LINKINFO, info -> veth(info, peer)))
                .named("RTM_NEWLINK");
    }

    private static void veth(AttributeWriter info, String peer) {
        info.string(IFLA_INFO_KIND, "veth")
                .nest(
                        IFLA_INFO_DATA,
                        data ->
                                data.nest(
                                        VETH_INFO_PEER,
                                        other ->
                                                other.struct(IFINFOMSG, link -> {})
                                                        .string(IFLA_IFNAME, peer)));
    }

    static NetlinkRequest delete(String name) {
        return NetlinkRequest.of(
                        RTM_DELLINK,
                        0,
                        payload -> payload.struct(IFINFOMSG, link -> {}).string(IFLA_IFNAME, name))
                .named("RTM_DELLINK");
    }

    static Link decode(PayloadReader payload) {
        int index = payload.struct(IFINFOMSG).s32(IFI_INDEX);
        String name = "";
        long mtu = 0;
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            switch (at.type()) {
                case IFLA_IFNAME -> name = at.string();
                case IFLA_MTU -> mtu = at.u32();
                default -> {}
            }
        }
        return new Link(index, name, mtu);
    }

    private static TableUpdate<Integer, Link> update(PayloadReader payload) {
        Link link = decode(payload);
        return switch (payload.message().type()) {
            case RTM_NEWLINK -> new TableUpdate.Present<>(link.index(), link);
            case RTM_DELLINK -> new TableUpdate.Absent<>(link.index());
            default -> null;
        };
    }
}
