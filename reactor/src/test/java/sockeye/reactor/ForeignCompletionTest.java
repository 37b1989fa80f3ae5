// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Stages that users give to the reactor are theirs to complete, by whatever thread. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // what follows from them is looked at
class ForeignCompletionTest {
    private static final Protocol SILENT = (transport, bytes) -> {};

    /** Completed later, by a thread that has nothing to do with a reactor. */
    private static <T> CompletableFuture<T> elsewhere(Reactor reactor, T value) {
        var made = new CompletableFuture<T>();
        // After the callback that wants it, so that what is chained to it is there.
        reactor.execute(() -> Thread.ofPlatform().start(() -> made.complete(value)));
        return made;
    }

    private static <T> CompletableFuture<T> failure(Reactor reactor) {
        return elsewhere(reactor, false)
                .thenApply(value -> {
                    throw new CompletionException(new IOException("no luck"));
                });
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D5-03")
    void whatIsRepeatedGoesOnAfterIt(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            int[] calls = {0};
            Repeating repeating =
                    Repeating.ofStages(
                            reactor,
                            Duration.ofMillis(1),
                            periods -> {
                                if (++calls[0] == 3) {
                                    reactor.stop();
                                }
                                return elsewhere(reactor, true);
                            });
            Engine.run(reactor);
            repeating.stop();
            assertEquals(3, calls[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsTriedIsTriedAgain(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<Thread> tried = new ArrayList<>();
            CompletableFuture<String> result =
                    Backoff.constant(Duration.ofMillis(1))
                            .retry(
                                    reactor,
                                    3,
                                    () -> {
                                        tried.add(Thread.currentThread());
                                        return failure(reactor);
                                    });
            result.whenComplete((value, failed) -> reactor.stop());
            Engine.run(reactor);
            assertInstanceOf(IOException.class, result.exceptionNow());
            assertEquals(3, tried.size());
            tried.forEach(each -> assertSame(Thread.currentThread(), each));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aTryThatTheReactorsCloseHasEndedIsTheLast(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        var attempt = new CompletableFuture<String>();
        CompletableFuture<String> result = Backoff.DEFAULT.retry(reactor, 3, () -> attempt);
        reactor.close();
        attempt.completeExceptionally(new IOException("no luck"));
        assertInstanceOf(IOException.class, result.exceptionNow());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D5-01")
    void aServiceIsPreparedOnItsReactorsThread(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), () -> SILENT);
            Thread[] told = {null};
            ClientService<Transport> service =
                    ClientService.streams(
                            reactor,
                            Objects.requireNonNull(listening.local()),
                            () -> SILENT,
                            ClientSettings.<Transport>defaults()
                                    .withPrepare(transport -> elsewhere(reactor, true)));
            service.start();
            service.whenConnected()
                    .thenAccept(transport -> {
                        told[0] = Thread.currentThread();
                        reactor.stop();
                    });
            Engine.run(reactor);
            assertSame(Thread.currentThread(), told[0]);
        }
    }

    /** A protocol that a pool can have. */
    private static final class Quiet implements Protocol {
        @Override
        public void received(Transport transport, ByteBuffer bytes) {}
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aPooledConnectionIsCheckedOnItsReactorsThread(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), () -> SILENT);
            ConnectionPool<Quiet> pool =
                    ConnectionPool.of(
                            reactor,
                            Objects.requireNonNull(listening.local()),
                            Quiet::new,
                            PoolSettings.<Quiet>of(1)
                                    .withCheck(
                                            Duration.ZERO, protocol -> elsewhere(reactor, true)));
            Thread[] told = {null};
            pool.take()
                    .thenAccept(first -> {
                        first.close();
                        pool.take()
                                .thenAccept(second -> {
                                    told[0] = Thread.currentThread();
                                    reactor.stop();
                                });
                    });
            Engine.run(reactor);
            assertSame(Thread.currentThread(), told[0]);
        }
    }
}
