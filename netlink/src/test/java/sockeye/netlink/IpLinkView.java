// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.netlink.BridgePort.Flag;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;

/** A link as {@code ip -d -s -j link} prints it. */
final class IpLinkView {
    /** What of a kind's data is not typed: kept raw, or it runs while one looks. */
    static final Set<String> BRIDGE_EXTRA =
            Set.of(
                    "hello_timer",
                    "tcn_timer",
                    "topology_change_timer",
                    "gc_timer",
                    "topology_change_detected",
                    "no_linklocal_learn",
                    "mcast_vlan_snooping",
                    "mcast_router",
                    "mcast_query_use_ifaddr",
                    "mcast_querier",
                    "mcast_hash_elasticity",
                    "mcast_hash_max",
                    "mcast_last_member_cnt",
                    "mcast_startup_query_cnt",
                    "mcast_last_member_intvl",
                    "mcast_membership_intvl",
                    "mcast_querier_intvl",
                    "mcast_query_intvl",
                    "mcast_query_response_intvl",
                    "mcast_startup_query_intvl",
                    "mcast_stats_enabled",
                    "mcast_igmp_version",
                    "mcast_mld_version",
                    "nf_call_iptables",
                    "nf_call_ip6tables",
                    "nf_call_arptables",
                    "vlan_stats_enabled",
                    "vlan_stats_per_port",
                    "mst_enabled",
                    "mcast_querier_state",
                    "mcast_bridge_querier");

    static final Set<String> PORT_EXTRA =
            Set.of(
                    "designated_port",
                    "designated_cost",
                    "bridge_id",
                    "root_id",
                    "hold_timer",
                    "message_age_timer",
                    "forward_delay_timer",
                    "topology_change_ack",
                    "config_pending",
                    "multicast_router",
                    "group_fwd_mask",
                    "group_fwd_mask_str",
                    "mcast_eht_hosts_limit",
                    "mcast_eht_hosts_cnt",
                    "mab");

    static final Set<String> VXLAN_EXTRA =
            Set.of("df", "udp_csum", "udp_zero_csum6_tx", "udp_zero_csum6_rx", "localbypass");

    private static final List<String> GENERATION =
            List.of("eui64", "none", "stable_secret", "random");

    private IpLinkView() {}

    static Map<String, Object> of(Link link, Map<Integer, Link> all) {
        IntFunction<String> names = index -> all.get(index).name();
        LinkDetails details = link.details();
        var view = new LinkedHashMap<String, Object>();
        view.put("ifindex", link.index());
        if (link.linked() != null && link.linked().isHere()) {
            view.put("link", names.apply(link.linked().index()));
        } else if (link.linked() != null) {
            view.put("link_index", link.linked().index());
            view.put("link_netnsid", link.linked().namespaceId());
        }
        view.put("ifname", link.name());
        view.put("flags", flags(link, all));
        view.put("mtu", link.mtu());
        view.put("qdisc", details.queueDiscipline());
        if (link.master() != 0) {
            view.put("master", names.apply(link.master()));
        }
        view.put("operstate", link.state().name().replace("_", ""));
        view.put("linkmode", details.dormantMode() ? "DORMANT" : "DEFAULT");
        view.put("group", IprouteNames.GROUPS.of(details.group()));
        if (details.queueLength() != 0) {
            view.put("txqlen", details.queueLength());
        }
        view.put("link_type", link.hardwareType() == 772 ? "loopback" : "ether");
        view.put("address", link.address() + "");
        view.put("broadcast", details.broadcast() + "");
        if (details.permanentAddress() != null
                && !details.permanentAddress().equals(link.address())) {
            view.put("permaddr", details.permanentAddress() + "");
        }
        view.put("promiscuity", details.promiscuity());
        view.put("allmulti", details.allMulticast());
        view.put("min_mtu", details.minimumMtu());
        view.put("max_mtu", details.maximumMtu());
        var info = new LinkedHashMap<String, Object>();
        if (!link.kind().name().isEmpty()) {
            info.put("info_kind", link.kind().name());
            Map<String, Object> data = data(link);
            if (!data.isEmpty()) {
                info.put("info_data", data);
            }
        }
        if (link.port() instanceof BridgePort port) {
            info.put("info_slave_kind", "bridge");
            info.put("info_slave_data", port(port));
        }
        if (!info.isEmpty()) {
            view.put("linkinfo", info);
        }
        if (details.addressGeneration() >= 0) {
            view.put("inet6_addr_gen_mode", GENERATION.get(details.addressGeneration()));
        }
        view.put("num_tx_queues", details.queues().sending());
        view.put("num_rx_queues", details.queues().receiving());
        LinkDetails.Offload offload = details.offload();
        view.put("gso_max_size", offload.gsoSize());
        view.put("gso_max_segs", offload.gsoSegments());
        view.put("tso_max_size", offload.tsoSize());
        view.put("tso_max_segs", offload.tsoSegments());
        view.put("gro_max_size", offload.groSize());
        if (!details.alternativeNames().isEmpty()) {
            view.put("altnames", details.alternativeNames());
        }
        if (details.alias() != null) {
            view.put("ifalias", details.alias());
        }
        view.put("stats64", statistics(link));
        return view;
    }

