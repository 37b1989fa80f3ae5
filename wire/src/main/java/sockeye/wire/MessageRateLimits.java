// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;

/**
 * How fast messages may come and go: over each connection, or each socket of datagrams, from and to
 * one peer, and in all. A message counts for all three, so the slowest decides. The counterpart of
 * {@link ThroughputLimits}, which counts bytes.
 *
 * @param connection of each connection or socket
 * @param peer of all that one peer sends, or is sent
 * @param all of all together
 * @param grouping who counts as one peer
 */
public record MessageRateLimits(
        MessageRate connection, MessageRate peer, MessageRate all, PeerGrouping grouping) {
    /** No limit; peers by IPv4 address, IPv6 /64 and user. */
    public static final MessageRateLimits NONE =
            new MessageRateLimits(
                    MessageRate.NONE, MessageRate.NONE, MessageRate.NONE, PeerGrouping.DEFAULT);

    public MessageRateLimits {
        Objects.requireNonNull(connection);
        Objects.requireNonNull(peer);
        Objects.requireNonNull(all);
        Objects.requireNonNull(grouping);
    }

    /** The same with another limit of each connection or socket. */
    public MessageRateLimits withConnection(MessageRate connection) {
        return new MessageRateLimits(connection, peer, all, grouping);
    }

    /** The same with another limit of each peer. */
    public MessageRateLimits withPeer(MessageRate peer) {
        return new MessageRateLimits(connection, peer, all, grouping);
    }

    /** The same with another limit in all. */
    public MessageRateLimits withAll(MessageRate all) {
        return new MessageRateLimits(connection, peer, all, grouping);
    }

    /** The same with other peers that count as one. */
    public MessageRateLimits withGrouping(PeerGrouping grouping) {
        return new MessageRateLimits(connection, peer, all, grouping);
    }
}
