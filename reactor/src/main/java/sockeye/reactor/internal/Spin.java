// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a driver asks again and again before it sleeps. The budget doubles while sleeps end
 * sooner than the most that may be spun, for then a longer spin would have saved the wake-up; it is
 * nothing again when one lasted longer.
 */
final class Spin {
    private static final long FIRST = 10_000;
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

    /** What is waited at. */
    interface Sleeper {
        /** What has come, or a negated errno; 0 for nothing. */
        int ask();

        /** The same after a sleep of so many nanoseconds at most. */
        int sleep(long nanos);
    }

    private final long most;
    private final LongSupplier clock;
    private long budget;

    /**
     * @param most how many nanoseconds to spin at most; 0 for never
     * @param clock in nanoseconds
     */
    Spin(long most, LongSupplier clock) {
        this.most = most;
        this.clock = clock;
    }

    /** On one processor whoever is to send would wait for the end of the spin. */
    static Spin of(Duration most) {
        return most.isZero() || hasOneProcessor()
                ? never()
                : new Spin(most.toNanos(), System::nanoTime);
    }

    /** The machine, not this process: to be bound to a processor is no reason not to spin there. */
    private static boolean hasOneProcessor() {
        try {
            return Files.readString(ONLINE).strip().matches("\\d+");
        } catch (IOException unknown) {
            return Runtime.getRuntime().availableProcessors() == 1;
        }
    }

    static Spin never() {
        return new Spin(0, System::nanoTime);
    }

    boolean isOn() {
        return most > 0;
    }

    /** How many nanoseconds would be spun now. */
    long budget() {
        return budget;
    }

    /** Waits so long at most; what has come. */
    int await(Sleeper at, long nanos) {
        if (most == 0) {
            return at.sleep(nanos);
        }
        long began = clock.getAsLong();
        long until = Math.min(nanos, budget);
        long spent = 0;
        while (spent < until) {
            int found = at.ask();
            if (found != 0) {
                return found;
            }
            Thread.onSpinWait();
            spent = clock.getAsLong() - began;
        }
        long left = nanos == Long.MAX_VALUE ? nanos : Math.max(0, nanos - spent);
        int found = at.sleep(left);
        slept(clock.getAsLong() - began);
        return found;
    }

    /** A wait, of which the first part was spun, had to be slept to its end. */
    private void slept(long nanos) {
        budget = nanos > most ? 0 : Math.min(most, Math.max(FIRST, budget * 2));
    }
}
