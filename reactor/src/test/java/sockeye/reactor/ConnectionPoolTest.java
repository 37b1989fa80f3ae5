// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.InetEndpoint;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** Connections that are lent, one borrower at a time. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the leases tell how it went
class ConnectionPoolTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);

    /** Asks in lines, and has the answers in order. */
    private static final class Asker implements Protocol {
        private final ArrayDeque<CompletableFuture<String>> asked = new ArrayDeque<>();
        private final Protocol lines =
                Lines.protocol(100, (line, to) -> asked.remove().complete(line));
        private @Nullable Transport transport;

        CompletableFuture<String> ask(String question) {
            var answer = new CompletableFuture<String>();
            asked.add(answer);
            Objects.requireNonNull(transport).write(question + "\n");
            return answer;
        }

        @Override
        public void opened(Transport opened) {
            transport = opened;
        }

        @Override
        public void received(Transport from, ByteBuffer bytes) throws Exception {
            lines.received(from, bytes);
        }

        @Override
        public void closed(Transport from, @Nullable Throwable why) {
            for (CompletableFuture<String> each : asked) {
                each.completeExceptionally(why == null ? new AsynchronousCloseException() : why);
            }
        }
    }

    private static List<Transport> serve(Reactor reactor) throws IOException {
        var accepted = new ArrayList<Transport>();
        reactor.listen(
                SERVER,
                () -> {
                    Protocol lines =
                            Lines.protocol(100, (line, to) -> to.write("re: " + line + "\n"));
                    return new Protocol() {
                        @Override
                        public void opened(Transport transport) {
                            accepted.add(transport);
                        }

                        @Override
                        public void received(Transport from, ByteBuffer bytes) throws Exception {
                            lines.received(from, bytes);
                        }
                    };
                });
        return accepted;
    }

    private static Lease<Asker> taken(Simulator simulator, ConnectionPool<Asker> pool) {
        CompletableFuture<Lease<Asker>> lease = pool.take();
        simulator.advance(Duration.ofMillis(50));
        assertTrue(lease.isDone());
        return lease.join();
    }

    private static ConnectionPool<Asker> pool(Simulator simulator, PoolSettings<Asker> settings) {
        return ConnectionPool.of(simulator.reactor(), SERVER, Asker::new, settings);
    }

    @Test
    void whatIsGivenBackIsUsedAgainTheLastFirst() throws Exception {
        try (var simulator = Simulator.of(1)) {
            serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(5));
            Lease<Asker> one = taken(simulator, pool);
            Lease<Asker> two = taken(simulator, pool);
            assertNotSame(one.protocol(), two.protocol());
            one.close();
            two.close();
            two.close();
            Lease<Asker> again = taken(simulator, pool);
            assertSame(two.protocol(), again.protocol());
            CompletableFuture<String> answer = again.protocol().ask("hello");
            simulator.advance(Duration.ofSeconds(1));
            assertEquals("re: hello", answer.join());
            two.discard(); // no longer its own
            assertTrue(again.transport().isOpen());
            assertEquals(new PoolStatistics(1, 1, 0, 0, 0, 2, 1, 0), pool.statistics());
        }
    }

    @Test
    void whoCameFirstIsServedFirstAndThereAreNeverTooMany() throws Exception {
        try (var simulator = Simulator.of(1)) {
            List<Transport> accepted = serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(2));
            var order = new ArrayList<Integer>();
            for (int i = 0; i < 10; i++) {
                int mine = i;
                pool.take()
                        .thenAccept(lease -> {
                            order.add(mine);
                            simulator.reactor().after(Duration.ofSeconds(1), lease::close);
                        });
            }
            assertEquals(10, pool.statistics().waiting());
            simulator.settle();
            assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), order);
            assertEquals(2, accepted.size());
            assertEquals(0, pool.statistics().total());
        }
    }

    @Test
    void patienceEndsAndSoDoesACancelledWish() throws Exception {
        try (var simulator = Simulator.of(1)) {
            serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(1));
            Lease<Asker> lease = taken(simulator, pool);
            CompletableFuture<Lease<Asker>> late = pool.take(Duration.ofSeconds(2));
            CompletableFuture<Lease<Asker>> cancelled = pool.take(Duration.ZERO);
            CompletableFuture<Lease<Asker>> patient = pool.take(Duration.ZERO);
            cancelled.cancel(false);
            simulator.advance(Duration.ofSeconds(3));
            var why = assertThrows(CompletionException.class, late::join);
            assertInstanceOf(TimeoutException.class, why.getCause());
            assertEquals(1, pool.statistics().waiting());
            lease.close();
            assertSame(lease.protocol(), patient.join().protocol());
        }
    }

    @Test
    void idleOnesGrowOldAndNoMoreThanSoManyAreKept() throws Exception {
        try (var simulator = Simulator.of(1)) {
            serve(simulator.reactor());
            var pool =
                    pool(simulator, PoolSettings.<Asker>of(5).withIdle(2, Duration.ofSeconds(10)));
            var leases = new ArrayList<Lease<Asker>>();
            for (int i = 0; i < 4; i++) {
                leases.add(taken(simulator, pool));
            }
            leases.forEach(Lease::close);
            simulator.advance(Duration.ofSeconds(5));
            assertEquals(2, pool.statistics().idle());
            assertEquals(2, pool.statistics().total());
            taken(simulator, pool).close();
            simulator.advance(Duration.ofSeconds(6));
            assertEquals(1, pool.statistics().total());
            simulator.advance(Duration.ofSeconds(6));
            assertEquals(0, pool.statistics().total());
        }
    }

    @Test
    void whatThePeerEndsWhileItIsIdleIsDropped() throws Exception {
        try (var simulator = Simulator.of(1)) {
            List<Transport> accepted = serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(5));
            Lease<Asker> first = taken(simulator, pool);
            first.close();
            accepted.getFirst().close();
            simulator.advance(Duration.ofSeconds(1));
            assertEquals(0, pool.statistics().total());
            assertNotSame(first.protocol(), taken(simulator, pool).protocol());
        }
    }

    @Test
    void whatDoesNotPassItsCheckIsReplaced() throws Exception {
        try (var simulator = Simulator.of(1)) {
            serve(simulator.reactor());
            var answers = new ArrayDeque<>(List.of(true, false));
            var pool =
                    pool(
                            simulator,
                            PoolSettings.<Asker>of(1)
                                    .withCheck(
                                            Duration.ofSeconds(5),
                                            asker ->
                                                    asker.ask("are you there?")
                                                            .thenApply(
                                                                    answer -> answers.remove())));
            Lease<Asker> first = taken(simulator, pool);
            first.close();
            Lease<Asker> unchecked = taken(simulator, pool);
            assertEquals(2, answers.size());
            unchecked.close();
            simulator.advance(Duration.ofSeconds(6));
            Lease<Asker> good = taken(simulator, pool);
            assertSame(first.protocol(), good.protocol());
            good.close();
            simulator.advance(Duration.ofSeconds(6));
            assertNotSame(first.protocol(), taken(simulator, pool).protocol());
            assertEquals(0, answers.size());
        }
    }

    @Test
    void whatWasPausedOrChangedIsNotKept() throws Exception {
        try (var simulator = Simulator.of(1)) {
            serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(5));
            Lease<Asker> paused = taken(simulator, pool);
            Lease<Asker> changed = taken(simulator, pool);
            Lease<Asker> discarded = taken(simulator, pool);
            paused.transport().pause();
            changed.transport().become((transport, bytes) -> {});
            paused.close();
            changed.close();
            discarded.discard();
            simulator.advance(Duration.ofSeconds(5));
            assertEquals(0, pool.statistics().total());
        }
    }

    @Test
    void aFailureToConnectIsToldToWhoHasWaitedLongest() throws Exception {
        try (var simulator = Simulator.of(1)) {
            var pool = pool(simulator, PoolSettings.of(1));
            CompletableFuture<Lease<Asker>> first = pool.take();
            CompletableFuture<Lease<Asker>> second = pool.take();
            second.whenComplete((lease, failed) -> simulator.note("second"));
            simulator.silence(SERVER, false);
            first.whenComplete((lease, failed) -> {
                try {
                    serve(simulator.reactor());
                } catch (IOException impossible) {
                    throw new AssertionError(impossible);
                }
            });
            simulator.advance(Duration.ofSeconds(1));
            var why = assertThrows(CompletionException.class, first::join);
            assertInstanceOf(ConnectException.class, why.getCause());
            assertTrue(second.join().transport().isOpen());
            assertEquals(1, pool.statistics().failed());
        }
    }

    @Test
    void aClosedPoolEndsAllAndHandsOutNothing() throws Exception {
        try (var simulator = Simulator.of(1)) {
            List<Transport> accepted = serve(simulator.reactor());
            var pool = pool(simulator, PoolSettings.of(2));
            Lease<Asker> lent = taken(simulator, pool);
            Lease<Asker> second = taken(simulator, pool);
            CompletableFuture<Lease<Asker>> waiting = pool.take();
            CompletableFuture<Void> over = pool.close();
            assertTrue(waiting.isCompletedExceptionally());
            assertTrue(pool.take().isCompletedExceptionally());
            simulator.advance(Duration.ofSeconds(5));
            assertFalse(over.isDone());
            lent.close();
            second.discard();
            simulator.advance(Duration.ofSeconds(5));
            assertTrue(over.isDone());
            assertFalse(accepted.getFirst().isOpen());
        }
    }

    /** Borrowers that come and go while connections break: nobody is forgotten, nothing is left. */
    @Test
    void nothingIsLostWhateverTheNetworkDoes() {
        var settings = SimulatorSettings.DEFAULT.withResets(0.01).withRefusals(0.1);
        long[] reused = {0};
        Seeds.each(
                60,
                settings,
                simulator -> {
                    Reactor reactor = simulator.reactor();
                    List<Transport> accepted = serve(reactor);
                    var pool =
                            pool(
                                    simulator,
                                    PoolSettings.<Asker>of(3)
                                            .withIdle(2, Duration.ofSeconds(1))
                                            .withPatience(Duration.ofMillis(40))
                                            .withCheck(
                                                    Duration.ofMillis(10),
                                                    asker ->
                                                            asker.ask("?")
                                                                    .thenApply(answer -> true)));
                    Set<Asker> inUse = new HashSet<>();
                    int[] ended = {0};
                    for (int i = 0; i < 100; i++) {
                        reactor.after(
                                Duration.ofMillis(simulator.random().nextInt(400)),
                                () ->
                                        pool.take()
                                                .whenComplete((lease, failed) -> {
                                                    if (lease == null) {
                                                        ended[0]++;
                                                        return;
                                                    }
                                                    assertTrue(
                                                            inUse.add(lease.protocol()),
                                                            "lent twice");
                                                    assertTrue(
                                                            pool.statistics().total() <= 3,
                                                            "too many");
                                                    lease.protocol()
                                                            .ask("question")
                                                            .whenComplete((answer, broken) -> {
                                                                inUse.remove(lease.protocol());
                                                                ended[0]++;
                                                                lease.close();
                                                            });
                                                }));
                    }
                    simulator.settle();
                    assertEquals(100, ended[0]);
                    reused[0] += pool.statistics().reused();
                    CompletableFuture<Void> over = pool.close();
                    simulator.settle();
                    assertTrue(over.isDone());
                    assertEquals(0, pool.statistics().total());
                    for (Transport each : accepted) {
                        assertFalse(each.isOpen());
                    }
                });
        assertTrue(reused[0] > 1_000, "reused " + reused[0]);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void itLendsOnEveryDriver(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(), Lines.to((line, to) -> to.write("re: " + line + "\n")));
            var pool =
                    ConnectionPool.of(
                            reactor,
                            Objects.requireNonNull(listening.local()),
                            Asker::new,
                            PoolSettings.of(4));
            var answers = new ArrayList<String>();
            for (int i = 0; i < 100; i++) {
                String question = "question " + i;
                pool.take()
                        .thenAccept(lease ->
                                lease.protocol()
                                        .ask(question)
                                        .thenAccept(answer -> {
                                            answers.add(answer);
                                            lease.close();
                                            if (answers.size() == 100) {
                                                pool.close().thenRun(reactor::stop);
                                            }
                                        }));
            }
            Runs.untilStopped(reactor);
            assertEquals(100, new HashSet<>(answers).size());
            assertEquals(4, listening.accepted());
        }
    }
}
