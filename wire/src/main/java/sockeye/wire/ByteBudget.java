// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

/**
 * Holds bytes to a {@link ByteRate}, and with them to that of a budget around this one, and of one
 * around that: a tree of token buckets, in which what is spent here is spent by all above too.
 * Messages are held to a {@link RateLimit} in the same way, each of them counted as 1; all of a
 * tree count the same.
 *
 * <p>It is spent first and waited for afterwards: bytes that have come cannot be sent back. Who
 * spends is told how long to wait until nothing is owed any more; those that share a budget so take
 * turns, in the order in which they have spent, and none starves. In any time as many go as the
 * rate and the burst allow, and at most one {@link #piece()} more of each who shares it.
 *
 * <p>All of a bucket's state is one point in time, at which it would be full again, as of a {@link
 * TokenBucket}: nothing is filled by a timer. Safe for use by several threads; nothing here waits.
 */
public final class ByteBudget {
    private static final long SECOND = 1_000_000_000L;

    /** Nobody owes more than some 73 years. */
    private static final long MOST = Long.MAX_VALUE / 4;

    /** A piece is this part of a burst. */
    private static final int PIECES = 4;

    /** Bytes per second, or for each message so many nanoseconds; 0 for the other, or for both. */
    private final long perSecond;

    private final long interval;
    private final long burst;
    private final @Nullable ByteBudget parent;
    private final long tolerance;
    private long fullAt; // guarded by this
    private boolean used; // guarded by this

    private ByteBudget(ByteRate rate, @Nullable ByteBudget parent) {
        this.perSecond = rate.perSecond();
        this.interval = 0;
        this.burst = rate.burst();
        this.parent = parent;
        this.tolerance = rate.isNone() ? 0 : nanos(burst);
    }

    private ByteBudget(RateLimit rate, @Nullable ByteBudget parent) {
        this.perSecond = 0;
        this.interval = rate.interval().toNanos();
        this.burst = rate.burst();
        this.parent = parent;
        // The last of a burst is one that has to be waited for: there are so many, and no more.
        this.tolerance = nanos(burst - 1);
    }

    /** A full one by itself. */
    public static ByteBudget of(ByteRate rate) {
        return new ByteBudget(rate, null);
    }

    /** A full one inside this one. */
    public ByteBudget inside(ByteRate rate) {
        return new ByteBudget(rate, this);
    }

    /** A full one of messages, by itself. */
    public static ByteBudget of(RateLimit rate) {
        return new ByteBudget(rate, null);
    }

    /** A full one of messages, inside this one. */
    public ByteBudget inside(RateLimit rate) {
        return new ByteBudget(rate, this);
    }

    private boolean isNone() {
        return perSecond == 0 && interval == 0;
    }

    /** Who owes more than this has to wait. */
    long tolerance() {
        return tolerance;
    }

    /** How long it takes to earn so many; rounded up, so that it is never faster than it says. */
    long nanos(long bytes) {
        if (perSecond == 0) {
            return bytes == 0 || interval <= MOST / bytes ? interval * bytes : MOST;
        }
        long whole = bytes / perSecond;
        long rest = bytes % perSecond; // below 10^12
        // In thousands of nanoseconds first, for 10^12 * 10^9 is too much.
        long micros = rest * (SECOND / 1_000);
        long part = micros / perSecond * 1_000;
        long left = micros % perSecond * 1_000;
        return whole * SECOND + part + Math.ceilDiv(left, perSecond);
    }

    /**
     * Spends bytes that have come or are about to go, of this budget and of all around it.
     *
     * @param bytes 0 or more; or how many messages
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     * @return in how many nanoseconds the next may come or go; 0 for now
     */
    public long spend(int bytes, long now) {
        long wait = 0;
        for (ByteBudget each = this; each != null; each = each.parent) {
            wait = Math.max(wait, each.take(bytes, now));
        }
        return wait;
    }

    private synchronized long take(int bytes, long now) {
        if (isNone()) {
            return 0;
        }
        long owed = used ? Math.max(0, fullAt - now) : 0;
        long more = Math.min(MOST, owed + nanos(bytes));
        fullAt = now + more;
        used = true;
        return Math.max(0, more - tolerance);
    }

    /**
     * How many bytes should go at once, at most: a quarter of the smallest burst, at least 1, or
     * {@link Integer#MAX_VALUE} where nothing is limited.
     */
    public int piece() {
        long least = Long.MAX_VALUE;
        for (ByteBudget each = this; each != null; each = each.parent) {
            if (!each.isNone()) {
                least = Math.min(least, Math.max(1, each.burst / PIECES));
            }
        }
        return (int) Math.min(Integer.MAX_VALUE, least);
    }

    /** Whether this or one around it has a limit. */
    public boolean isLimited() {
        for (ByteBudget each = this; each != null; each = each.parent) {
            if (!each.isNone()) {
                return true;
            }
        }
        return false;
    }

    /** Whether this one, whatever is around it, is like a new one. */
    public synchronized boolean isFull(long now) {
        return !used || fullAt - now <= 0;
    }
}
