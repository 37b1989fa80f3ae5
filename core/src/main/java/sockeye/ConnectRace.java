// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Several connects under way at once, as {@link HappyEyeballs} has it, of which the first that
 * connects is kept.
 *
 * <p>The calling thread makes every socket, so that what it has bound (a network namespace, a
 * default timeout) holds; a virtual thread each waits for its connect. The calling thread also
 * closes what has not won, which wakes who waits there: when {@link #run} returns or throws, no
 * descriptor of another attempt is open.
 */
final class ConnectRace {
    /** What an attempt is made of. */
    interface Attempts {
        /** A socket for a peer, ready for its connect: options set, bound, deadline set. */
        LinuxSocket prepare(Endpoint peer) throws IOException;
    }

    /** The winner. */
    record Won(LinuxSocket socket, Endpoint peer) {}

    private record Outcome(LinuxSocket socket, Endpoint peer, @Nullable Throwable failure) {}

    private final HappyEyeballs<Endpoint> policy;
    private final Attempts attempts;
    private final Deadline deadline;
    private final List<IOException> failures;
    private final BlockingQueue<Outcome> outcomes = new LinkedBlockingQueue<>();
    private final Set<LinuxSocket> underWay = new HashSet<>();

    /**
     * @param deadline later than which no attempt begins; those that have begun keep it themselves
     * @param failures where those of the attempts go
     */
    ConnectRace(
            HappyEyeballs<Endpoint> policy,
            Attempts attempts,
            Deadline deadline,
            List<IOException> failures) {
        this.policy = policy;
        this.attempts = attempts;
        this.deadline = deadline;
        this.failures = failures;
    }

    /**
     * Runs it.
     *
     * @param what whom it is about, for errors
     * @return the first that is connected, or null if all have failed
     */
    @Nullable Won run(String what) throws IOException {
        try {
            while (true) {
                begin();
                if (underWay.isEmpty()) {
                    return null;
                }
                Won won = next();
                if (won != null) {
                    return won;
                }
            }
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw SocketFailures.cut("connect", what, Gate.Outcome.INTERRUPT, 0);
        } finally {
            for (LinuxSocket lost : underWay) {
                close(lost);
            }
        }
    }

    private void begin() {
        while (!deadline.isPassed()) {
            Endpoint peer = policy.next(System.nanoTime());
            if (peer == null) {
                return;
            }
            try {
                LinuxSocket socket = attempts.prepare(peer);
                underWay.add(socket);
                Thread.ofVirtual().name("sockeye-connect").start(() -> attempt(socket, peer));
            } catch (IOException failed) {
                failed(failed);
            }
        }
    }

    @SuppressWarnings("CatchingUnchecked") // whatever it is, the caller's thread has to hear of it
    private void attempt(LinuxSocket socket, Endpoint peer) {
        Throwable failure = null;
        try {
            socket.connect(peer);
        } catch (Throwable thrown) {
            failure = thrown;
        }
        outcomes.add(new Outcome(socket, peer, failure));
    }

    /** Waits for an attempt to end or to be no longer alone; returns the winner if it is there. */
    private @Nullable Won next() throws InterruptedException {
        Outcome outcome =
                policy.isWaiting() && !deadline.isPassed()
                        ? outcomes.poll(
                                Math.min(
                                        policy.nextAt() - System.nanoTime(),
                                        deadline.remaining().toNanos()),
                                TimeUnit.NANOSECONDS)
                        : outcomes.take();
        if (outcome == null) {
            return null;
        }
        underWay.remove(outcome.socket());
        return switch (outcome.failure()) {
            case null -> new Won(outcome.socket(), outcome.peer());
            case IOException failed -> {
                close(outcome.socket());
                failed(failed);
                yield null;
            }
            case RuntimeException wrong -> {
                close(outcome.socket());
                throw wrong;
            }
            case Error error -> {
                close(outcome.socket());
                throw error;
            }
            case Throwable impossible -> throw new AssertionError(impossible);
        };
    }

    private void failed(IOException failure) {
        failures.add(failure);
        policy.failed(System.nanoTime());
    }

    private static void close(LinuxSocket socket) {
        try {
            socket.close();
        } catch (IOException nothingToLose) {
            // It never was connected, or nobody wants it.
        }
    }
}
