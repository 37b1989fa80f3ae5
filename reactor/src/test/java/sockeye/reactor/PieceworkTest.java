// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Long work in pieces, and reactors that run for one errand. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D5-03")
@SuppressWarnings("FutureReturnValueIgnored") // the notes tell
class PieceworkTest {
    private static final Duration TEN = Duration.ofSeconds(10);

    private final List<Throwable> failures = new ArrayList<>();

    private Simulator simulator() {
        return Simulator.of(
                1, SimulatorSettings.DEFAULT, ReactorSettings.DEFAULT.withFailures(failures::add));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void othersHaveTheirTurnMeanwhile(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<String> notes = new ArrayList<>();
            int[] done = {0};
            reactor.pieces(
                            () -> {
                                if (done[0] == 0) {
                                    reactor.execute(() -> notes.add("a task"));
                                    reactor.after(Duration.ZERO, () -> notes.add("a timer"));
                                }
                                return ++done[0] < 10_000;
                            })
                    .done()
                    .thenRun(() -> {
                        notes.add("all " + done[0]);
                        reactor.stop();
                    });
            Engine.run(reactor);
            assertEquals(3, notes.size(), notes::toString);
            assertEquals("all 10000", notes.getLast());
        }
    }

    @Test
    void severalTakeTurns() {
        try (var simulator = simulator()) {
            List<String> notes = new ArrayList<>();
            for (String each : List.of("a", "b")) {
                int[] left = {1_500};
                simulator
                        .reactor()
                        .pieces(() -> {
                            boolean first = notes.isEmpty() || !notes.getLast().equals(each);
                            if (first) {
                                notes.add(each);
                            }
                            return --left[0] > 0;
                        });
            }
            simulator.settle();
            assertEquals(List.of("a", "b", "a", "b"), notes);
        }
    }

    @Test
    void aPieceMayHaveTheNextWait() {
        try (var simulator = simulator()) {
            int[] done = {0};
            var work = new Piecework[1];
            work[0] =
                    simulator
                            .reactor()
                            .pieces(() -> {
                                work[0].pause();
                                simulator.reactor().after(TEN, work[0]::resume);
                                return ++done[0] < 3;
                            });
            simulator.advance(Duration.ofSeconds(5));
            assertEquals(1, done[0]);
            simulator.advance(TEN);
            assertEquals(2, done[0]);
            assertTrue(work[0].isActive());
            simulator.advance(TEN);
            assertEquals(3, done[0]);
            assertFalse(work[0].isActive());
        }
    }

    @Test
    void aStopEndsItAndWhatItThrowsIsTold() {
        try (var simulator = simulator()) {
            int[] done = {0};
            Piecework endless = simulator.reactor().pieces(() -> ++done[0] > 0);
            var why = new IOException("worn out");
            simulator
                    .reactor()
                    .pieces(() -> {
                        endless.stop();
                        throw why;
                    });
            simulator.settle();
            assertEquals(1_000, done[0]);
            assertTrue(endless.done().isDone());
            assertEquals(List.of(why), failures);
        }
    }

    @Test
    @Tag("D6-01")
    void aServiceDoesItWhileItRuns() {
        try (var simulator = simulator()) {
            int[] done = {0};
            var tree = ServiceTree.of("all", Service.piecework("count", () -> () -> ++done[0] > 0));
            for (int i = 0; i < 2; i++) {
                int before = done[0];
                tree.start(simulator.reactor()).thenRun(() -> tree.stop(TEN));
                simulator.settle();
                assertTrue(done[0] > before);
                assertInstanceOf(ServiceState.Stopped.class, tree.state());
            }
            int after = done[0];
            simulator.advance(TEN);
            assertEquals(after, done[0]);
        }
    }

    @Test
    @Tag("D6-01")
    void aServiceFailsByWhatAPieceThrows() {
        try (var simulator = simulator()) {
            Service bad =
                    Service.piecework(
                            "bad",
                            () ->
                                    () -> {
                                        throw new IOException("worn out");
                                    });
            var tree = ServiceTree.of("all", bad);
            tree.start(simulator.reactor());
            simulator.settle();
            assertInstanceOf(ServiceState.Failed.class, tree.status("bad").orElseThrow().state());
        }
    }

    @Test
    void aReactorRunsUntilItsErrandIsDone() throws Exception {
        List<String> notes = new ArrayList<>();
        String answer =
                Reactor.until(reactor -> {
                    reactor.onStop(
                            StopPhase.DURING,
                            () -> {
                                notes.add("in order");
                                return null;
                            });
                    return reactor.later(Duration.ofMillis(1), () -> "done");
                });
        assertEquals("done", answer);
        assertEquals(List.of("in order"), notes);
    }

    @Test
    void whatAnErrandFailsWithIsThrown() {
        var why = new IOException("no");
        Reactor.Errand<String> failing = reactor -> CompletableFuture.failedFuture(why);
        assertSame(why, assertThrows(IOException.class, () -> Reactor.until(failing)));
        Reactor.Errand<String> throwing =
                reactor -> {
                    throw why;
                };
        assertSame(why, assertThrows(IOException.class, () -> Reactor.until(throwing)));
        Reactor.Errand<String> stopping =
                reactor -> {
                    reactor.stop();
                    return new CompletableFuture<>();
                };
        assertThrows(IllegalStateException.class, () -> Reactor.until(stopping));
    }
}
