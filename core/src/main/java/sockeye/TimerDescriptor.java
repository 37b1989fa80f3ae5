// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;

/**
 * A timer that is a descriptor: timerfd_create(2). Set for once or for ever again, relative or at a
 * time of the clock; the JVM's threads need not be awake for it, and a change of the time of day
 * can be told.
 *
 * <p>What {@link #poll()} and {@link #await()} tell is how often it has expired since the last
 * time: more than once if nobody asked for longer than the interval. A timer that was never set, or
 * is disarmed, tells nothing.
 *
 * <p>Nanoseconds are asked for; the kernel's timer slack does not apply. Setting it anew forgets
 * expirations that were not taken.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/timerfd_create.2.html">timerfd_create(2)</a>
 */
public final class TimerDescriptor implements EventSource<Long> {
    @CStruct("struct __kernel_itimerspec")
    private static final class Itimerspec {
        static final int SIZEOF = 32;
        static final int it_interval_tv_sec = 0;
        static final int it_interval_tv_nsec = 8;
        static final int it_value_tv_sec = 16;
        static final int it_value_tv_nsec = 24;
    }

    private static final int TFD_NONBLOCK = 0x800;
    private static final int TFD_CLOEXEC = 0x80000;
    private static final int TFD_TIMER_ABSTIME = 1;
    private static final int TFD_TIMER_CANCEL_ON_SET = 2;

    private static final Duration AT_ONCE = Duration.ofNanos(1);

    private final EventDescriptor events;
    private final TimerClock clock;

    private TimerDescriptor(TimerClock clock) throws IOException {
        Kernel kernel = Kernel.current();
        this.clock = clock;
        int fd = kernel.timerfdCreate(clock.number, TFD_NONBLOCK | TFD_CLOEXEC);
        this.events = new EventDescriptor(this, "timerfd", kernel, "timerfd_create", fd);
    }

    /** A timer by the monotonic clock, not set yet. */
    public static TimerDescriptor open() throws IOException {
        return open(TimerClock.MONOTONIC);
    }

    /**
     * A timer by a clock, not set yet.
     *
     * @throws IOException EPERM for an alarm without CAP_WAKE_ALARM; EMFILE, ENFILE
     */
    public static TimerDescriptor open(TimerClock clock) throws IOException {
        return new TimerDescriptor(clock);
    }

    /** The clock that it goes by. */
    public TimerClock clock() {
        return clock;
    }

    // Setting it.

    /** Expires once, that far ahead; at once if that is zero or less. */
    public void after(Duration delay) throws IOException {
        after(delay, Duration.ZERO);
    }

    /** Expires again and again, an interval from now first. */
    public void every(Duration interval) throws IOException {
        after(interval, positive(interval));
    }

    /** Expires that far ahead, at once if that is zero or less, and again at each interval. */
    public void after(Duration delay, Duration interval) throws IOException {
        set(delay.isPositive() ? delay : AT_ONCE, interval, 0);
    }

    /**
     * Expires once at a time of day, which the clock may be set towards or away from; at once if it
     * has passed.
     *
     * @throws IllegalStateException if the clock is none of the time of day
     */
    public void at(Instant time) throws IOException {
        at(time, Duration.ZERO);
    }

    /** Expires at a time of day and again at each interval. */
    public void at(Instant time, Duration interval) throws IOException {
        set(sinceEpoch(time), interval, TFD_TIMER_ABSTIME);
    }

