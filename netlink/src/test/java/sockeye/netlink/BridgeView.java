// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.netlink.BridgePort.Flag;
import sockeye.netlink.Neighbour.State;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** Entries, VLANs and ports as {@code bridge -j} prints them. */
final class BridgeView {
    /** Members of a port that have no name in {@link BridgePort}. */
    static final Set<String> PORT_EXTRA = Set.of("mcast_router");

    private BridgeView() {}

    static Map<String, Object> of(FdbEntry entry, IntFunction<String> names) {
        var view = new LinkedHashMap<String, Object>();
        view.put("mac", entry.address().toString());
        view.put("ifname", names.apply(entry.link()));
        if (entry.remote() != null) {
            view.put("dst", entry.remote().toString());
        }
        if (entry.vlan() != 0) {
            view.put("vlan", entry.vlan());
        }
        if (entry.remotePort() != 0) {
            view.put("port", entry.remotePort());
        }
        if (entry.vni() >= 0) {
            view.put("vni", entry.vni());
        }
        if (entry.remoteLink() != 0) {
            view.put("viaIf", names.apply(entry.remoteLink()));
        }
        if (entry.cache() != null) {
            view.put("used", entry.cache().used().toSeconds());
            view.put("updated", entry.cache().updated().toSeconds());
        }
        var flags = new ArrayList<String>();
        for (Neighbour.Flag each :
                List.of(
                        Neighbour.Flag.SELF,
                        Neighbour.Flag.ROUTER,
                        Neighbour.Flag.EXT_LEARNED,
                        Neighbour.Flag.OFFLOADED,
                        Neighbour.Flag.STICKY)) {
            if (entry.flags().contains(each)) {
                flags.add(
                        switch (each) {
                            case EXT_LEARNED -> "extern_learn";
                            case OFFLOADED -> "offload";
                            default -> each.name().toLowerCase(Locale.ROOT);
                        });
            }
        }
        view.put("flags", flags);
        if (entry.master() != 0) {
            view.put("master", names.apply(entry.master()));
        }
        view.put("state", state(entry.state()));
        return view;
    }

    private static String state(Set<State> state) {
        return state.contains(State.PERMANENT)
                ? "permanent"
                : state.contains(State.NOARP)
                        ? "static"
                        : state.contains(State.STALE) ? "stale" : "";
    }

    /** Of each link one object with all its VLANs. */
    static List<Map<String, Object>> of(List<BridgeVlan> all, IntFunction<String> names) {
        var byLink = new LinkedHashMap<Integer, List<Object>>();
        for (BridgeVlan each : all) {
            var vlan = new LinkedHashMap<String, Object>();
            vlan.put("vlan", each.first());
            if (each.last() != each.first()) {
                vlan.put("vlanEnd", each.last());
            }
            if (!each.flags().isEmpty()) {
                var flags = new ArrayList<String>();
                if (each.flags().contains(BridgeVlan.Flag.PVID)) {
                    flags.add("PVID");
                }
                if (each.flags().contains(BridgeVlan.Flag.UNTAGGED)) {
                    flags.add("Egress Untagged");
                }
                vlan.put("flags", flags);
            }
            byLink.computeIfAbsent(each.link(), link -> new ArrayList<>()).add(vlan);
        }
        List<Map<String, Object>> views = new ArrayList<>();
        byLink.forEach((link, vlans) -> {
            var view = new LinkedHashMap<String, Object>();
            view.put("ifname", names.apply(link));
            view.put("vlans", vlans);
            views.add(view);
        });
        return views;
    }

    static Map<String, Object> ofPort(Link link, Map<Integer, Link> all) {
        IntFunction<String> names = index -> all.get(index).name();
        var port = (BridgePort) link.port();
        var view = new LinkedHashMap<String, Object>();
        view.put("ifindex", link.index());
        if (link.linked() != null) {
            view.put("link", names.apply(link.linked().index()));
        }
        view.put("ifname", link.name());
        view.put("flags", IpLinkView.flags(link, all));
        view.put("mtu", link.mtu());
        view.put("master", names.apply(link.master()));
        view.put("state", port.state().name().toLowerCase(Locale.ROOT));
        view.put("priority", port.priority());
        view.put("cost", port.cost());
        view.put("hairpin", port.flags().contains(Flag.HAIRPIN));
        view.put("guard", port.flags().contains(Flag.GUARD));
        view.put("root_block", port.flags().contains(Flag.ROOT_BLOCK));
        view.put("fastleave", port.flags().contains(Flag.FAST_LEAVE));
        view.put("learning", port.flags().contains(Flag.LEARNING));
        view.put("flood", port.flags().contains(Flag.FLOOD));
        view.put("mcast_flood", port.flags().contains(Flag.MULTICAST_FLOOD));
        view.put("bcast_flood", port.flags().contains(Flag.BROADCAST_FLOOD));
        view.put("mcast_to_unicast", port.flags().contains(Flag.MULTICAST_TO_UNICAST));
        view.put("neigh_suppress", port.flags().contains(Flag.NEIGHBOUR_SUPPRESS));
        view.put("vlan_tunnel", port.flags().contains(Flag.VLAN_TUNNEL));
        view.put("isolated", port.flags().contains(Flag.ISOLATED));
        view.put("locked", port.flags().contains(Flag.LOCKED));
        return view;
    }
}
