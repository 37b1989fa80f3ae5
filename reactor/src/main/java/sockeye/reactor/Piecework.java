// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/**
 * Long work that a reactor does in pieces, so that its connections do not wait for it: some in each
 * turn, for a millisecond, and then whatever has happened meanwhile. What is all computing belongs
 * on another thread ({@link Reactor#callBlocking}); this is for what the loop alone may touch, such
 * as a message to each of a hundred thousand connections.
 *
 * <pre>{@code
 * Iterator<Transport> left = everybody.iterator();
 * reactor.pieces(() -> {
 *     if (left.hasNext()) left.next().write(news.duplicate());
 *     return left.hasNext();
 * });
 * }</pre>
 *
 * <p>Several take turns. What a piece throws ends it. For the reactor's thread.
 */
public final class Piecework {
    /** So long it may go on in a turn, in nanoseconds, after its first piece. */
    private static final long SLICE = 1_000_000;

    /** So many pieces it may do in a turn, however quick they are. */
    private static final int MOST = 1_000;

    /** What is done. */
    @FunctionalInterface
    public interface Pieces {
        /**
         * Does one.
         *
         * @return whether there is another
         */
        boolean next() throws Exception;
    }

    private final Reactor reactor;
    private final Pieces pieces;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private boolean observed;
    private boolean paused;
    private boolean scheduled;

    private Piecework(Reactor reactor, Pieces pieces) {
        this.reactor = reactor;
        this.pieces = Objects.requireNonNull(pieces);
    }

    static Piecework of(Reactor reactor, Pieces pieces) {
        var made = new Piecework(reactor, pieces);
        made.schedule();
        return made;
    }

    private void schedule() {
        if (!scheduled && isActive()) {
            scheduled = true;
            try {
                reactor.execute(this::run);
            } catch (RejectedExecutionException closed) {
                done.completeExceptionally(closed);
            }
        }
    }

    private void run() {
        scheduled = false;
        long begun = reactor.nanos();
        for (int i = 0; i < MOST && isActive() && !paused; i++) {
            if (i > 0 && reactor.nanos() - begun > SLICE) {
                break;
            }
            boolean more;
            try {
                more = pieces.next();
            } catch (Throwable thrown) {
                fail(thrown);
                return;
            }
            if (!more) {
                done.complete(null);
            }
        }
        if (!paused) {
            schedule();
        }
    }

    private void fail(Throwable thrown) {
        // A stop inside the piece came first, and yet it is to be told.
        boolean told = done.completeExceptionally(thrown) && observed;
        if (!told) {
            Timing.report(reactor, thrown);
        }
    }

    /** Whether it has neither come to its end, nor been stopped, nor failed. */
    public boolean isActive() {
        return !done.isDone();
    }

    /** Does no more until {@link #resume}; a piece says so that has to wait for something. */
    public void pause() {
        paused = true;
    }

    /** Goes on. */
    public void resume() {
        paused = false;
        schedule();
    }

    /** Does no more. */
    public void stop() {
        done.complete(null);
    }

    /**
     * Completed when all is done, or it is stopped, or with what a piece has thrown. Who never asks
     * for it has the settings' {@link ReactorSettings#failures()} told of that.
     */
    public CompletableFuture<Void> done() {
        observed = true;
        return done;
    }
}
