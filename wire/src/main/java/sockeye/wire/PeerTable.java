// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Accounts of peers: of those that have connections, and of those that have none any more but owe
 * something. Of the latter {@value #MOST_DEBTORS} are remembered; those beyond, the oldest first,
 * are forgiven, so that nobody fills the memory by coming from many addresses. Not safe for use by
 * several threads at a time.
 *
 * @param <A> what a peer may owe by
 */
final class PeerTable<A> {
    private static final int MOST_DEBTORS = 1 << 16;

    /** So many of the remembered are looked at with each that comes, so that none stays long. */
    private static final int LOOKED_AT = 4;

    /** Whether an account is like a new one. */
    @FunctionalInterface
    interface Settlement<A> {
        boolean isSettled(A account, long now);
    }

    /** A peer. */
    static final class Peer<A> {
        final A account;
        private int count;

        private Peer(A account) {
            this.account = account;
        }

        /** How many connections it has. */
        int count() {
            return count;
        }
    }

    private final Settlement<A> settlement;
    private final Map<PeerKey, Peer<A>> present = new HashMap<>();

    /** Those that have no connection, but an account that is not settled; the oldest first. */
    private final Map<PeerKey, Peer<A>> debtors = new LinkedHashMap<>();

    PeerTable(Settlement<A> settlement) {
        this.settlement = settlement;
    }

    /** What is known of a peer that has come; {@link #admit} or {@link #refuse} is to follow. */
    @Nullable Peer<A> find(PeerKey who, long now) {
        forget(now, LOOKED_AT);
        Peer<A> known = present.get(who);
        return known == null ? debtors.remove(who) : known;
    }

    /** One of whom nothing is known. */
    Peer<A> stranger(A account) {
        return new Peer<>(account);
    }

    /** It has one connection more. */
    void admit(PeerKey who, Peer<A> peer) {
        if (peer.count++ == 0) {
            present.put(who, peer);
        }
    }

    /** It has none more. */
    void refuse(PeerKey who, Peer<A> peer, long now) {
        if (peer.count == 0) {
            remember(who, peer, now);
        }
    }

    /** It has one less. */
    void leave(PeerKey who, long now) {
        Peer<A> peer = present.get(who);
        if (peer != null && --peer.count == 0) {
            present.remove(who);
            remember(who, peer, now);
        }
    }

    private void remember(PeerKey who, Peer<A> peer, long now) {
        if (settlement.isSettled(peer.account, now)) {
            return;
        }
        debtors.put(who, peer);
        if (debtors.size() > MOST_DEBTORS) {
            Iterator<PeerKey> oldest = debtors.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** Forgets whom nothing has to be known of any more. */
    void forget(long now) {
        forget(now, Integer.MAX_VALUE);
    }

    private void forget(long now, int most) {
        Iterator<Peer<A>> oldest = debtors.values().iterator();
        for (int i = 0; i < most && oldest.hasNext(); i++) {
            if (!settlement.isSettled(oldest.next().account, now)) {
                return;
            }
            oldest.remove();
        }
    }

    /** How many connections a peer has. */
    int count(PeerKey who) {
        Peer<A> peer = present.get(who);
        return peer == null ? 0 : peer.count;
    }

    /** Of how many peers anything is known. */
    int size() {
        return present.size() + debtors.size();
    }
}
