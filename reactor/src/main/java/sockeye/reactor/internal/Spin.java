// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How long a driver asks again and again before it sleeps. The budget doubles while sleeps end
 * sooner than the most that may be spun, for then a longer spin would have saved the wake-up; it is
 * nothing again when one lasted longer.
 */
final class Spin {
    private static final long FIRST = 10_000;
    private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");

    private final long most;
    private long budget;

    private Spin(long most) {
        this.most = most;
    }

    /** On one processor whoever is to send would wait for the end of the spin. */
    static Spin of(Duration most) {
        return new Spin(most.isZero() || hasOneProcessor() ? 0 : most.toNanos());
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
        return new Spin(0);
    }

    boolean isOn() {
        return most > 0;
    }

    /** How many nanoseconds to spin now. */
    long budget() {
        return budget;
    }

    /** A wait, of which the first part was spun, had to be slept to its end. */
    void slept(long nanos) {
        budget = nanos > most ? 0 : Math.min(most, Math.max(FIRST, budget * 2));
    }
}
