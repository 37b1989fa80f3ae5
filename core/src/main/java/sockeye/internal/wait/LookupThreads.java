// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Platform threads for calls that take as long as they like and cannot be stopped, such as a
 * look-up in the name service: a bounded number at a time, a bounded number that wait for their
 * turn, and no more.
 *
 * <p>Whoever waits may give up. A call that has not begun is then forgotten; one that has goes on,
 * is interrupted in case it heeds that, and its thread counts until it has come back:
 *
 * <pre>
 *   start ──► waiting ──► running ──► done          abandon: waiting ──► forgotten, place free
 *     └─► null: no place                                     running ──► interrupted, place taken
 * </pre>
 */
public final class LookupThreads {
    private final ThreadPoolExecutor pool;

    /** One for each call that waits or runs. */
    private final Semaphore places;

    private final int threads;
    private final int waiting;

    /**
     * @param name of the threads, before their number
     * @param threads how many may run at once, at least 1
     * @param waiting how many may wait for their turn, 0 or more
     */
    public LookupThreads(String name, int threads, int waiting) {
        this.threads = threads;
        this.waiting = waiting;
        places = new Semaphore(Math.addExact(threads, waiting));
        pool =
                new ThreadPoolExecutor(
                        threads,
                        threads,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(),
                        Thread.ofPlatform().daemon().name(name, 0).factory());
        pool.allowCoreThreadTimeOut(true);
    }

    /** Starts a call, or returns null at once if there is no place. */
    public <T> @Nullable Started<T> start(Callable<T> call) {
        if (!places.tryAcquire()) {
            return null;
        }
        var started = new Started<>(call);
        boolean accepted = false;
        try {
            pool.execute(started);
            accepted = true;
        } finally {
            if (!accepted) { // no thread to be had
                started.release();
            }
        }
        return started;
    }

    /** How many run, and how many wait; as a text for errors. */
    public String load() {
        int taken = threads + waiting - places.availablePermits();
        return Math.min(taken, threads)
                + " of "
                + threads
                + " look-ups under way, "
                + Math.max(0, taken - threads)
                + " of "
                + waiting
                + " waiting";
    }

    /** How many calls hold a place: the running ones, abandoned or not, and those that wait. */
    public int taken() {
        return threads + waiting - places.availablePermits();
    }

    /** A call that waits for its turn, or runs. */
    public final class Started<T> extends FutureTask<T> {
        private final AtomicBoolean released = new AtomicBoolean();

        private Started(Callable<T> call) {
            super(call);
        }

        private void release() {
            if (!released.getAndSet(true)) {
                places.release();
            }
        }

        @Override
        public void run() {
            try {
                super.run();
            } finally {
                release(); // if it was abandoned on its way from the queue to here
            }
        }

        // The place is free before the result is there: who has it may start the next at once.

        @Override
        protected void set(T result) {
            release();
            super.set(result);
        }

        @Override
        protected void setException(Throwable thrown) {
            release();
            super.setException(thrown);
        }

        /** Gives up on it. */
        public void abandon() {
            if (pool.remove(this)) {
                release();
            }
            cancel(true);
        }
    }
}
