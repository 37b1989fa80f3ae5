// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * Holds what comes to a {@link RateLimit}: a bucket of {@code burst} tokens, full at first, of
 * which each taking costs one, and into which one comes back per interval.
 *
 * <p>All of its state is one point in time, at which the bucket would be full again (the virtual
 * scheduling of the generic cell rate algorithm, ITU-T I.371): nothing has to be filled by a timer,
 * and a bucket whose time has come can be forgotten. Not safe for use by several threads at a time.
 */
public final class TokenBucket {
    private final long interval;
    private final long tolerance;
    private long fullAt;
    private boolean used;

    /** A full bucket. */
    public TokenBucket(RateLimit limit) {
        interval = limit.interval().toNanos();
        long most = Long.MAX_VALUE / 4;
        int others = limit.burst() - 1;
        tolerance = others == 0 || interval <= most / others ? interval * others : most;
    }

    /**
     * Takes a token.
     *
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     * @return 0 if there was one; else nothing was taken, and in so many nanoseconds there will be
     */
    public long take(long now) {
        long base = isFull(now) ? now : fullAt;
        long over = base - now - tolerance;
        if (over > 0) {
            return over;
        }
        fullAt = base + interval;
        used = true;
        return 0;
    }

    /** Whether all tokens are there, so that the bucket is like a new one. */
    public boolean isFull(long now) {
        return !used || fullAt - now <= 0;
    }
}
