// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;

/**
 * How many connections there may be, and how fast they may come.
 *
 * @param connections how many at a time in all, at least 1; further ones wait in the backlog until
 *     one ends
 * @param perPeer how many at a time of one peer, at least 1; further ones are rejected
 * @param rate how fast they may come in all; what comes faster waits in the backlog
 * @param peerRate how fast those of one peer may come; what comes faster is rejected
 * @param grouping who counts as one peer
 */
public record AdmissionLimits(
        int connections, int perPeer, RateLimit rate, RateLimit peerRate, PeerGrouping grouping) {
    /**
     * 16,384 connections, of one peer a quarter of them, so that nobody can take all places; at any
     * rate; by IPv4 address, IPv6 /64 and user.
     */
    public static final AdmissionLimits DEFAULT =
            new AdmissionLimits(
                    16_384, 4_096, RateLimit.NONE, RateLimit.NONE, PeerGrouping.DEFAULT);

    public AdmissionLimits {
        Objects.requireNonNull(rate);
        Objects.requireNonNull(peerRate);
        Objects.requireNonNull(grouping);
        if (connections < 1 || perPeer < 1) {
            throw new IllegalArgumentException(
                    "at least 1 connection: " + connections + ", of one peer " + perPeer);
        }
    }

    /** The same with another number of connections in all. */
    public AdmissionLimits withConnections(int connections) {
        return new AdmissionLimits(connections, perPeer, rate, peerRate, grouping);
    }

    /** The same with another number of connections of one peer. */
    public AdmissionLimits withPerPeer(int perPeer) {
        return new AdmissionLimits(connections, perPeer, rate, peerRate, grouping);
    }

    /** The same with another rate in all. */
    public AdmissionLimits withRate(RateLimit rate) {
        return new AdmissionLimits(connections, perPeer, rate, peerRate, grouping);
    }

    /** The same with another rate of one peer. */
    public AdmissionLimits withPeerRate(RateLimit peerRate) {
        return new AdmissionLimits(connections, perPeer, rate, peerRate, grouping);
    }

    /** The same with other peers that count as one. */
    public AdmissionLimits withGrouping(PeerGrouping grouping) {
        return new AdmissionLimits(connections, perPeer, rate, peerRate, grouping);
    }
}
