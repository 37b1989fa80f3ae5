// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.time.Clock;
import java.time.Instant;

/** The wall clock in nanoseconds. */
final class WallClock {
    private static final Clock CLOCK = Clock.systemUTC();

    private WallClock() {}

    static long epochNanos() {
        Instant now = CLOCK.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }
}
