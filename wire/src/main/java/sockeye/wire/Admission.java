// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

/**
 * Counts connections and holds them to {@link AdmissionLimits}: how fast they come, in all and of
 * one peer, and how many one peer has.
 *
 * <p>It knows nothing of a peer whose last connection is gone and whose bucket is full again. Of
 * peers that have no connection but have come fast, 65,536 are remembered; those beyond, the oldest
 * first, are forgiven, so that nobody fills the memory by coming from many addresses.
 *
 * <p>How many connections there are in all is for its user to hold to, who does not accept what he
 * has no place for. Safe for use by several threads; nothing here waits.
 */
public final class Admission {
    private final AdmissionLimits limits;
    private final boolean counting;
    private final TokenBucket all;
    private final PeerTable<TokenBucket> peers = new PeerTable<>(TokenBucket::isFull);

    /** With nobody there. */
    public Admission(AdmissionLimits limits) {
        this.limits = limits;
        this.counting = limits.perPeer() < limits.connections() || !limits.peerRate().isNone();
        this.all = new TokenBucket(limits.rate());
    }

    /** Whether peers make a difference, so that it is worth asking who one is. */
    public boolean asksWho() {
        return counting;
    }

    /**
     * How long to wait before the next connection is accepted, in nanoseconds, by the rate in all;
     * 0 if it may be now: then it counts as accepted.
     *
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     */
    public synchronized long delay(long now) {
        return limits.rate().isNone() ? 0 : all.take(now);
    }

    /**
     * A connection has come.
     *
     * @param who whose it is; null if it counts for nobody
     * @param now monotonic time in nanoseconds
     * @return null if it is admitted, and then {@link #left} follows once; else why not
     */
    public synchronized @Nullable Rejection come(@Nullable PeerKey who, long now) {
        if (who == null || !counting) {
            return null;
        }
        PeerTable.Peer<TokenBucket> known = peers.find(who, now);
        PeerTable.Peer<TokenBucket> peer =
                known == null ? peers.stranger(new TokenBucket(limits.peerRate())) : known;
        Rejection rejection = judge(peer, now);
        if (rejection == null) {
            peers.admit(who, peer);
        } else {
            peers.refuse(who, peer, now);
        }
        return rejection;
    }

    private @Nullable Rejection judge(PeerTable.Peer<TokenBucket> peer, long now) {
        if (!limits.peerRate().isNone() && peer.account.take(now) > 0) {
            return Rejection.TOO_FAST;
        }
        return peer.count() >= limits.perPeer() ? Rejection.TOO_MANY : null;
    }

    /** An admitted connection is gone. */
    public synchronized void left(@Nullable PeerKey who, long now) {
        if (who != null) {
            peers.leave(who, now);
        }
    }

    /** Forgets whom nothing has to be known of any more; to be called now and then. */
    public synchronized void forget(long now) {
        peers.forget(now);
    }

    /** How many connections a peer has. */
    public synchronized int count(PeerKey who) {
        return peers.count(who);
    }

    /** Of how many peers anything is known. */
    public synchronized int peers() {
        return peers.size();
    }
}
