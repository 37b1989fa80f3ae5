// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The clocks that a {@link TimerDescriptor} can go by.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/clock_getres.2.html">clock_gettime(2)</a>
 */
public enum TimerClock {
    /** The time of day, which can be set: CLOCK_REALTIME. */
    REALTIME(0),
    /** Time that only goes on, and stands while the machine is suspended: CLOCK_MONOTONIC. */
    MONOTONIC(1),
    /** Time that only goes on, suspended or not: CLOCK_BOOTTIME. */
    BOOTTIME(7),
    /** The time of day, and wakes the machine up: CLOCK_REALTIME_ALARM; needs CAP_WAKE_ALARM. */
    REALTIME_ALARM(8),
    /** As {@link #BOOTTIME}, and wakes the machine up: CLOCK_BOOTTIME_ALARM. */
    BOOTTIME_ALARM(9);

    final int number;

    TimerClock(int number) {
        this.number = number;
    }

    /** Whether it is the time of day, so that an {@link java.time.Instant} is a time of it. */
    public boolean isTimeOfDay() {
        return this == REALTIME || this == REALTIME_ALARM;
    }
}
