// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.internal.ServiceHome;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/** A listener, or a socket of datagrams, in a tree. */
final class SocketService implements ListeningService {
    /** Opens a socket at one of the two. */
    interface Opening<A, L> {
        L open(A at) throws Exception;
    }

    /** A socket that is open. */
    record Open(
            @Nullable Endpoint local, Function<Duration, CompletableFuture<DrainReport>> drain) {}

    private final String name;
    private final Opening<ServiceContext, Open> opening;
    private volatile @Nullable Open open;

    private SocketService(String name, Opening<ServiceContext, Open> opening) {
        this.name = name;
        this.opening = opening;
    }

    SocketService(
            String name, Opening<Reactor, ?> onReactor, Opening<ReactorGroup, Listening> onGroup) {
        this(
                name,
                context -> {
                    ReactorGroup group = context.group().orElse(null);
                    return group == null
                            ? of(onReactor.open(context.reactor()))
                            : of(onGroup.open(group));
                });
    }

    private static Open of(Object opened) {
        return switch (opened) {
            case Open socket -> socket;
            case Listening listening -> new Open(listening.local(), listening::drain);
            default -> throw new AssertionError(opened);
        };
    }

    static Open bound(MessageTransport socket) {
        return new Open(socket.local(), grace -> ServiceHome.drain(socket, grace));
    }

    static SocketService host(String name, HostOpener opener) {
        Objects.requireNonNull(opener);
        return new SocketService(
                name,
                context -> {
                    ServiceHost host = opener.open(context.reactor());
                    return new Open(host.local(), host::stop);
                });
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public @Nullable Endpoint local() {
        Open socket = open;
        return socket == null ? null : socket.local();
    }

    @Override
    public CompletionStage<?> start(ServiceContext context) throws Exception {
        open = opening.open(context);
        return LambdaService.DONE;
    }

    @Override
    public CompletionStage<?> stop(Duration grace) {
        Open socket = open;
        if (socket == null) {
            return LambdaService.DONE;
        }
        return socket.drain()
                .apply(grace)
                .whenComplete((report, thrown) -> {
                    open = null;
                });
    }

    @Override
    public String toString() {
        return "Service[" + name + ", " + local() + "]";
    }
}
