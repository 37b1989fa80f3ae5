// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Something that is done again and again, at the beginning of each period since it was started.
 * When a call is late, or the one before took longer than a period, no call is made up for: the
 * next comes at the next beginning, and is told how many periods have passed.
 *
 * <p>What it throws ends it. For the reactor's thread.
 */
public final class Repeating {
    /** What is done. */
    @FunctionalInterface
    public interface Task {
        /**
         * One call.
         *
         * @param periods how many have passed since the call before: 1, and those that were skipped
         */
        void run(long periods) throws Exception;
    }

    /** What is done, and takes its time. */
    @FunctionalInterface
    public interface StageTask {
        /**
         * Begins one call; the next is not made before this one's stage is complete.
         *
         * @return completed by any thread; with an exception that ends it
         */
        CompletionStage<?> run(long periods) throws Exception;
    }

    private final Reactor reactor;
    private final long period;
    private final StageTask task;
    private final DelayedCall timer;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private boolean observed;
    private long start;
    private long last;
    private boolean active = true;
    private boolean running;

    private Repeating(Reactor reactor, Duration period, StageTask task) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("a period of " + period);
        }
        this.reactor = reactor;
        this.period = period.toNanos();
        this.task = task;
        this.start = reactor.nanos();
        this.timer = reactor.after(period, this::run);
    }

    /** Starts it. */
    static Repeating of(Reactor reactor, Duration period, Task task) {
        var complete = CompletableFuture.<@Nullable Void>completedFuture(null);
        return new Repeating(
                reactor,
                period,
                periods -> {
                    task.run(periods);
                    return complete;
                });
    }

    /**
     * Starts something that takes its time, the first time a period from now.
     *
     * @param period more than zero
     */
    public static Repeating ofStages(Reactor reactor, Duration period, StageTask task) {
        return new Repeating(reactor, period, task);
    }

    private void run() {
        long now = (reactor.nanos() - start) / period;
        long periods = now - last;
        last = now;
        running = true;
        CompletionStage<?> stage;
        try {
            stage = task.run(periods);
        } catch (Throwable thrown) {
            fail(thrown);
            return;
        }
        Timing.whenDone(
                reactor,
                stage,
                (value, thrown) -> {
                    if (thrown == null) {
                        next();
                    } else {
                        fail(thrown);
                    }
                });
    }

    private void next() {
        running = false;
        if (active) {
            long since = reactor.nanos() - start;
            timer.reset(Duration.ofNanos(period - since % period));
        }
    }

    private void fail(Throwable thrown) {
        running = false;
        active = false;
        timer.cancel();
        Throwable cause = Timing.causeOf(thrown);
        Throwable why = cause == null ? thrown : cause;
        done.completeExceptionally(why);
        if (!observed) {
            Timing.report(reactor, why);
        }
    }

    /** Whether it has neither been stopped nor failed. */
    public boolean isActive() {
        return active;
    }

    /** Does it no more; a call that has begun ends. */
    public void stop() {
        if (active) {
            active = false;
            timer.cancel();
            done.complete(null);
        }
    }

    /** Lets the periods begin anew, now. */
    public void reset() {
        start = reactor.nanos();
        last = 0;
        if (active && !running) {
            timer.reset(Duration.ofNanos(period));
        }
    }

    /**
     * Completed when it is stopped, or with what a call has thrown. Who never asks for it has the
     * settings' {@link ReactorSettings#failures()} told of that.
     */
    public CompletableFuture<Void> done() {
        observed = true;
        return done;
    }
}
