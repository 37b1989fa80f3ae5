// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Token buckets of peers without number, in fixed memory: for datagrams, whose senders come without
 * a connection, never leave, and may be forged. Nothing is allocated, and no lock is held.
 *
 * <p>There is one number for each of 8192 groups of peers, chosen by a keyed hash: when what the
 * group has spent is paid for (the generic cell rate algorithm, ITU-T I.371). Peers in one group
 * share its bucket; who is in whose group nobody outside can tell.
 *
 * <p>Safe for use by any number of threads.
 */
public final class PeerBuckets {
    private static final int GROUPS = 1 << 13;

    private final ByteBudget each;
    private final PeerGrouping grouping;
    private final long key;
    private final long origin;
    private final AtomicLongArray paidUntil = new AtomicLongArray(GROUPS);

    /**
     * Full buckets.
     *
     * @param each what each has; those around it do not count
     * @param grouping who counts as one peer
     * @param key a secret: any random number
     * @param nanos the present time of {@link Moment#nanos()}
     */
    public PeerBuckets(ByteBudget each, PeerGrouping grouping, long key, long nanos) {
        this.each = each;
        this.grouping = grouping;
        this.key = key;
        this.origin = nanos;
    }

    /**
     * Spends of a peer's bucket, unless it owes something already.
     *
     * @param address the peer's 16 bytes, IPv4 in its mapped form
     * @param count bytes or messages, as the bucket counts
     * @param nanos the present time of {@link Moment#nanos()}
     * @return whether it was spent
     */
    public boolean take(byte[] address, int count, long nanos) {
        int bits = AnswerGuard.isIpv4(address) ? 96 + grouping.ipv4Bits() : grouping.ipv6Bits();
        long high = AnswerGuard.first(address) & leading(Math.min(bits, 64));
        long low = AnswerGuard.second(address) & leading(Math.max(bits - 64, 0));
        return take(group(high, low), count, nanos);
    }

    /** The same of a peer that is known by something else. */
    public boolean take(PeerKey who, int count, long nanos) {
        return take(group(who.high() ^ who.family(), who.low()), count, nanos);
    }

    private boolean take(int group, int count, long nanos) {
        long now = nanos - origin;
        while (true) {
            long paid = paidUntil.get(group);
            long from = Math.max(paid, now);
            if (from - now > each.tolerance()) {
                return false;
            }
            if (paidUntil.compareAndSet(group, paid, from + each.nanos(count))) {
                return true;
            }
        }
    }

    private int group(long high, long low) {
        return (int) (mix(mix(high ^ key) ^ low) >>> 51);
    }

    private static long leading(int bits) {
        return bits == 0 ? 0 : -1L << (64 - bits);
    }

    /** The finish of SplitMix64, a bijection in which each bit depends on each. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
