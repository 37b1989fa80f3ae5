// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

/**
 * The budgets of connections that are held to {@link ThroughputLimits}: of each one, inside that of
 * its peer, inside that of all, inside those that others are inside too, if there are such.
 *
 * <p>A peer that comes again owes what it owed; of those without a connection 65,536 are
 * remembered. Safe for use by several threads; nothing here waits.
 */
public final class ThroughputBudgets {
    /** The budgets of one connection, or of several. */
    public record Pair(ByteBudget reading, ByteBudget writing) {
        /** Without a limit. */
        public static final Pair UNLIMITED =
                new Pair(ByteBudget.of(ByteRate.NONE), ByteBudget.of(ByteRate.NONE));

        /** Full ones inside these. */
        public Pair inside(Throughput limits) {
            return limits.equals(Throughput.NONE)
                    ? this
                    : new Pair(reading.inside(limits.reading()), writing.inside(limits.writing()));
        }

        private boolean isFull(long now) {
            return reading.isFull(now) && writing.isFull(now);
        }
    }

    private final ThroughputLimits limits;
    private final Pair all;
    private final PeerTable<Pair> peers = new PeerTable<>(Pair::isFull); // guarded by this

    /** Full ones by themselves. */
    public ThroughputBudgets(ThroughputLimits limits) {
        this(limits, Pair.UNLIMITED);
    }

    /** Full ones inside these, in which others may be too. */
    public ThroughputBudgets(ThroughputLimits limits, Pair around) {
        this.limits = limits;
        this.all = around.inside(limits.all());
    }

    /** What they hold to. */
    public ThroughputLimits limits() {
        return limits;
    }

    /**
     * The budgets of one more connection; {@link #left} follows once.
     *
     * @param who whose it is; null if it counts for nobody
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     */
    public Pair come(@Nullable PeerKey who, long now) {
        Pair around = who == null || !limits.asksWho() ? all : ofPeer(who, now);
        return around.inside(limits.connection());
    }

    private synchronized Pair ofPeer(PeerKey who, long now) {
        PeerTable.Peer<Pair> known = peers.find(who, now);
        PeerTable.Peer<Pair> peer =
                known == null ? peers.stranger(all.inside(limits.peer())) : known;
        peers.admit(who, peer);
        return peer.account;
    }

    /** A connection is gone. */
    public synchronized void left(@Nullable PeerKey who, long now) {
        if (who != null && limits.asksWho()) {
            peers.leave(who, now);
        }
    }

    /** Of how many peers anything is known. */
    public synchronized int peers() {
        return peers.size();
    }
}
