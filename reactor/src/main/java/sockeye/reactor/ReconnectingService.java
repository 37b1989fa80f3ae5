// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A client service in a tree. */
final class ReconnectingService implements Service {
    private final String name;
    private final int failures;
    private final boolean waits;
    private final Function<Reactor, ClientService<?>> maker;
    private @Nullable ClientService<?> client;

    ReconnectingService(
            String name, int failures, boolean waits, Function<Reactor, ClientService<?>> maker) {
        if (failures < 0) {
            throw new IllegalArgumentException("so many failures: " + failures);
        }
        this.name = name;
        this.failures = failures;
        this.waits = waits;
        this.maker = Objects.requireNonNull(maker);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<?> start(ServiceContext context) {
        ClientService<?> made = Objects.requireNonNull(maker.apply(context.reactor()));
        client = made;
        made.start();
        if (!waits) {
            return LambdaService.DONE;
        }
        return made.whenConnected(failures)
                .whenComplete((transport, thrown) -> {
                    if (thrown != null) {
                        var _ = made.stop(); // a start that fails leaves nothing
                    }
                });
    }

    @Override
    public CompletionStage<?> stop(Duration grace) {
        ClientService<?> mine = Objects.requireNonNull(client);
        CompletableFuture<Void> stopped = mine.stop();
        if (grace.isZero() && mine.state() instanceof ClientState.Stopping<?>(Object transport)) {
            abort(transport);
        }
        return stopped;
    }

    private static void abort(Object transport) {
        switch (transport) {
            case Transport stream -> stream.abort();
            case MessageTransport messages -> messages.abort();
            default -> throw new AssertionError(transport);
        }
    }

    @Override
    public String toString() {
        return "Service[" + name + "]";
    }
}
