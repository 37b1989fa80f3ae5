// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * How a {@link ConnectionPool} is to be.
 *
 * @param most how many connections there may be at a time, idle ones and those being made too, 1 or
 *     more
 * @param mostIdle how many may be idle, 0 or more; what comes back beyond that is closed
 * @param idleTime how long one may be idle before it is closed
 * @param patience how long {@link ConnectionPool#take()} waits; zero for ever
 * @param checkAfter how long one must have been idle to be checked before it is handed out again
 * @param check whether one that was idle can still be used: completed with false, or failed, if not
 * @param <P> the connections' protocol
 */
public record PoolSettings<P extends Protocol>(
        int most,
        int mostIdle,
        Duration idleTime,
        Duration patience,
        Duration checkAfter,
        Function<? super P, ? extends CompletionStage<Boolean>> check) {
    /** Checks the parts. */
    public PoolSettings {
        if (most < 1 || mostIdle < 0) {
            throw new IllegalArgumentException(
                    "%d connections, %d of them idle".formatted(most, mostIdle));
        }
        if (idleTime.isNegative() || patience.isNegative() || checkAfter.isNegative()) {
            throw new IllegalArgumentException("negative");
        }
    }

    /** So many connections, idle for up to a minute; thirty seconds of patience, no check. */
    public static <P extends Protocol> PoolSettings<P> of(int most) {
        CompletableFuture<Boolean> usable = CompletableFuture.completedFuture(true);
        return new PoolSettings<>(
                most,
                most,
                Duration.ofMinutes(1),
                Duration.ofSeconds(30),
                Duration.ZERO,
                protocol -> usable);
    }

    /** The same with other bounds of what is idle. */
    public PoolSettings<P> withIdle(int mostIdle, Duration idleTime) {
        return new PoolSettings<>(most, mostIdle, idleTime, patience, checkAfter, check);
    }

    /** The same with more or less patience. */
    public PoolSettings<P> withPatience(Duration patience) {
        return new PoolSettings<>(most, mostIdle, idleTime, patience, checkAfter, check);
    }

    /** The same with a check of what has been idle for so long. */
    public PoolSettings<P> withCheck(
            Duration checkAfter, Function<? super P, ? extends CompletionStage<Boolean>> check) {
        return new PoolSettings<>(most, mostIdle, idleTime, patience, checkAfter, check);
    }
}
