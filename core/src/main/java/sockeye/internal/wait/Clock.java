// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Monotonic time in nanoseconds since this class was loaded: never negative, so that 0 and the
 * largest are free.
 *
 * <p>Code that is part of a simulation has the simulation's time instead.
 */
public final class Clock {
    /** A time that never comes. */
    public static final long NEVER = Long.MAX_VALUE;

    private static final long ORIGIN = System.nanoTime();

    private static final ScopedValue<LongSupplier> SIMULATED = ScopedValue.newInstance();

    /** Once true, the scope is looked at; until then the time costs what it always did. */
    private static volatile boolean anySimulated;

    private Clock() {}

    public static long now() {
        return anySimulated && SIMULATED.isBound()
                ? SIMULATED.get().getAsLong()
                : System.nanoTime() - ORIGIN;
    }

    /** Runs something whose time is another: not negative, and never back. */
    public static void simulate(LongSupplier clock, Runnable body) {
        anySimulated = true;
        ScopedValue.where(SIMULATED, clock).run(body);
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
