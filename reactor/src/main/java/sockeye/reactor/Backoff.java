// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.Chance;
import sockeye.reactor.internal.Promised;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * How long to wait before something is tried again: ever longer, up to a bound, and a little more
 * or less by chance, so that not all clients of a server that was restarted come at once.
 *
 * @param first after the first failure
 * @param factor by which each wait is longer than the one before, 1 or more
 * @param most the longest, before chance; not shorter than the first
 * @param jitter by what part a wait may be longer or shorter by chance, 0 to 1
 */
public record Backoff(Duration first, double factor, Duration most, double jitter) {
    /** A second, half as much again each time, up to a minute, a fifth more or less. */
    public static final Backoff DEFAULT =
            new Backoff(Duration.ofSeconds(1), 1.5, Duration.ofMinutes(1), 0.2);

    /** Checks the parts. */
    public Backoff {
        if (first.isNegative() || most.compareTo(first) < 0) {
            throw new IllegalArgumentException("waits of " + first + " to " + most);
        }
        if (!(factor >= 1) || !(jitter >= 0 && jitter <= 1)) {
            throw new IllegalArgumentException(
                    "a factor of %s, a jitter of %s".formatted(factor, jitter));
        }
    }

    /** The same wait each time. */
    public static Backoff constant(Duration wait) {
        return new Backoff(wait, 1, wait, 0);
    }

    /** The same with other bounds. */
    public Backoff withBounds(Duration first, Duration most) {
        return new Backoff(first, factor, most, jitter);
    }

    /** The same with another factor. */
    public Backoff withFactor(double factor) {
        return new Backoff(first, factor, most, jitter);
    }

    /** The same with more or less chance. */
    public Backoff withJitter(double jitter) {
        return new Backoff(first, factor, most, jitter);
    }

    /**
     * How long to wait.
     *
     * @param failures how many there have been in a row, 1 or more
     */
    public Duration delay(int failures, RandomGenerator random) {
        if (failures < 1) {
            throw new IllegalArgumentException("so many failures: " + failures);
        }
        double longest = nanos(most);
        double wait = Math.min(longest, nanos(first) * Math.pow(factor, failures - 1.0));
        if (jitter > 0) {
            wait *= 1 + jitter * (2 * random.nextDouble() - 1);
        }
        return Duration.ofNanos((long) wait);
    }

    private static double nanos(Duration time) {
        return time.getSeconds() * 1e9 + time.getNano();
    }

    /**
     * Tries something until it succeeds:
     *
     * <pre>{@code
     * Backoff.DEFAULT.retry(reactor, 5, () -> reactor.connect(server, new Client()));
     * }</pre>
     *
     * @param reactor whose clock and thread it is
     * @param most how many attempts there are, 1 or more
     * @param attempt begins one; called on the reactor's thread, the first time now. Its stage may
     *     be completed by any thread
     * @return what the first attempt that succeeded gave, or the failure of the last. To cancel it
     *     is to cancel the attempt that is under way, and to make no more.
     */
    public <T extends @Nullable Object> CompletableFuture<T> retry(
            Reactor reactor, int most, Supplier<? extends CompletionStage<T>> attempt) {
        if (most < 1) {
            throw new IllegalArgumentException("so many attempts: " + most);
        }
        var trying = new Trying<T>(this, reactor, most, attempt);
        trying.begin();
        return trying.result;
    }

    private static final class Trying<T extends @Nullable Object> {
        private final Backoff backoff;
        private final Reactor reactor;
        private final int most;
        private final Supplier<? extends CompletionStage<T>> attempt;
        private final CompletableFuture<T> result = new CompletableFuture<>();
        private int failures;

        Trying(
                Backoff backoff,
                Reactor reactor,
                int most,
                Supplier<? extends CompletionStage<T>> attempt) {
            this.backoff = backoff;
            this.reactor = reactor;
            this.most = most;
            this.attempt = attempt;
        }

        void begin() {
            if (result.isDone()) {
                return;
            }
            CompletionStage<T> stage;
            try {
                stage = attempt.get();
            } catch (RuntimeException | Error thrown) {
                failed(thrown);
                return;
            }
            var _ =
                    result.whenComplete((value, thrown) -> {
                        if (result.isCancelled()) {
                            stage.toCompletableFuture().cancel(false);
                        }
                    });
            Timing.whenDone(
                    reactor,
                    stage,
                    (value, thrown) -> {
                        if (thrown == null) {
                            result.complete(value);
                        } else {
                            failed(thrown);
                        }
                    });
        }

        private void failed(Throwable thrown) {
            failures++;
            if (failures >= most) {
                giveUp(thrown);
            } else if (!result.isDone()) {
                try {
                    Duration delay = backoff.delay(failures, Chance.of(reactor));
                    var _ = reactor.after(delay, new Next(thrown));
                } catch (IllegalStateException closed) {
                    giveUp(thrown); // with its reactor
                }
            }
        }

        private final class Next implements Promised {
            private final Throwable last;

            Next(Throwable last) {
                this.last = last;
            }

            @Override
            public void run() {
                begin();
            }

            @Override
            public void forsaken() {
                giveUp(last);
            }
        }

        private void giveUp(Throwable thrown) {
            Throwable cause = Timing.causeOf(thrown);
            result.completeExceptionally(cause == null ? thrown : cause);
        }
    }
}
