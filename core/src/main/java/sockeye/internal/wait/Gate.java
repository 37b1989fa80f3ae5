// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * One direction of one descriptor: where threads wait until the kernel may have something for them.
 *
 * <p>A gate counts events. An operation notes the count, tries its call, and on EAGAIN waits until
 * the count differs from what it noted:
 *
 * <pre>
 *   seen = gate.epoch()
 *   call → EAGAIN                  event: epoch++, then wake who waits
 *   gate.await(seen)   ──parks──►  count differs → call again
 * </pre>
 *
 * An event between the call and the wait changes the count, so none is lost, and nothing has to be
 * cleared. Every waiter is woken by every event: three pending connections give one edge, and
 * whoever finds nothing waits again.
 *
 * <p>The same count tells when a call would be futile: a gate found {@linkplain #drained drained}
 * at a count is so until the count changes.
 */
public final class Gate {
    private static final VarHandle EPOCH;
    private static final VarHandle WAITERS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            EPOCH = lookup.findVarHandle(Gate.class, "epoch", int.class);
            WAITERS = lookup.findVarHandle(Gate.class, "waiters", Object.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final Descriptor descriptor;

    /** How many events there were. Written by the poller's thread, and by tests. */
    private volatile int epoch;

    /** The count at which a call found nothing left; a hint of the last reader. */
    private int drainedAt = -1;

    /** The count at which a call probably left nothing; also a hint of the last reader. */
    private int presumedAt = -1;

    /** The count at which {@link Presumptions} had enough of that. */
    private volatile int doubtedAt = -1;

    /** null, the one Thread that waits, or a Thread[] of several. */
    @SuppressWarnings("unused") // through WAITERS
    private volatile @Nullable Object waiters;

    /** The deadline that was set for this direction. */
    private volatile long deadline = Clock.NEVER;

    /**
     * The earliest time at which somebody who waits here wants to be woken, or was to be woken in a
     * wait that is over: then it wakes nobody, or somebody who waits on.
     */
    volatile long wakeAt = Clock.NEVER;

    /**
     * When {@link Deadlines} will look at this gate; its place there. Both written under its lock.
     */
    volatile long scheduledAt = Clock.NEVER;

    int scheduleIndex = -1;

    /** The place in {@link Presumptions}; the count at its last look. Both under its lock. */
    volatile int presumptionIndex = -1;

    int lookedAt;

    Gate(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /** The count of events, to be taken before the call. */
    public int epoch() {
        return epoch;
    }

    /** Notes that a call begun at this count left nothing to come without a further event. */
    public void drained(int seen) {
        drainedAt = seen;
    }

    /**
     * Notes that it probably did. A wait on this alone ends after a while, which {@link
     * Presumptions} measure, as if there had been an event, so that what was presumed wrongly is
     * late but not lost.
     */
    public void presumedDrained(int seen) {
        presumedAt = seen;
    }

    /** Takes either note back. */
    public void undrained() {
        int other = epoch - 1;
        drainedAt = other;
        presumedAt = other;
    }

    /** Ends the waits that rest on a presumption made at this count. */
    void doubt(int seen) {
        doubtedAt = seen;
        wake();
    }

    /** Whether a call would find nothing, as far as is known or presumed. */
    public boolean isDrained(int seen) {
        return drainedAt == seen || presumedAt == seen;
    }

    /** An event: whoever waits tries again. */
    public void open() {
        EPOCH.getAndAdd(this, 1);
        wake();
    }

    /**
     * Makes everybody who waits look again at the count, the deadline and whether the descriptor is
     * closed.
     */
    void wake() {
        Object who = waiters;
        if (who instanceof Thread one) {
            LockSupport.unpark(one);
        } else if (who != null) {
            for (Thread each : (Thread[]) who) {
                LockSupport.unpark(each);
            }
        }
    }

    /** Whether the descriptor is neither closed nor detached. */
    boolean isOpen() {
        return descriptor.isOpen();
    }

    /** Whether any thread waits here now. */
    public boolean isAwaited() {
        return waiters != null;
    }

    /** How many threads wait here now. */
    int waiting() {
        Object who = waiters;
        return who == null ? 0 : who instanceof Thread ? 1 : ((Thread[]) who).length;
    }

    /** Sets the time until which operations may wait, those that wait already included. */
    public void deadline(long time) {
        deadline = time;
        wake();
    }

    public long deadline() {
        return deadline;
    }

    /** How a wait ended. */
    public enum Outcome {
        /** Something happened, or may have: the call is to be tried again. */
        EVENT,
        /** The deadline has passed. */
        TIMEOUT,
        /** The thread is interrupted; its status stays set. */
        INTERRUPT,
        /** The descriptor was closed. */
        CLOSED
    }

    /**
     * Waits for an event later than those seen.
     *
     * @param until a time of the operation's own, beside the deadline of this direction
     */
    public Outcome await(int seen, long until) throws IOException {
        descriptor.join(this);
        Thread me = Thread.currentThread();
        boolean presumed = presumedAt == seen && drainedAt != seen;
        enter(me);
        try {
            while (epoch == seen) {
                if (!descriptor.isOpen()) {
                    return Outcome.CLOSED;
                }
                if (me.isInterrupted()) {
                    return Outcome.INTERRUPT;
                }
                if (presumed) {
                    if (doubtedAt == seen) {
                        undrained();
                        return Outcome.EVENT;
                    }
                    descriptor.poller().presumptions.cover(this);
                }
                long limit = Math.min(until, deadline);
                if (limit != Clock.NEVER && isOver(limit)) {
                    return Outcome.TIMEOUT;
                }
                LockSupport.park(this);
            }
            return Outcome.EVENT;
        } finally {
            leave(me);
        }
    }

    /** Whether a time has come; if not, who waits here looks again when it has. */
    private boolean isOver(long limit) {
        wakeAt = limit;
        if (scheduledAt <= limit) {
            // Sooner or just then we are woken, and the clock need not be read before.
            return false;
        }
        if (Clock.now() >= limit) {
            return true;
        }
        descriptor.poller().deadlines.cover(this, limit);
        return false;
    }

    /**
     * Waits for some time rather than for an event, where the kernel gives none; {@code EVENT} when
     * it is over.
     */
    public Outcome pause(long nanos, long until) {
        Thread me = Thread.currentThread();
        long end = Clock.after(nanos);
        enter(me);
        try {
            for (long now = Clock.now(); now < end; now = Clock.now()) {
                if (!descriptor.isOpen()) {
                    return Outcome.CLOSED;
                }
                if (me.isInterrupted()) {
                    return Outcome.INTERRUPT;
                }
                long limit = Math.min(until, deadline);
                if (now >= limit) {
                    return Outcome.TIMEOUT;
                }
                LockSupport.parkNanos(this, Math.min(end, limit) - now);
            }
            return Outcome.EVENT;
        } finally {
            leave(me);
        }
    }

    private void enter(Thread me) {
        if (WAITERS.compareAndSet(this, null, me)) {
            return;
        }
        Object before;
        Object after;
        do {
            before = waiters;
            if (before == null) {
                after = me;
            } else if (before instanceof Thread other) {
                after = new Thread[] {other, me};
            } else {
                Thread[] some = (Thread[]) before;
                Thread[] more = Arrays.copyOf(some, some.length + 1);
                more[some.length] = me;
                after = more;
            }
        } while (!WAITERS.compareAndSet(this, before, after));
    }

    private void leave(Thread me) {
        if (WAITERS.compareAndSet(this, me, null)) {
            return;
        }
        Object before;
        Object after;
        do {
            before = waiters;
            after = without(me, before);
        } while (!WAITERS.compareAndSet(this, before, after));
        // The time of whoever else waits here was overwritten: they set it again.
        wake();
    }

    private static @Nullable Object without(Thread me, @Nullable Object before) {
        if (before == me || before == null) {
            return null;
        }
        if (!(before instanceof Thread[] some)) {
            return before;
        }
        if (some.length == 2) {
            return some[0] == me ? some[1] : some[0];
        }
        Thread[] fewer = new Thread[some.length - 1];
        int n = 0;
        for (Thread each : some) {
            if (each != me) {
                fewer[n++] = each;
            }
        }
        return fewer;
    }
}
