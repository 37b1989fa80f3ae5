// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.netlink.Link.IFLA_ADDRESS;
import static sockeye.netlink.Link.IFLA_BROADCAST;
import static sockeye.netlink.Link.IFLA_GROUP;
import static sockeye.netlink.Link.IFLA_IFALIAS;
import static sockeye.netlink.Link.IFLA_IFNAME;
import static sockeye.netlink.Link.IFLA_INFO_DATA;
import static sockeye.netlink.Link.IFLA_INFO_KIND;
import static sockeye.netlink.Link.IFLA_LINK;
import static sockeye.netlink.Link.IFLA_LINKINFO;
import static sockeye.netlink.Link.IFLA_MASTER;
import static sockeye.netlink.Link.IFLA_MTU;
import static sockeye.netlink.Link.IFLA_NET_NS_FD;
import static sockeye.netlink.Link.IFLA_NET_NS_PID;
import static sockeye.netlink.Link.IFLA_TXQLEN;

import org.jspecify.annotations.Nullable;

import sockeye.HasDescriptor;
import sockeye.netlink.Link.Ifinfomsg;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/**
 * What makes or changes a link. Descriptors of namespaces stay open until this is closed, that is,
 * until the kernel has answered.
 */
final class LinkRequest implements AutoCloseable {
    private final List<HasDescriptor.Lease> leases = new ArrayList<>();

    /**
     * RTM_NEWLINK.
     *
     * @param flags NLM_F_CREATE and so on
     * @param index of the link, 0 for a new one
     */
    NetlinkRequest of(int flags, int index, @Nullable LinkSpec spec, List<LinkSetting> settings)
            throws IOException {
        lease(settings);
        if (spec instanceof LinkSpec.Veth veth) {
            lease(veth.settings());
        }
        return NetlinkRequest.of(
                        Link.RTM_NEWLINK,
                        flags,
                        payload -> {
                            write(payload, index, settings);
                            if (spec != null) {
                                write(payload, spec);
                            }
                        })
                .named("RTM_NEWLINK");
    }

    private void lease(List<LinkSetting> settings) throws IOException {
        for (LinkSetting each : settings) {
            if (each instanceof LinkSetting.InNamespace(HasDescriptor namespace)) {
                leases.add(namespace.lease());
            }
        }
    }

    private void write(AttributeWriter to, int index, List<LinkSetting> settings) {
        long flags = 0;
        long changed = 0;
        int asked = index;
        for (LinkSetting each : settings) {
            if (each instanceof LinkSetting.Flag(LinkFlag flag, boolean on)) {
                changed |= flag.bit();
                flags = on ? flags | flag.bit() : flags & ~flag.bit();
            } else if (each instanceof LinkSetting.Index(int value)) {
                asked = value;
            }
        }
        long set = flags;
        long mask = changed;
        int number = asked;
        to.struct(
                Ifinfomsg.SIZEOF,
                header ->
                        header.u32(Ifinfomsg.ifi_index, number)
                                .u32(Ifinfomsg.ifi_flags, set)
                                .u32(Ifinfomsg.ifi_change, mask));
        for (LinkSetting each : settings) {
            write(to, each);
        }
    }

    private static void write(AttributeWriter to, LinkSetting setting) {
        switch (setting) {
            case LinkSetting.Name(String name) -> to.string(IFLA_IFNAME, name);
            case LinkSetting.Mtu(int bytes) -> to.u32(IFLA_MTU, bytes);
            case LinkSetting.Address(HardwareAddress address) ->
                    to.bytes(IFLA_ADDRESS, address.bytes());
            case LinkSetting.Broadcast(HardwareAddress address) ->
                    to.bytes(IFLA_BROADCAST, address.bytes());
            case LinkSetting.Master(int link) -> to.u32(IFLA_MASTER, link);
            case LinkSetting.QueueLength(long packets) -> to.u32(IFLA_TXQLEN, packets);
            case LinkSetting.Group(long number) -> to.u32(IFLA_GROUP, number);
            case LinkSetting.Alias(String text) ->
                    to.bytes(IFLA_IFALIAS, text.getBytes(StandardCharsets.UTF_8));
            case LinkSetting.InNamespace(HasDescriptor namespace) ->
                    to.u32(IFLA_NET_NS_FD, namespace.fileno());
            case LinkSetting.WithProcess(long pid) -> to.u32(IFLA_NET_NS_PID, pid);
            case LinkSetting.Raw(RawAttribute attribute) -> attribute.write(to);
            case LinkSetting.Flag flag -> {} // In the structure at the front.
            case LinkSetting.Index index -> {} // As well.
        }
    }

    private void write(AttributeWriter to, LinkSpec spec) {
        switch (spec) {
            case LinkSpec.Vlan vlan -> to.u32(IFLA_LINK, vlan.link());
            case LinkSpec.Other other when other.link() != 0 -> to.u32(IFLA_LINK, other.link());
            case LinkSpec.Dummy d -> {}
            case LinkSpec.Veth v -> {}
            case LinkSpec.Bridge b -> {}
            case LinkSpec.Other o -> {}
        }
        to.nest(
                IFLA_LINKINFO,
                info -> {
                    info.string(IFLA_INFO_KIND, spec.kind());
                    switch (spec) {
                        case LinkSpec.Dummy dummy -> {}
                        case LinkSpec.Veth veth ->
                                info.nest(
                                        IFLA_INFO_DATA,
                                        data ->
                                                data.nest(
                                                        VethLink.VETH_INFO_PEER,
                                                        peer -> {
                                                            write(peer, 0, veth.settings());
                                                            peer.string(IFLA_IFNAME, veth.peer());
                                                        }));
                        case LinkSpec.Bridge bridge ->
                                info.nest(
                                        IFLA_INFO_DATA,
                                        data ->
                                                bridge.settings()
                                                        .forEach(each -> each.write(data)));
                        case LinkSpec.Vlan vlan ->
                                info.nest(IFLA_INFO_DATA, data -> write(data, vlan));
                        case LinkSpec.Other other ->
                                info.nest(
                                        IFLA_INFO_DATA,
                                        data -> other.data().forEach(each -> each.write(data)));
                    }
                });
    }

    private static void write(AttributeWriter to, LinkSpec.Vlan vlan) {
        long all = Flags.bits(EnumSet.allOf(VlanLink.Flag.class), VlanLink.Flag::bit);
        long set = Flags.bits(vlan.flags(), VlanLink.Flag::bit);
        to.u16(VlanLink.IFLA_VLAN_ID, vlan.id());
        to.be16(VlanLink.IFLA_VLAN_PROTOCOL, vlan.protocol());
        to.struct(
                VlanLink.IFLA_VLAN_FLAGS,
                VlanLink.VlanFlags.SIZEOF,
                flags ->
                        flags.u32(VlanLink.VlanFlags.flags, set).u32(VlanLink.VlanFlags.mask, all));
    }

    @Override
    public void close() {
        leases.forEach(HasDescriptor.Lease::close);
    }
}
