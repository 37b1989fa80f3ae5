// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.Loop;
import sockeye.reactor.internal.Promised;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** Futures by a reactor's clock. */
final class Timing {
    private Timing() {}

    static <T extends @Nullable Object> CompletableFuture<T> later(
            Reactor reactor, Duration delay, Callable<T> call) {
        var result = new CompletableFuture<T>();
        var task =
                new Promised() {
                    @Override
                    public void run() {
                        if (result.isDone()) {
                            return;
                        }
                        try {
                            result.complete(call.call());
                        } catch (Throwable thrown) {
                            result.completeExceptionally(thrown);
                        }
                    }

                    @Override
                    public void forsaken() {
                        result.completeExceptionally(
                                new RejectedExecutionException("the reactor is closed"));
                    }
                };
        DelayedCall timer = reactor.after(delay, task);
        cancelWith(reactor, timer, result);
        return result;
    }

    static <T extends @Nullable Object> T until(Reactor.Errand<T> errand) throws Exception {
        var result = new CompletableFuture<T>();
        try (Reactor reactor = Reactor.open()) {
            reactor.execute(() -> begin(reactor, errand, result));
            reactor.run();
        }
        return switch (result.state()) {
            case SUCCESS -> result.resultNow();
            case FAILED -> throw thrown(result.exceptionNow());
            case CANCELLED -> throw new CancellationException();
            case RUNNING -> throw new IllegalStateException("the reactor was stopped before");
        };
    }

    private static <T extends @Nullable Object> void begin(
            Reactor reactor, Reactor.Errand<T> errand, CompletableFuture<T> result) {
        CompletionStage<T> stage;
        try {
            stage = errand.begin(reactor);
        } catch (Throwable thrown) {
            stage = CompletableFuture.failedFuture(thrown);
        }
        var _ =
                stage.whenComplete((value, thrown) -> {
                    Throwable cause = causeOf(thrown);
                    if (cause == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(cause);
                    }
                    var _ = reactor.stop(Duration.ofSeconds(Reactor.CLOSE_SECONDS));
                });
    }

    private static Exception thrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof Exception exception ? exception : new ExecutionException(cause);
    }

    static <T extends @Nullable Object> CompletableFuture<T> within(
            Reactor reactor, Duration limit, CompletableFuture<T> work) {
        if (!work.isDone()) {
            DelayedCall timer =
                    reactor.after(
                            limit,
                            () -> {
                                var late = new TimeoutException("not within " + limit);
                                work.completeExceptionally(late);
                            });
            cancelWith(reactor, timer, work);
        }
        return work;
    }

    /**
     * Has the reactor's thread see to what a stage comes to, whichever completes it; if the reactor
     * is closed, that one.
     */
    static <T extends @Nullable Object> void whenDone(
            Reactor reactor,
            CompletionStage<T> stage,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        var _ =
                stage.whenComplete((value, thrown) -> {
                    if (reactor instanceof Loop loop && !loop.isMine()) {
                        try {
                            loop.execute(() -> then.accept(value, thrown));
                            return;
                        } catch (RejectedExecutionException closed) {
                            // Nobody else is left to do it.
                        }
                    }
                    then.accept(value, thrown);
                });
    }

    /** No timer is left for what is complete, whichever thread completes it. */
    private static void cancelWith(
            Reactor reactor, DelayedCall timer, CompletableFuture<?> result) {
        var _ =
                result.whenComplete((value, thrown) -> {
                    try {
                        reactor.execute(timer::cancel);
                    } catch (RejectedExecutionException closed) {
                        // And its timers with it.
                    }
                });
    }

    static void reported(Reactor reactor, CompletionStage<?> work) {
        var _ =
                work.whenComplete((value, thrown) -> {
                    Throwable cause = causeOf(thrown);
                    if (cause != null && !(cause instanceof CancellationException)) {
                        report(reactor, cause);
                    }
                });
    }

    /** As if a task had thrown it. */
    static void report(Reactor reactor, Throwable thrown) {
        try {
            reactor.execute(() -> Timing.<RuntimeException>rethrow(thrown));
        } catch (RejectedExecutionException closed) {
            thrown.addSuppressed(closed);
        }
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> void rethrow(Throwable thrown) throws X {
        throw (X) thrown;
    }

    /** What is inside the exception that a dependent stage is told. */
    static @Nullable Throwable causeOf(@Nullable Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null
                ? thrown.getCause()
                : thrown;
    }
}
