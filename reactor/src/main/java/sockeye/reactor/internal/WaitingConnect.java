// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.Role;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * An attempt to connect by core's means, on a virtual thread that waits. It is interrupted when
 * nobody wants the connection any more.
 */
final class WaitingConnect<T> extends Member {
    /** Connects by core's means. */
    interface Waiting {
        Role connect(EndpointSpec peer, Deadline deadline) throws IOException;
    }

    private final CompletableFuture<T> result;
    private final Race.Making<T> making;
    private final Thread thread;
    private @Nullable Throwable failure;
    private boolean over;

    private WaitingConnect(
            Loop loop,
            EndpointSpec peer,
            CompletableFuture<T> result,
            Race.Making<T> making,
            Waiting waiting) {
        super(loop);
        this.result = result;
        this.making = making;
        Duration limit = loop.settings().connectTimeout();
        Deadline deadline = limit.isZero() ? Deadline.NONE : Deadline.after(limit);
        this.thread =
                Thread.ofVirtual()
                        .unstarted(() -> {
                            try {
                                Role made = waiting.connect(peer, deadline);
                                loop.hand(made, result, () -> connected(made));
                            } catch (Throwable failed) {
                                loop.hand(result, () -> result.completeExceptionally(failed));
                            }
                        });
    }

    static <T> void start(
            Loop loop,
            EndpointSpec peer,
            CompletableFuture<T> result,
            Race.Making<T> making,
            Waiting waiting) {
        var attempt = new WaitingConnect<T>(loop, peer, result, making, waiting);
        loop.add(attempt);
        var _ = result.whenComplete((made, failed) -> attempt.giveUp());
        attempt.thread.start();
    }

    private void connected(Role made) {
        end();
        making.make(loop.take(made), result);
    }

    private void end() {
        if (!over) {
            over = true;
            loop.remove(this);
        }
    }

    /** Nobody waits for it any more; a future may be completed by any thread. */
    private void giveUp() {
        thread.interrupt();
        if (loop.isMine()) {
            end();
        } else {
            loop.later(this::end);
        }
    }

    @Override
    void die(@Nullable Throwable why) {
        failure = why == null ? aborted() : why;
        soon();
    }

    @Override
    void work() {
        Throwable failed = failure;
        if (failed != null && !over) {
            end();
            result.completeExceptionally(failed);
        }
    }
}
