// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Something that runs on a thread of its own during a test, and is watched: whether it waits, what
 * it gives, how it fails. Every wait here is for something that happens; the bound only turns a
 * hang into a failure.
 *
 * @param <T> what it gives
 */
public final class Task<T extends @Nullable Object> {
    /**
     * Seconds after which what has not happened counts as never to happen: 30, or what the system
     * property {@code sockeye.patience} says where everything takes longer.
     */
    public static final int PATIENCE = Integer.getInteger("sockeye.patience", 30);

    private final FutureTask<T> future;
    private final Thread thread;

    private Task(Callable<T> body, boolean virtual) {
        this.future = new FutureTask<>(body);
        this.thread =
                virtual
                        ? Thread.ofVirtual().name("test-task").unstarted(future)
                        : Thread.ofPlatform().name("test-task").daemon().unstarted(future);
        thread.start();
    }

    /** Starts on a virtual thread. */
    public static <T extends @Nullable Object> Task<T> call(Callable<T> body) {
        return new Task<>(body, true);
    }

    /** Starts on a virtual thread, without a result. */
    public static Task<@Nullable Void> run(Executable body) {
        return call(wrap(body));
    }

    /** Starts on a platform thread. */
    public static <T extends @Nullable Object> Task<T> callOnPlatform(Callable<T> body) {
        return new Task<>(body, false);
    }

    private static Callable<@Nullable Void> wrap(Executable body) {
        return () -> {
            try {
                body.execute();
                return null;
            } catch (Exception | Error plain) {
                throw plain;
            } catch (Throwable odd) {
                throw new AssertionError(odd);
            }
        };
    }

    /** The thread that it runs on. */
    public Thread thread() {
        return thread;
    }

    /** Waits until its thread waits for something. */
    public Task<T> parked() {
        until(
                "the thread waits",
                () -> {
                    Assertions.assertFalse(
                            future.isDone(), () -> "ended instead of waiting: " + ending());
                    return isParked();
                });
        return this;
    }

    /** Whether its thread waits for something now. */
    public boolean isParked() {
        Thread.State state = thread.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** Whether it has ended. */
    public boolean isDone() {
        return future.isDone();
    }

    private String ending() {
        return switch (future.state()) {
            case SUCCESS -> "gave " + future.resultNow();
            case FAILED -> "threw " + future.exceptionNow();
            default -> "is " + future.state();
        };
    }

    /** Interrupts its thread. */
    public Task<T> interrupt() {
        thread.interrupt();
        return this;
    }

    /** Waits for its end, and gives its result or throws what it threw. */
    public T join() throws Exception {
        try {
            return future.get(PATIENCE, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            switch (failed.getCause()) {
                case Exception exception -> throw exception;
                case Error error -> throw error;
                case null, default -> throw failed;
            }
        } catch (TimeoutException hanging) {
            StackTraceElement[] where = thread.getStackTrace();
            AssertionError error = new AssertionError("a task does not end");
            error.setStackTrace(where);
            throw error;
        }
    }

    /** Waits for its end by an exception of that class, exactly or a subclass. */
    public <X extends Throwable> X failure(Class<X> kind) {
        return Assertions.assertThrows(kind, this::join);
    }

    /** Waits until a condition holds, which something else brings about. */
    public static void until(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                Assertions.fail("never happens: " + what);
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