    /** iproute2 leaves out RUNNING, and tells where it is missing. */
    static List<String> flags(Link link, Map<Integer, Link> all) {
        List<String> names = new ArrayList<>();
        if (link.isUp() && !link.flags().contains(LinkFlag.RUNNING)) {
            names.add("NO-CARRIER");
        }
        for (LinkFlag each :
                List.of(
                        LinkFlag.LOOPBACK,
                        LinkFlag.BROADCAST,
                        LinkFlag.POINTOPOINT,
                        LinkFlag.MULTICAST,
                        LinkFlag.NOARP,
                        LinkFlag.ALLMULTI,
                        LinkFlag.PROMISC,
                        LinkFlag.MASTER,
                        LinkFlag.SLAVE,
                        LinkFlag.DEBUG,
                        LinkFlag.DYNAMIC,
                        LinkFlag.AUTOMEDIA,
                        LinkFlag.PORTSEL,
                        LinkFlag.NOTRAILERS,
                        LinkFlag.UP,
                        LinkFlag.LOWER_UP,
                        LinkFlag.DORMANT,
                        LinkFlag.ECHO)) {
            if (link.flags().contains(each)) {
                names.add(each.name());
            }
        }
        LinkReference below = link.linked();
        if (below != null && below.isHere() && !all.get(below.index()).isUp()) {
            names.add("M-DOWN");
        }
        return names;
    }

    private static Map<String, Object> data(Link link) {
        return switch (link.kind()) {
            case BridgeLink bridge -> bridge(bridge);
            case VlanLink vlan -> vlan(vlan);
            case VxlanLink vxlan -> vxlan(vxlan);
            default -> Map.of();
        };
    }

    private static Map<String, Object> bridge(BridgeLink bridge) {
        var view = new LinkedHashMap<String, Object>();
        BridgeLink.SpanningTree tree = bridge.spanningTree();
        view.put("forward_delay", ticks(tree.forwardDelay()));
        view.put("hello_time", ticks(tree.helloTime()));
        view.put("max_age", ticks(tree.maximumAge()));
        view.put("ageing_time", ticks(bridge.ageing()));
        view.put("stp_state", tree.state());
        view.put("priority", tree.priority());
        view.put("vlan_filtering", bridge.vlans().filtering() ? 1 : 0);
        if (bridge.vlans().protocol() != 0) {
            view.put("vlan_protocol", bridge.vlans().protocol() == 0x8100 ? "802.1Q" : "802.1ad");
            view.put("vlan_default_pvid", bridge.vlans().defaultId());
        }
        view.put("bridge_id", bridgeId(bridge.id()));
        view.put("root_id", bridgeId(tree.rootId()));
        view.put("root_port", tree.rootPort());
        view.put("root_path_cost", tree.rootPathCost());
        view.put("topology_change", tree.topologyChange() ? 1 : 0);
        view.put(
                "group_fwd_mask",
                bridge.groupForwardMask() == 0 ? "0" : "0x%x".formatted(bridge.groupForwardMask()));
        view.put("group_addr", bridge.groupAddress() + "");
        view.put("mcast_snooping", bridge.multicastSnooping() ? 1 : 0);
        return view;
    }

    /** iproute2 leaves out zeros. */
    private static String bridgeId(BridgeId id) {
        return id.toString().replaceAll("([.:])0([0-9a-f])", "$1$2");
    }

    private static long ticks(Duration time) {
        return time.toMillis() / 10;
    }

    private static Map<String, Object> vlan(VlanLink vlan) {
        var view = new LinkedHashMap<String, Object>();
        view.put("protocol", vlan.protocol() == VlanLink.DOT1Q ? "802.1Q" : "802.1ad");
        view.put("id", vlan.id());
        view.put("flags", vlan.flags().stream().map(Enum::name).toList());
        return view;
    }

