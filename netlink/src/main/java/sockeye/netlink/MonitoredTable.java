// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;

/**
 * A table of the kernel's that can be dumped and tells of its changes: what a {@link
 * NetlinkMonitor} watches.
 *
 * @param <K> what an entry is known by; compares by value
 * @param <V> an entry; compares by value, and what should not count as a change is no part of it
 * @param protocol one of {@link sockeye.NetlinkProtocol}
 * @param groups the multicast groups to hear, by number
 * @param dumps the requests whose answers together are the table
 * @param decoder makes an update of a message of either kind; null for one that is of another table
 */
public record MonitoredTable<K, V>(
        int protocol,
        List<Integer> groups,
        List<NetlinkRequest> dumps,
        PayloadDecoder<TableUpdate<K, V>> decoder) {
    /** Keeps the lists as they are. */
    public MonitoredTable {
        groups = List.copyOf(groups);
        dumps = List.copyOf(dumps);
    }
}
