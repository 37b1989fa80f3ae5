// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Clock;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * A thread that may wait inside a simulation. There is one baton: the loop's thread hands it over
 * and gets it back when the other waits, has an errand or ends, so that never two of them run, and
 * who runs when depends on the simulation alone.
 */
final class Fiber {
    /** Who still waits at the end is told. */
    static final class SimulationOver extends IllegalStateException {
        private static final long serialVersionUID = 1;

        SimulationOver() {
            super("the simulation is over");
        }
    }

    private static final ScopedValue<Fiber> CURRENT = ScopedValue.newInstance();
    private static final long PATIENCE_SECONDS = 60;

    private final Loop loop;
    private final Set<Fiber> all;
    private final Semaphore mine = new Semaphore(0);
    private final Semaphore loops = new Semaphore(0);
    private final Thread thread;

    // All of this belongs to who has the baton.
    private @Nullable Runnable errand;
    private boolean waiting = true;
    private boolean woken;
    private boolean cancelled;
    private boolean over;

    private Fiber(Loop loop, Set<Fiber> all, Runnable body) {
        this.loop = loop;
        this.all = all;
        this.thread =
                Thread.ofVirtual()
                        .name("simulated")
                        .unstarted(() -> {
                            mine.acquireUninterruptibly();
                            try {
                                Clock.simulate(
                                        loop::nanos,
                                        () -> ScopedValue.where(CURRENT, this).run(body));
                            } finally {
                                over = true;
                                loops.release();
                            }
                        });
    }

    /** Begins one, in the loop's next turn. */
    static void start(Loop loop, Set<Fiber> all, Runnable body) {
        var fiber = new Fiber(loop, all, body);
        all.add(fiber);
        fiber.thread.start();
        fiber.wake();
    }

    /** The one that calls; null for any other thread. */
    static @Nullable Fiber current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** The one that calls. */
    static Fiber require() {
        Fiber fiber = current();
        if (fiber == null) {
            throw new IllegalStateException(
                    "only code that the simulator runs may wait: serve, or callBlocking");
        }
        return fiber;
    }

    // The loop's side.

    /** Has it go on soon, if it waits. */
    void wake() {
        if (!waiting || woken || over) {
            return;
        }
        woken = true;
        try {
            loop.execute(this::resume);
        } catch (RejectedExecutionException closed) {
            resume();
        }
    }

    /** The simulation is over: whatever it waits for will not come. */
    void cancel() {
        cancelled = true;
        if (!over) {
            resume();
        }
    }

    private void resume() {
        woken = false;
        waiting = false;
        while (!over) {
            mine.release();
            takeBack();
            Runnable asked = errand;
            if (over || asked == null) {
                break;
            }
            errand = null;
            asked.run();
        }
        if (over) {
            all.remove(this);
        }
    }

    private void takeBack() {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    if (loops.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                        return;
                    }
                    var where = new IllegalStateException("here");
                    where.setStackTrace(thread.getStackTrace());
                    throw new IllegalStateException(
                            "a simulated thread waits for something outside the simulation", where);
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    // Its own side.

    /** Waits until it is woken, maybe for nothing. */
    void await() {
        if (!cancelled) {
            waiting = true;
            giveBack();
        }
        if (cancelled) {
            throw new SimulationOver();
        }
    }

    /** Has something done by the loop's thread, now. */
    <T extends @Nullable Object> T call(Callable<T> work) {
        var done = new Errand<>(work);
        errand = done;
        giveBack();
        return done.result();
    }

    private void giveBack() {
        loops.release();
        mine.acquireUninterruptibly();
    }

    private static final class Errand<T extends @Nullable Object> implements Runnable {
        private final Callable<T> work;
        private @Nullable T value;
        private @Nullable Throwable thrown;

        Errand(Callable<T> work) {
            this.work = work;
        }

        @Override
        public void run() {
            try {
                value = work.call();
            } catch (Throwable failed) {
                thrown = failed;
            }
        }

        @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // null if T has it
        T result() {
            switch (thrown) {
                case null -> {}
                case RuntimeException failed -> throw failed;
                case Error failed -> throw failed;
                case Throwable failed -> throw new IllegalStateException(failed);
            }
            return value;
        }
    }
}