    private static Map<String, Object> vxlan(VxlanLink vxlan) {
        var view = new LinkedHashMap<String, Object>();
        view.put("id", vxlan.id());
        if (vxlan.remote() != null) {
            view.put(vxlan.remote().isIpv4() ? "remote" : "remote6", vxlan.remote().toString());
        }
        if (vxlan.local() != null) {
            view.put(vxlan.local().isIpv4() ? "local" : "local6", vxlan.local().toString());
        }
        var ports = new LinkedHashMap<String, Object>();
        ports.put("low", vxlan.sourcePorts().low());
        ports.put("high", vxlan.sourcePorts().high());
        view.put("port_range", ports);
        view.put("port", vxlan.port());
        view.put("learning", vxlan.learning());
        view.put("ttl", vxlan.hops());
        view.put("ageing", vxlan.ageing());
        if (vxlan.limit() != 0) {
            view.put("limit", vxlan.limit());
        }
        return view;
    }

    private static Map<String, Object> port(BridgePort port) {
        var view = new LinkedHashMap<String, Object>();
        view.put("state", port.state().name().toLowerCase(Locale.ROOT));
        view.put("priority", port.priority());
        view.put("cost", port.cost());
        view.put("hairpin", port.flags().contains(Flag.HAIRPIN));
        view.put("guard", port.flags().contains(Flag.GUARD));
        view.put("root_block", port.flags().contains(Flag.ROOT_BLOCK));
        view.put("fastleave", port.flags().contains(Flag.FAST_LEAVE));
        view.put("learning", port.flags().contains(Flag.LEARNING));
        view.put("flood", port.flags().contains(Flag.FLOOD));
        view.put("id", "0x" + Integer.toHexString(port.id()));
        view.put("no", "0x" + Integer.toHexString(port.number()));
        view.put("proxy_arp", port.flags().contains(Flag.PROXY_ARP));
        view.put("proxy_arp_wifi", port.flags().contains(Flag.PROXY_ARP_WIFI));
        view.put("mcast_flood", port.flags().contains(Flag.MULTICAST_FLOOD));
        view.put("bcast_flood", port.flags().contains(Flag.BROADCAST_FLOOD));
        view.put("mcast_to_unicast", port.flags().contains(Flag.MULTICAST_TO_UNICAST));
        view.put("neigh_suppress", port.flags().contains(Flag.NEIGHBOUR_SUPPRESS));
        view.put("vlan_tunnel", port.flags().contains(Flag.VLAN_TUNNEL));
        view.put("isolated", port.flags().contains(Flag.ISOLATED));
        view.put("locked", port.flags().contains(Flag.LOCKED));
        return view;
    }

    private static Map<String, Object> statistics(Link link) {
        LinkStatistics statistics = link.statistics();
        LinkStatistics.Received in = statistics.received();
        LinkStatistics.Sent out = statistics.sent();
        var received = new LinkedHashMap<String, Object>();
        received.put("bytes", in.bytes());
        received.put("packets", in.packets());
        received.put("errors", in.errors());
        received.put("dropped", in.dropped());
        received.put("over_errors", in.kinds().over());
        received.put("multicast", in.multicast());
        received.put("length_errors", in.kinds().length());
        received.put("crc_errors", in.kinds().crc());
        received.put("frame_errors", in.kinds().frame());
        received.put("fifo_errors", in.kinds().fifo());
        received.put("missed_errors", in.kinds().missed());
        if (in.otherHost() != 0) {
            received.put("otherhost", in.otherHost());
        }
        var sent = new LinkedHashMap<String, Object>();
        sent.put("bytes", out.bytes());
        sent.put("packets", out.packets());
        sent.put("errors", out.errors());
        sent.put("dropped", out.dropped());
        sent.put("carrier_errors", out.kinds().carrier());
        sent.put("collisions", out.collisions());
        sent.put("aborted_errors", out.kinds().aborted());
        sent.put("fifo_errors", out.kinds().fifo());
        sent.put("window_errors", out.kinds().window());
        sent.put("heartbeat_errors", out.kinds().heartbeat());
        sent.put("carrier_changes", link.details().carrier().changes());
        var both = new LinkedHashMap<String, Object>();
        both.put("rx", received);
        both.put("tx", sent);
        return both;
    }
}
