// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Gate;
import sockeye.internal.wait.LookupThreads;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Waiting for a look-up that runs on a thread of its own. */
final class Lookups {
    /** How many look-ups of the C library may run at once. */
    private static final int THREADS = 32;

    /** How many more may wait for their turn. */
    private static final int WAITING = 1024;

    private static final class OfTheLibrary {
        static final LookupThreads THREADS =
                new LookupThreads("sockeye-lookup-", Lookups.THREADS, WAITING);
    }

    private Lookups() {}

    interface Lookup<T> {
        T run() throws IOException;
    }

    /** Asks the C library something that may take long. */
    static <T> T await(String what, Deadline deadline, Lookup<T> lookup) throws IOException {
        return await(OfTheLibrary.THREADS, what, deadline, lookup);
    }

    /**
     * Runs a look-up elsewhere and waits for it, as long as the deadline has it and the thread is
     * not interrupted.
     *
     * @param what what is looked up, for errors
     */
    static <T> T await(LookupThreads threads, String what, Deadline deadline, Lookup<T> lookup)
            throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw SocketFailures.cut("resolve", what, Gate.Outcome.INTERRUPT, 0);
        }
        if (deadline.isPassed()) {
            throw SocketFailures.cut("resolve", what, Gate.Outcome.TIMEOUT, 0);
        }
        LookupThreads.Started<T> started = threads.start(lookup::run);
        if (started == null) {
            throw new ResolveFailure(what, EaiCode.EAI_AGAIN, null, threads.load());
        }
        boolean answered = false;
        try {
            T answer = started.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
            answered = true;
            return answer;
        } catch (java.util.concurrent.TimeoutException passed) {
            throw SocketFailures.cut("resolve", what, Gate.Outcome.TIMEOUT, 0);
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw SocketFailures.cut("resolve", what, Gate.Outcome.INTERRUPT, 0);
        } catch (ExecutionException failed) {
            answered = true;
            throw rethrown(failed);
        } finally {
            if (!answered) {
                started.abandon();
            }
        }
    }

    /** The failure itself, whose trace tells of a thread that nobody knows. */
    private static IOException rethrown(ExecutionException failed) {
        return switch (failed.getCause()) {
            case ResolveFailure failure -> {
                failure.setStackTrace(new Throwable().getStackTrace());
                yield failure;
            }
            case IOException failure -> failure;
            case Error error -> throw error;
            case RuntimeException wrong -> throw wrong;
            case null, default -> throw new AssertionError(failed);
        };
    }
}
