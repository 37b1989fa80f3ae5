// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts connections and holds them to {@link AdmissionLimits}: how fast they come, in all and of
 * one peer, and how many one peer has.
 *
 * <p>It knows nothing of a peer whose last connection is gone and whose bucket is full again. Of
 * peers that have no connection but have come fast, {@value #MOST_DEBTORS} are remembered; those
 * beyond, the oldest first, are forgiven, so that nobody fills the memory by coming from many
 * addresses.
 *
 * <p>How many connections there are in all is for its user to hold to, who does not accept what he
 * has no place for. Safe for use by several threads; nothing here waits.
 */
public final class Admission {
    private static final int MOST_DEBTORS = 1 << 16;

    /** So many of the remembered are looked at with each that comes, so that none stays long. */
    private static final int LOOKED_AT = 4;

    private final AdmissionLimits limits;
    private final boolean counting;
    private final TokenBucket all;
    private final Map<PeerKey, Peer> present = new HashMap<>();

    /** Those that have no connection, but a bucket that is not full; the oldest first. */
    private final Map<PeerKey, Peer> debtors = new LinkedHashMap<>();

    private static final class Peer {
        final TokenBucket bucket;
        int count;

        Peer(TokenBucket bucket) {
            this.bucket = bucket;
        }
    }

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
        forget(now, LOOKED_AT);
        Peer peer = present.get(who);
        boolean known = peer != null;
        if (peer == null) {
            peer = debtors.remove(who);
        }
        if (peer == null) {
            peer = new Peer(new TokenBucket(limits.peerRate()));
        }
        Rejection rejection = judge(peer, now);
        if (rejection == null) {
            peer.count++;
            if (!known) {
                present.put(who, peer);
            }
        } else if (!known) {
            remember(who, peer, now);
        }
        return rejection;
    }

    private @Nullable Rejection judge(Peer peer, long now) {
        if (!limits.peerRate().isNone() && peer.bucket.take(now) > 0) {
            return Rejection.TOO_FAST;
        }
        return peer.count >= limits.perPeer() ? Rejection.TOO_MANY : null;
    }

    /** An admitted connection is gone. */
    public synchronized void left(@Nullable PeerKey who, long now) {
        Peer peer = who == null ? null : present.get(who);
        if (who != null && peer != null && --peer.count == 0) {
            present.remove(who);
            remember(who, peer, now);
        }
    }

    private void remember(PeerKey who, Peer peer, long now) {
        if (peer.bucket.isFull(now)) {
            return;
        }
        debtors.put(who, peer);
        if (debtors.size() > MOST_DEBTORS) {
            Iterator<PeerKey> oldest = debtors.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Forgets whom nothing has to be known of any more; to be called now and then. */
    public synchronized void forget(long now) {
        forget(now, Integer.MAX_VALUE);
    }

    private void forget(long now, int most) {
        Iterator<Peer> oldest = debtors.values().iterator();
        for (int i = 0; i < most && oldest.hasNext(); i++) {
            if (!oldest.next().bucket.isFull(now)) {
                return;
            }
            oldest.remove();
        }
    }

    /** How many connections a peer has. */
    public synchronized int count(PeerKey who) {
        Peer peer = present.get(who);
        return peer == null ? 0 : peer.count;
    }

    /** Of how many peers anything is known. */
    public synchronized int peers() {
        return present.size() + debtors.size();
    }
}
