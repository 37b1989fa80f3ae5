// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Reactor;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Whose a loop is, and what other threads may ask of it: tasks, to stop, to end. All that several
 * threads touch of a loop is here, under one lock.
 */
final class Custody {
    private final Driver driver;
    private final Object lock = new Object();
    private ArrayDeque<Runnable> tasks = new ArrayDeque<>(); // guarded by lock
    private ArrayDeque<Runnable> taken = new ArrayDeque<>(); // the holder's
    private boolean asleep; // guarded by lock
    private volatile @Nullable Thread holder; // written under lock
    private volatile boolean stopping; // written under lock
    private volatile boolean closing; // written under lock
    private boolean closed; // guarded by lock

    Custody(Driver driver) {
        this.driver = driver;
    }

    /** Refuses threads that have no business here. */
    void check() {
        Thread running = holder;
        if (running != null && running != Thread.currentThread()) {
            throw new IllegalStateException(
                    "the reactor is run by " + running.getName() + ": use execute");
        }
    }

    void checkOpen() {
        check();
        if (closing) {
            throw new IllegalStateException("the reactor is closed");
        }
    }

    /** Whether the calling thread may use what belongs to the loop. */
    boolean isMine() {
        Thread running = holder;
        return running == null || running == Thread.currentThread();
    }

    boolean isRunning() {
        return holder != null;
    }

    /** Whether the loop is to stop, to be run again or not. */
    boolean isStopping() {
        return stopping;
    }

    /** Whether it is to end for good. */
    boolean isClosing() {
        return closing;
    }

    // Who has it.

    /** The thread runs it from now on. */
    void take(Thread me) {
        synchronized (lock) {
            if (closing) {
                throw new IllegalStateException("the reactor is closed");
            }
            if (holder != null) {
                throw new IllegalStateException("the reactor runs already");
            }
            holder = me;
        }
    }

    /** What was to be stopped has stopped; the thread has it still. */
    void stopped() {
        synchronized (lock) {
            stopping = false;
        }
    }

    /** Nobody runs it any more. */
    void leave() {
        synchronized (lock) {
            holder = null;
            lock.notifyAll();
        }
    }

    // The end.

    void stop() {
        synchronized (lock) {
            stopping = true;
            ring();
        }
    }

    /** It ends as soon as its thread comes by. */
    void close() {
        synchronized (lock) {
            closing = true;
            stopping = true;
            ring();
        }
    }

    /** It cannot go on. */
    void fail() {
        synchronized (lock) {
            closing = true;
        }
    }

    /**
     * Closes it, and waits until nobody runs it.
     *
     * @param deaf told of a thread that does not leave it in time
     * @return whether it is the caller's now, who is to end it
     */
    boolean takeToEnd(Thread me, Consumer<Throwable> deaf) {
        synchronized (lock) {
            close();
            if (holder == me) {
                return false; // from inside: when this turn is over
            }
            Thread still = awaitIdle(System.nanoTime() + Reactor.CLOSE_SECONDS * 1_000_000_000L);
            if (still != null) {
                var where = new TimeoutException(still.getName() + " does not return to its loop");
                where.setStackTrace(still.getStackTrace());
                deaf.accept(where);
                return false;
            }
            if (closed) {
                return false;
            }
            holder = me;
            return true;
        }
    }

    /** Waits until nobody runs it; who still does, when it is time. Under the lock. */
    private @Nullable Thread awaitIdle(long until) {
        boolean interrupted = false;
        long left;
        while (holder != null && (left = until - System.nanoTime()) > 0) {
            try {
                TimeUnit.NANOSECONDS.timedWait(lock, left);
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return holder;
    }

    /** Whether it has ended. */
    boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    /** Ends it, and the driver; the tasks that were not run. */
    ArrayDeque<Runnable> end() {
        synchronized (lock) {
            closed = true;
            ArrayDeque<Runnable> left = tasks;
            tasks = new ArrayDeque<>();
            driver.close();
            return left;
        }
    }

    // Tasks, and the bell.

    void add(Runnable task) {
        synchronized (lock) {
            if (closing) {
                throw new RejectedExecutionException("the reactor is closed");
            }
            tasks.add(task);
            ring();
        }
    }

    /** Under the lock: so the driver is not closed meanwhile. */
    private void ring() {
        if (asleep && !closed) {
            asleep = false;
            driver.wake();
        }
    }

    boolean hasTasks() {
        synchronized (lock) {
            return !tasks.isEmpty();
        }
    }

    /** The tasks that there are, in order, for the holder to empty before it asks again. */
    ArrayDeque<Runnable> takeTasks() {
        synchronized (lock) {
            if (!tasks.isEmpty()) {
                ArrayDeque<Runnable> now = tasks;
                tasks = taken;
                taken = now;
            }
        }
        return taken;
    }

    /**
     * The holder may be about to wait: from now on it is woken.
     *
     * @return how long it may wait, 0 if there is something for it
     */
    long sleep(long most) {
        synchronized (lock) {
            long nanos = tasks.isEmpty() && !stopping ? most : 0;
            asleep = nanos > 0;
            return nanos;
        }
    }

    /** It waits no longer. */
    void awake() {
        synchronized (lock) {
            asleep = false;
        }
    }
}