    /**
     * The same, and tells when the time of day is set, by leaps and not by slewing: poll and await
     * then fail once with {@link ErrnoFailure} of ECANCELED, the timer goes on, and the time it is
     * meant for may have to be computed anew. TFD_TIMER_CANCEL_ON_SET.
     */
    public void atUnlessClockIsSet(Instant time, Duration interval) throws IOException {
        set(sinceEpoch(time), interval, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
    }

    /** Expires when its clock shows a time, {@link #now()} being the present one. */
    public void at(Duration clockTime, Duration interval) throws IOException {
        set(clockTime.isPositive() ? clockTime : AT_ONCE, interval, TFD_TIMER_ABSTIME);
    }

    /** Expires no more, and what was not taken is forgotten. */
    public void disarm() throws IOException {
        set(Duration.ZERO, Duration.ZERO, 0);
    }

    private Duration sinceEpoch(Instant time) {
        if (!clock.isTimeOfDay()) {
            throw new IllegalStateException(clock + " knows no time of day");
        }
        Duration since = Duration.between(Instant.EPOCH, time);
        return since.isPositive() ? since : AT_ONCE;
    }

    private static Duration positive(Duration interval) {
        if (!interval.isPositive()) {
            throw new IllegalArgumentException("no interval: " + interval);
        }
        return interval;
    }

    private void set(Duration value, Duration interval, int flags) throws IOException {
        if (interval.isNegative()) {
            throw new IllegalArgumentException("negative interval: " + interval);
        }
        events.call(
                "timerfd_settime",
                (kernel, fd) -> {
                    try (Scratch scratch = Scratch.take()) {
                        MemorySegment to = room(scratch);
                        to.set(JAVA_LONG, Itimerspec.it_interval_tv_sec, interval.getSeconds());
                        to.set(JAVA_LONG, Itimerspec.it_interval_tv_nsec, interval.getNano());
                        to.set(JAVA_LONG, Itimerspec.it_value_tv_sec, value.getSeconds());
                        to.set(JAVA_LONG, Itimerspec.it_value_tv_nsec, value.getNano());
                        return kernel.timerfdSettime(fd, flags, to.address(), 0);
                    }
                });
    }

    private static MemorySegment room(Scratch scratch) {
        return scratch.memory().asSlice(Scratch.CONTROL, Itimerspec.SIZEOF);
    }

    // Asking it.

    /** How long until it expires next: zero if it is disarmed. timerfd_gettime(2). */
    public Duration remaining() throws IOException {
        return get(Itimerspec.it_value_tv_sec, Itimerspec.it_value_tv_nsec);
    }

    /** The interval: zero if it expires but once. */
    public Duration interval() throws IOException {
        return get(Itimerspec.it_interval_tv_sec, Itimerspec.it_interval_tv_nsec);
    }

    private Duration get(int seconds, int nanos) throws IOException {
        var found = new Duration[] {Duration.ZERO};
        events.call(
                "timerfd_gettime",
                (kernel, fd) -> {
                    try (Scratch scratch = Scratch.take()) {
                        MemorySegment from = room(scratch);
                        int result = kernel.timerfdGettime(fd, from.address());
                        found[0] =
                                Duration.ofSeconds(
                                        from.get(JAVA_LONG, seconds), from.get(JAVA_LONG, nanos));
                        return result;
                    }
                });
        return found[0];
    }

    /** What its clock shows: clock_gettime(2). */
    public Duration now() throws IOException {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment to = room(scratch);
            int result = events.descriptor.kernel.clockGettime(clock.number, to.address());
            if (result < 0) {
                throw events.failure("clock_gettime", -result, 0);
            }
            return Duration.ofSeconds(to.get(JAVA_LONG, 0), to.get(JAVA_LONG, 8));
        }
    }

    @Override
    public @Nullable Long poll() throws IOException {
        long expirations = events.value(Descriptor.AT_ONCE);
        return expirations == EventDescriptor.NOTHING ? null : expirations;
    }

    @Override
    public Long await(Deadline until) throws IOException {
        return events.value(until.time());
    }

    @Override
    public int fileno() {
        return events.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return events.lease();
    }

    @Override
    public boolean isOpen() {
        return events.isOpen();
    }

    @Override
    public void close() throws IOException {
        events.close();
    }

    @Override
    public String toString() {
        return "TimerDescriptor[" + events + ", " + clock + "]";
    }
}
