// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/**
 * The budgets of connections that are held to {@link ThroughputLimits}, or to {@link
 * MessageRateLimits}: of each one, inside that of its peer, inside that of all, inside those that
 * others are inside too, if there are such.
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

        /** Full ones of messages inside these. */
        public Pair inside(MessageRate limits) {
            return limits.equals(MessageRate.NONE)
                    ? this
                    : new Pair(reading.inside(limits.reading()), writing.inside(limits.writing()));
        }

        private boolean isFull(long now) {
            return reading.isFull(now) && writing.isFull(now);
        }
    }

    private final UnaryOperator<Pair> connection;
    private final UnaryOperator<Pair> peer;
    private final PeerGrouping grouping;
    private final boolean countsMessages;
    private final boolean asksWho;
    private final Pair all;
    private final PeerTable<Pair> peers = new PeerTable<>(Pair::isFull); // guarded by this

    /** Full ones by themselves. */
    public ThroughputBudgets(ThroughputLimits limits) {
        this(limits, Pair.UNLIMITED);
    }

    /** Full ones inside these, in which others may be too. */
    public ThroughputBudgets(ThroughputLimits limits, Pair around) {
        this.connection = outer -> outer.inside(limits.connection());
        this.peer = outer -> outer.inside(limits.peer());
        this.grouping = limits.grouping();
        this.countsMessages = false;
        this.asksWho = limits.asksWho();
        this.all = around.inside(limits.all());
    }

    /** Full ones by themselves, of messages. */
    public ThroughputBudgets(MessageRateLimits limits) {
        this(limits, Pair.UNLIMITED);
    }

    /** Full ones of messages inside these, in which others may be too. */
    public ThroughputBudgets(MessageRateLimits limits, Pair around) {
        this.connection = outer -> outer.inside(limits.connection());
        this.peer = outer -> outer.inside(limits.peer());
        this.grouping = limits.grouping();
        this.countsMessages = true;
        this.asksWho = !limits.peer().equals(MessageRate.NONE);
        this.all = around.inside(limits.all());
    }

    /** Whether messages are counted, and not their bytes. */
    public boolean countsMessages() {
        return countsMessages;
    }

    /** What a message costs: its bytes, or 1. */
    public int cost(int bytes) {
        return countsMessages ? 1 : bytes;
    }

    /** Whether peers make a difference, so that it is worth asking who one is. */
    public boolean asksWho() {
        return asksWho;
    }

    /** Who counts as one peer. */
    public PeerGrouping grouping() {
        return grouping;
    }

    /** Full ones by themselves, such as each peer has: for {@link PeerBuckets}. */
    public Pair ofOnePeer() {
        return peer.apply(Pair.UNLIMITED);
    }

    /**
     * The budgets of one more connection; {@link #left} follows once.
     *
     * @param who whose it is; null if it counts for nobody
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     */
    public Pair come(@Nullable PeerKey who, long now) {
        return connection.apply(who == null || !asksWho ? all : ofPeer(who, now));
    }

    private synchronized Pair ofPeer(PeerKey who, long now) {
        PeerTable.Peer<Pair> known = peers.find(who, now);
        PeerTable.Peer<Pair> present = known == null ? peers.stranger(peer.apply(all)) : known;
        peers.admit(who, present);
        return present.account;
    }

    /** A connection is gone. */
    public synchronized void left(@Nullable PeerKey who, long now) {
        if (who != null && asksWho) {
            peers.leave(who, now);
        }
    }

    /** Of how many peers anything is known. */
    public synchronized int peers() {
        return peers.size();
    }
}
