// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.time.Duration;

/**
 * How fast something may happen: so many at once, and one more for each interval that passes.
 *
 * @param burst how many may come at once after a long silence, at least 1
 * @param interval the time that earns one more; zero means no limit
 */
public record RateLimit(int burst, Duration interval) {
    /** No limit. */
    public static final RateLimit NONE = new RateLimit(1, Duration.ZERO);

    private static final long NANOS = 1_000_000_000L;

    public RateLimit {
        if (burst < 1) {
            throw new IllegalArgumentException("a burst of at least 1: " + burst);
        }
        if (interval.isNegative() || interval.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException("an interval of at most a day: " + interval);
        }
    }

    /**
     * So many per second, and as many at once.
     *
     * @throws IllegalArgumentException if it is less than 1 or more than 1,000,000
     */
    public static RateLimit perSecond(int count) {
        return per(Duration.ofSeconds(1), count);
    }

    /**
     * So many per period, and as many at once: {@code per(Duration.ofMinutes(1), 20)}.
     *
     * @throws IllegalArgumentException if it is less than 1, or more than one a microsecond
     */
    public static RateLimit per(Duration period, int count) {
        if (count < 1 || period.toNanos() / count < 1_000) {
            throw new IllegalArgumentException(
                    "at least 1, and at most one a microsecond: " + count + " in " + period);
        }
        return new RateLimit(count, period.dividedBy(count));
    }

    /** The same with another burst. */
    public RateLimit withBurst(int burst) {
        return new RateLimit(burst, interval);
    }

    /** Whether there is no limit. */
    public boolean isNone() {
        return interval.isZero();
    }

    /** {@code none}, or about how many per second and how many at once. */
    @Override
    public String toString() {
        return isNone()
                ? "none"
                : "%.3g/s, burst %d".formatted((double) NANOS / interval.toNanos(), burst);
    }
}
