// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/** What is repeated, what ends in time, and which of several addresses is taken. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the futures are looked at otherwise
class TimingTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);

    private final List<Throwable> failures = new ArrayList<>();

    private Simulator simulator() {
        return Simulator.of(
                1, SimulatorSettings.PLAIN, ReactorSettings.DEFAULT.withFailures(failures::add));
    }

    @Test
    @Tag("D5-03")
    void itIsDoneEachPeriod() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            long start = reactor.nanos();
            var calls = new ArrayList<String>();
            Repeating repeating =
                    reactor.every(
                            Duration.ofSeconds(3),
                            periods ->
                                    calls.add(
                                            Duration.ofNanos(reactor.nanos() - start).toSeconds()
                                                    + "/"
                                                    + periods));
            simulator.advance(Duration.ofSeconds(10));
            assertEquals(List.of("3/1", "6/1", "9/1"), calls);
            assertTrue(repeating.isActive());
            repeating.reset();
            simulator.advance(Duration.ofMillis(2_999));
            assertEquals(3, calls.size());
            simulator.advance(Duration.ofMillis(1));
            assertEquals("13/1", calls.getLast());
            repeating.stop();
            simulator.advance(Duration.ofSeconds(10));
            assertEquals(4, calls.size());
            assertTrue(repeating.done().isDone());
        }
    }

    @Test
    @Tag("D5-03")
    void whatTakesLongerThanAPeriodSkipsSome() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var calls = new ArrayList<Long>();
            Repeating.ofStages(
                    reactor,
                    Duration.ofSeconds(1),
                    periods -> {
                        calls.add(periods);
                        // The second call takes three periods and a half.
                        long millis = calls.size() == 2 ? 3_500 : 1;
                        return reactor.later(Duration.ofMillis(millis), () -> "");
                    });
            simulator.advance(Duration.ofSeconds(8));
            assertEquals(List.of(1L, 1L, 4L, 1L, 1L), calls);
        }
    }

    @Test
    @Tag("D5-01")
    @Tag("D5-03")
    void whatARepetitionThrowsEndsItAndIsNotLost() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var thrown = new IllegalStateException("on purpose");
            Repeating unobserved =
                    reactor.every(
                            Duration.ofSeconds(1),
                            periods -> {
                                throw thrown;
                            });
            Repeating observed =
                    Repeating.ofStages(
                            reactor,
                            Duration.ofSeconds(2),
                            periods -> CompletableFuture.failedFuture(thrown));
            CompletableFuture<Void> done = observed.done();
            simulator.settle();
            assertFalse(unobserved.isActive());
            assertEquals(List.of(thrown), failures);
            var why = assertThrows(CompletionException.class, done::join);
            assertSame(thrown, why.getCause());
            assertThrows(
                    IllegalArgumentException.class, () -> reactor.every(Duration.ZERO, p -> {}));
        }
    }

    @Test
    @Tag("D5-01")
    @Tag("D5-03")
    void aFutureEndsInTimeAndByTheReactorsClock() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            CompletableFuture<String> quick =
                    reactor.within(
                            Duration.ofHours(2), reactor.later(Duration.ofHours(1), () -> "done"));
            CompletableFuture<String> slow =
                    reactor.within(
                            Duration.ofHours(1), reactor.later(Duration.ofHours(2), () -> "done"));
            CompletableFuture<String> cancelled =
                    reactor.later(
                            Duration.ofHours(1),
                            () -> {
                                throw new AssertionError("it was cancelled");
                            });
            cancelled.cancel(false);
            simulator.advance(Duration.ofHours(3));
            assertEquals("done", quick.join());
            var why = assertThrows(CompletionException.class, slow::join);
            assertInstanceOf(TimeoutException.class, why.getCause());
            assertEquals(List.of(), failures);
        }
    }

    @Test
    @Tag("D5-01")
    void aFailureThatNobodyLooksAtIsTold() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var thrown = new IllegalStateException("on purpose");
            reactor.reported(CompletableFuture.failedFuture(thrown).thenApply(value -> "never"));
            var cancelled = new CompletableFuture<String>();
            reactor.reported(cancelled.thenApply(value -> value));
            cancelled.cancel(false);
            reactor.reported(CompletableFuture.completedFuture("fine"));
            simulator.settle();
            assertEquals(List.of(thrown), failures);
        }
    }

    @Test
    @Tag("D2-12")
    void aConnectIsRetriedSoOften() throws Exception {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var backoff = Backoff.DEFAULT.withJitter(0);
            CompletableFuture<Transport> failed =
                    backoff.retry(
                            reactor, 3, () -> reactor.connect(SERVER, new RecordingProtocol()));
            simulator.advance(Duration.ofSeconds(2));
            assertFalse(failed.isDone());
            simulator.advance(Duration.ofSeconds(1));
            assertTrue(failed.isCompletedExceptionally());
            CompletableFuture<Transport> made =
                    backoff.retry(
                            reactor, 3, () -> reactor.connect(SERVER, new RecordingProtocol()));
            simulator.advance(Duration.ofMillis(1));
            reactor.listen(SERVER, RecordingProtocol::new);
            simulator.advance(Duration.ofSeconds(1));
            assertTrue(made.join().isOpen());
        }
    }

    @Test
    @Tag("D3-10")
    void aConnectGivesUpInTimeAndNothingIsLeftOfIt() throws Exception {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            simulator.silence(SERVER, true);
            CompletableFuture<Transport> slow =
                    reactor.within(
                            Duration.ofSeconds(3),
                            reactor.connect(SERVER, new RecordingProtocol()));
            simulator.advance(Duration.ofSeconds(3));
            var why = assertThrows(CompletionException.class, slow::join);
            assertInstanceOf(TimeoutException.class, why.getCause());
            CompletableFuture<Transport> slower = reactor.connect(SERVER, new RecordingProtocol());
            simulator.advance(Duration.ofSeconds(30));
            var later = assertThrows(CompletionException.class, slower::join);
            assertInstanceOf(SocketTimeoutException.class, later.getCause());
        }
    }

    /** Happy Eyeballs: one hangs, one refuses, and the third is taken. */
    @Test
    @Tag("D3-10")
    void theFirstAddressThatAnswersIsTaken() throws Exception {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var history = new ArrayList<String>();
            simulator.history(history::add);
            InetEndpoint hangs = InetEndpoint.of("2001:db8::1", 7);
            InetEndpoint refuses = InetEndpoint.of("192.0.2.2", 7);
            simulator.silence(hangs, true);
            var server = new RecordingProtocol();
            reactor.listen(SERVER, () -> server);
            long start = reactor.nanos();
            var client = new RecordingProtocol();
            CompletableFuture<Transport> made =
                    reactor.connect(List.of(hangs, refuses, SERVER), client);
            simulator.advance(Duration.ofSeconds(1));
            assertEquals(SERVER, made.join().peer());
            assertEquals(List.of("opened"), client.calls());
            // 250 ms for the one that hangs; the one that refuses costs nothing.
            assertTrue(history.stream().anyMatch(line -> line.startsWith("250000000 ")));
            assertEquals(1_000, Duration.ofNanos(reactor.nanos() - start).toMillis());
            simulator.settle();
            assertEquals(List.of("opened"), server.calls());
        }
    }

    @Test
    @Tag("D3-10")
    void ifNoAddressAnswersAllFailuresAreTold() {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            List<Endpoint> all = List.of(SERVER, SERVER.withPort(8), SERVER.withPort(9));
            CompletableFuture<Transport> made = reactor.connect(all, new RecordingProtocol());
            simulator.settle();
            var why = assertThrows(CompletionException.class, made::join);
            assertTrue(why.getCause().getMessage().contains("ECONNREFUSED"));
            assertEquals(2, why.getCause().getSuppressed().length);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D3-10")
    void anAddressThatRefusesIsPassedOverOnEveryDriver(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening gone = reactor.listen(engine.fresh(), RecordingProtocol::new);
            Endpoint refuses = Objects.requireNonNull(gone.local());
            Listening listening = reactor.listen(engine.fresh(), RecordingProtocol::new);
            Endpoint answers = Objects.requireNonNull(listening.local());
            gone.close();
            CompletableFuture<Transport> made = new CompletableFuture<>();
            // Closed by now.
            reactor.after(
                    Duration.ofMillis(1),
                    () ->
                            reactor.connect(List.of(refuses, answers), new RecordingProtocol())
                                    .whenComplete((transport, failed) -> {
                                        reactor.stop();
                                        if (failed == null) {
                                            made.complete(transport);
                                        } else {
                                            made.completeExceptionally(failed);
                                        }
                                    }));
            Runs.untilStopped(reactor);
            assertEquals(answers, made.join().peer());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D3-10")
    void aClientHasTheAddressThatItsTextSays(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            @Nullable Endpoint[] seen = new @Nullable Endpoint[1];
            Protocol.Factory looking =
                    () ->
                            new Protocol() {
                                @Override
                                public void opened(Transport transport) {
                                    seen[0] = transport.peer();
                                    reactor.stop();
                                }

                                @Override
                                public void received(Transport transport, ByteBuffer bytes) {}
                            };
            Listening listening = reactor.listen(engine.fresh(), looking);
            InetEndpoint local = (InetEndpoint) Objects.requireNonNull(listening.local());
            String text = "tcp:127.0.0.1:%d?bind=127.0.0.2".formatted(local.port());
            reactor.reported(reactor.connect(EndpointSpec.parse(text), new RecordingProtocol()));
            Runs.untilStopped(reactor);
            assertTrue(String.valueOf(seen[0]).startsWith("127.0.0.2:"), "" + seen[0]);
        }
    }

    @Test
    @Tag("D5-04")
    void theTimeOfDayIsTheSimulations() {
        try (var simulator = simulator()) {
            assertEquals(Instant.parse("2000-01-01T00:00:00Z"), simulator.clock().instant());
            simulator.pump(Duration.ofHours(1), Duration.ofMinutes(1));
            assertEquals(Instant.parse("2000-01-01T01:01:00Z"), simulator.clock().instant());
        }
    }

    @Test
    void aNumberedSpecIsAnAddressInTheSimulatorToo() throws Exception {
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            reactor.listen(EndpointSpec.parse("tcp:192.0.2.1:7"), RecordingProtocol::new);
            var client = new RecordingProtocol();
            reactor.connect(EndpointSpec.parse("tcp:192.0.2.1:7"), client);
            simulator.settle();
            assertEquals(List.of("opened"), client.calls());
        }
    }
}
