// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.ServiceHome;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A service of two lambdas, each called once. */
final class LambdaService implements Service {
    static final CompletionStage<?> DONE = CompletableFuture.completedFuture(null);

    private final String name;
    private final Start start;
    private final Stop stop;
    private @Nullable CompletionStage<?> stopping;

    LambdaService(String name, Start start, Stop stop) {
        this.name = name;
        this.start = Objects.requireNonNull(start);
        this.stop = Objects.requireNonNull(stop);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public CompletionStage<?> start(ServiceContext context) throws Exception {
        stopping = null;
        CompletionStage<?> stage = start.start(context);
        return stage == null ? DONE : stage;
    }

    @Override
    public CompletionStage<?> stop(Duration grace) throws Exception {
        CompletionStage<?> before = stopping;
        if (before != null) {
            return before;
        }
        CompletionStage<?> stage = DONE;
        try {
            CompletionStage<?> made = stop.stop(grace);
            stage = made == null ? DONE : made;
        } finally {
            stopping = stage;
        }
        return stage;
    }

    @Override
    public String toString() {
        return "Service[" + name + "]";
    }

    // What is made of them.

    static Service every(String name, Duration period, Repeating.Task task) {
        if (period.isNegative() || period.isZero()) {
            throw new IllegalArgumentException("a period of " + period);
        }
        @Nullable Repeating[] going = {null};
        return new LambdaService(
                name,
                context -> {
                    Repeating made = context.reactor().every(period, task);
                    going[0] = made;
                    var _ =
                            made.done()
                                    .whenComplete((ended, thrown) -> {
                                        if (thrown != null) {
                                            context.fail(thrown);
                                        }
                                    });
                    return null;
                },
                grace -> {
                    Repeating made = going[0];
                    if (made != null) {
                        made.stop();
                    }
                    return null;
                });
    }

    static Service piecework(String name, Callable<Piecework.Pieces> work) {
        Objects.requireNonNull(work);
        @Nullable Piecework[] going = {null};
        return new LambdaService(
                name,
                context -> {
                    Piecework made = context.reactor().pieces(work.call());
                    going[0] = made;
                    var _ =
                            made.done()
                                    .whenComplete((ended, thrown) -> {
                                        if (thrown != null) {
                                            context.fail(thrown);
                                        }
                                    });
                    return null;
                },
                grace -> {
                    Piecework made = going[0];
                    if (made != null) {
                        made.stop();
                    }
                    return null;
                });
    }

    /** What is opened, by a reactor that may be closed before it is. */
    private record Opening(
            Reactor reactor,
            CompletableFuture<AutoCloseable> opened,
            CompletableFuture<AutoCloseable> nevertheless) {
        static Opening begin(Reactor reactor, Callable<? extends AutoCloseable> open) {
            var made = new CompletableFuture<AutoCloseable>();
            CompletableFuture<AutoCloseable> opened =
                    reactor.callBlocking(() -> {
                        AutoCloseable resource = open.call();
                        made.complete(resource);
                        return resource;
                    });
            return new Opening(reactor, opened, made);
        }

        CompletionStage<?> end() {
            return opened.handle((resource, thrown) -> resource)
                    .thenCompose(resource -> {
                        if (resource != null) {
                            return close(resource);
                        }
                        // It failed, or nobody was told of it.
                        var _ = nevertheless.thenCompose(this::close);
                        return CompletableFuture.completedFuture(true);
                    });
        }

        private CompletableFuture<Boolean> close(AutoCloseable resource) {
            Callable<Boolean> closing =
                    () -> {
                        resource.close();
                        return true;
                    };
            try {
                return reactor.callBlocking(closing);
            } catch (IllegalStateException reactorIsClosed) {
                var result = new CompletableFuture<Boolean>();
                Thread.startVirtualThread(() -> {
                    try {
                        result.complete(closing.call());
                    } catch (Throwable thrown) {
                        ServiceHome.report(reactor, thrown);
                        result.completeExceptionally(thrown);
                    }
                });
                return result;
            }
        }
    }

    static Service resource(String name, Callable<? extends AutoCloseable> open) {
        Objects.requireNonNull(open);
        @Nullable Opening[] present = {null};
        return new LambdaService(
                name,
                context -> {
                    Opening made = Opening.begin(context.reactor(), open);
                    present[0] = made;
                    // A copy: to give up the start is not to forget what is opened by then.
                    return made.opened().copy();
                },
                grace -> Objects.requireNonNull(present[0]).end());
    }
}
