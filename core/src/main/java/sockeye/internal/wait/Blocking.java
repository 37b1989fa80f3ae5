// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs calls that may block in the kernel whatever their flags say (close with SO_LINGER, sendfile
 * from a disk) on platform threads, so that no carrier is pinned. The caller waits for the result,
 * and cannot be interrupted.
 */
public final class Blocking {
    /** How many may block at once; further calls wait for their turn. */
    private static final int MOST = 256;

    private static final class Threads {
        static final ExecutorService POOL = make();

        private static ExecutorService make() {
            var pool =
                    new ThreadPoolExecutor(
                            MOST,
                            MOST,
                            10,
                            TimeUnit.SECONDS,
                            new LinkedBlockingQueue<>(),
                            Thread.ofPlatform().daemon().name("sockeye-blocking-", 0).factory());
            pool.allowCoreThreadTimeOut(true);
            return pool;
        }
    }

    private Blocking() {}

    /** Runs the call here if this is a platform thread, else on one. */
    public static <T> T run(Callable<T> call) throws Exception {
        if (!Thread.currentThread().isVirtual()) {
            return call.call();
        }
        return await(Threads.POOL.submit(call));
    }

    /**
     * Runs the call on a platform thread that is made for it and ends with it: for what changes the
     * thread that does it, such as setns(2). Threads inherit such a change, so the call starts
     * none.
     */
    public static <T> T apart(Callable<T> call) throws Exception {
        var task = new FutureTask<>(call);
        Thread.ofPlatform().daemon().name("sockeye-apart").start(task);
        return await(task);
    }

    private static <T> T await(Future<T> result) throws Exception {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return result.get();
                } catch (InterruptedException later) {
                    interrupted = true;
                } catch (ExecutionException failed) {
                    throw failed.getCause() instanceof Exception cause ? cause : failed;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Starts the call on a platform thread, for a caller who may give up waiting for it; the call
     * itself then goes on.
     */
    public static <T> Future<T> start(Callable<T> call) {
        return Threads.POOL.submit(call);
    }

    /** A call that throws nothing, as system calls are. */
    public static long call(java.util.function.LongSupplier call) {
        try {
            return run(call::getAsLong);
        } catch (RuntimeException unexpected) {
            throw unexpected;
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }
}
