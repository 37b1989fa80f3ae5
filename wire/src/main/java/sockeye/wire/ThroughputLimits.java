// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;

/**
 * How fast bytes may come and go: of each connection, of all connections of one peer together, and
 * of all together. What goes counts for all three, so the slowest decides.
 *
 * @param connection of each connection
 * @param peer of all connections of one peer
 * @param all of all connections
 * @param grouping who counts as one peer
 */
public record ThroughputLimits(
        Throughput connection, Throughput peer, Throughput all, PeerGrouping grouping) {
    /** No limit; peers by IPv4 address, IPv6 /64 and user. */
    public static final ThroughputLimits NONE =
            new ThroughputLimits(
                    Throughput.NONE, Throughput.NONE, Throughput.NONE, PeerGrouping.DEFAULT);

    public ThroughputLimits {
        Objects.requireNonNull(connection);
        Objects.requireNonNull(peer);
        Objects.requireNonNull(all);
        Objects.requireNonNull(grouping);
    }

    /** The same with another limit of each connection. */
    public ThroughputLimits withConnection(Throughput connection) {
        return new ThroughputLimits(connection, peer, all, grouping);
    }

    /** The same with another limit of each peer. */
    public ThroughputLimits withPeer(Throughput peer) {
        return new ThroughputLimits(connection, peer, all, grouping);
    }

    /** The same with another limit in all. */
    public ThroughputLimits withAll(Throughput all) {
        return new ThroughputLimits(connection, peer, all, grouping);
    }

    /** The same with other peers that count as one. */
    public ThroughputLimits withGrouping(PeerGrouping grouping) {
        return new ThroughputLimits(connection, peer, all, grouping);
    }

    /** Whether peers make a difference, so that it is worth asking who one is. */
    public boolean asksWho() {
        return !peer.equals(Throughput.NONE);
    }
}
