// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How a {@link ClientService} is to be.
 *
 * @param backoff how long it waits before it connects again
 * @param steadyAfter how long a connection must have lasted for its loss to count as the first
 *     failure; the loss of a shorter one makes the waits longer still
 * @param prepare what is done with a connection before it is handed out, a greeting or a login; one
 *     whose preparation fails is aborted, and counts as a failure
 * @param observer told each state, on the reactor's thread
 * @param <T> what it is connected by
 */
public record ClientSettings<T>(
        Backoff backoff,
        Duration steadyAfter,
        Function<? super T, ? extends CompletionStage<?>> prepare,
        Consumer<? super ClientState<T>> observer) {
    /** Checks the parts. */
    public ClientSettings {
        if (steadyAfter.isNegative()) {
            throw new IllegalArgumentException("negative: " + steadyAfter);
        }
    }

    /** {@link Backoff#DEFAULT}, ten seconds, nothing to prepare, nobody told. */
    public static <T> ClientSettings<T> defaults() {
        CompletableFuture<@Nullable Void> ready = CompletableFuture.completedFuture(null);
        return new ClientSettings<>(
                Backoff.DEFAULT, Duration.ofSeconds(10), transport -> ready, state -> {});
    }

    /** The same with other waits. */
    public ClientSettings<T> withBackoff(Backoff backoff) {
        return new ClientSettings<>(backoff, steadyAfter, prepare, observer);
    }

    /** The same with another time after which a connection counts as having worked. */
    public ClientSettings<T> withSteadyAfter(Duration steadyAfter) {
        return new ClientSettings<>(backoff, steadyAfter, prepare, observer);
    }

    /** The same with something done to each connection first. */
    public ClientSettings<T> withPrepare(
            Function<? super T, ? extends CompletionStage<?>> prepare) {
        return new ClientSettings<>(backoff, steadyAfter, prepare, observer);
    }

    /** The same with somebody told. */
    public ClientSettings<T> withObserver(Consumer<? super ClientState<T>> observer) {
        return new ClientSettings<>(backoff, steadyAfter, prepare, observer);
    }
}
