// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Clock;

import java.time.Duration;

/**
 * A point in monotonic time by which something has to be done, or {@link #NONE}. One deadline
 * serves any number of operations on any number of sockets: "all of this within two seconds" is
 * said once.
 *
 * <p>Not a wall-clock time: setting the machine's clock moves no deadline. Immutable and safe for
 * use by any thread.
 */
public final class Deadline implements Comparable<Deadline> {
    /** The deadline that never comes. */
    public static final Deadline NONE = new Deadline(Clock.NEVER);

    private final long time;

    private Deadline(long time) {
        this.time = time;
    }

    /**
     * The time that lies so far ahead. Zero or less is a deadline that has passed; beyond some 292
     * years it is {@link #NONE}.
     */
    public static Deadline after(Duration duration) {
        return new Deadline(Math.max(1, Clock.after(Clock.nanos(duration))));
    }

    static Deadline at(long time) {
        return time == Clock.NEVER ? NONE : new Deadline(time);
    }

    long time() {
        return time;
    }

    /**
     * What is left: zero if it has passed; {@link Long#MAX_VALUE} nanoseconds for {@link #NONE}.
     */
    public Duration remaining() {
        return Duration.ofNanos(time == Clock.NEVER ? time : Math.max(0, time - Clock.now()));
    }

    /** Whether it has passed. */
    public boolean isPassed() {
        return time != Clock.NEVER && Clock.now() >= time;
    }

    /** The sooner of the two. */
    public Deadline orSooner(Deadline other) {
        return other.time < time ? other : this;
    }

    @Override
    public int compareTo(Deadline other) {
        return Long.compare(time, other.time);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Deadline that && that.time == time;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(time);
    }

    /** {@code none}, or what is left. */
    @Override
    public String toString() {
        return time == Clock.NEVER ? "none" : "in " + remaining();
    }
}
