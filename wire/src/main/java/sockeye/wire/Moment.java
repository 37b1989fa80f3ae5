// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * The present time as the driver knows it, handed to a machine with each call.
 *
 * <p>It is an argument, not a clock to keep: a machine asks it only during the call that it came
 * with, and asks nothing that it does not need. A driver may therefore read its clocks lazily (a
 * service that never asks costs no clock read), may hand over the same object again and again, and
 * may freeze the time for one turn of its loop. A test hands over {@link #of}.
 *
 * <p>Used by the thread that makes the call, and by no other.
 */
public interface Moment {
    /**
     * Monotonic time in nanoseconds, of the same origin as {@link StreamMachine#wakeAt()}: the
     * driver's {@link System#nanoTime()}. Only differences mean anything.
     */
    long nanos();

    /**
     * Wall-clock time in nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted; before
     * that negative. A {@code long} reaches from 1677 to 2262. How fine it is, is the driver's to
     * say; the {@link StampFormat} {@code CTIME} needs no more than seconds.
     */
    long epochNanos();

    /** A moment that stands still. */
    static Moment of(long nanos, long epochNanos) {
        return new Still(nanos, epochNanos);
    }

    /**
     * A moment that stands still.
     *
     * @param nanos monotonic time
     * @param epochNanos wall-clock time since 1970
     */
    record Still(long nanos, long epochNanos) implements Moment {}
}
