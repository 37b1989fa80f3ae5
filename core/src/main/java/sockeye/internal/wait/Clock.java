// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import java.time.Duration;

/**
 * Monotonic time in nanoseconds since this class was loaded: never negative, so that 0 and the
 * largest are free.
 */
public final class Clock {
    /** A time that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long ORIGIN = System.nanoTime();

    private Clock() {}

    public static long now() {
        return System.nanoTime() - ORIGIN;
    }

    /**
     * The time that lies so many nanoseconds ahead: {@link #NEVER} if that is out of range, 0 if it
     * was before the first.
     */
    public static long after(long nanos) {
        long sum = now() + nanos;
        return sum >= 0 ? sum : nanos < 0 ? 0 : NEVER;
    }

    /** The nanoseconds of a duration, clamped to what fits. */
    public static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException tooLong) {
            return duration.isNegative() ? 0 : NEVER;
        }
    }
}
