// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.reactor.ServiceState.Failed;
import sockeye.reactor.ServiceState.Running;
import sockeye.reactor.ServiceState.Starting;
import sockeye.reactor.ServiceState.Stopped;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** Trees of services, in the simulator. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D6-01")
@SuppressWarnings("FutureReturnValueIgnored") // the notes tell how it went
class ServiceTreeTest {
    private static final Duration TEN = Duration.ofSeconds(10);

    private final List<String> notes = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();

    private Simulator simulator() {
        return Simulator.of(
                1, SimulatorSettings.DEFAULT, ReactorSettings.DEFAULT.withFailures(failures::add));
    }

    private ServicePart part(String name) {
        return new ServicePart(name, notes);
    }

    private String notes() {
        String text = String.join(" ", notes);
        notes.clear();
        return text;
    }

    private static void started(Simulator simulator, ServiceTree tree) {
        var start = tree.start(simulator.reactor());
        simulator.settle();
        start.resultNow();
    }

    private static TreeReport stopped(Simulator simulator, ServiceTree tree, Duration grace) {
        var stop = tree.stop(grace);
        simulator.settle();
        return stop.resultNow();
    }

    private static ServiceFailure failure(CompletableFuture<?> future) {
        return assertInstanceOf(ServiceFailure.class, future.exceptionNow());
    }

    private static String outcomes(TreeReport report) {
        var all = new ArrayList<String>();
        report.services().forEach(each -> all.add(each.path() + " " + each.outcome()));
        return String.join(", ", all);
    }

    @Test
    void childrenStartInOrderAndStopInReverse() {
        try (var simulator = simulator()) {
            var inner = ServiceTree.of("net", part("b"), part("c"));
            var tree = ServiceTree.of("all", part("a"), inner, part("d"));
            started(simulator, tree);
            assertEquals("+a +b +c +d", notes());
            assertTrue(tree.isRunning());
            assertTrue(inner.isRunning());
            TreeReport report = stopped(simulator, tree, Duration.ofSeconds(12));
            // A quarter of the time, half of what the tree of two gets, and so on.
            assertEquals("-d3000 -c4000 -b8000 -a12000", notes());
            assertEquals(
                    "d IN_ORDER, net/c IN_ORDER, net/b IN_ORDER, a IN_ORDER", outcomes(report));
            assertTrue(report.isInOrder());
            assertInstanceOf(Stopped.class, tree.state());
            assertInstanceOf(Stopped.class, inner.state());
            assertEquals(report, tree.lastStop());
        }
    }

    @Test
    void theNextStartsWhenTheOneBeforeRuns() {
        try (var simulator = simulator()) {
            var slow = part("a").slowToStart();
            var tree = ServiceTree.of("all", slow, part("b"));
            var start = tree.start(simulator.reactor());
            simulator.settle();
            assertEquals("+a", notes());
            assertInstanceOf(Starting.class, tree.status("a").orElseThrow().state());
            assertFalse(start.isDone());
            slow.starting.complete(null);
            simulator.settle();
            assertEquals("+b", notes());
            assertTrue(start.isDone());
        }
    }

    @Test
    void aStartThatFailsStopsWhatWasStartedAndTellsThePath() {
        try (var simulator = simulator()) {
            var why = new IOException("no such database");
            var bad = part("c").refusing(why);
            var tree =
                    ServiceTree.of(
                            "all", part("a"), ServiceTree.of("net", part("b"), bad), part("d"));
            var start = tree.start(simulator.reactor());
            simulator.settle();
            ServiceFailure failure = failure(start);
            assertEquals("net/c", failure.path());
            assertEquals("net/c: no such database", failure.getMessage());
            assertSame(why, failure.getCause());
            assertEquals("+a +b +c -b10000 -a10000", notes());
            assertInstanceOf(Failed.class, tree.state());
            assertInstanceOf(Stopped.class, tree.status("a").orElseThrow().state());
            assertInstanceOf(Failed.class, tree.status("net/c").orElseThrow().state());
            bad.refusal = null;
            started(simulator, tree);
            assertEquals("+a +b +c +d", notes());
            assertTrue(failures.isEmpty(), failures::toString);
        }
    }

    @Test
    void aStartThatTakesTooLongIsGivenUp() {
        try (var simulator = simulator()) {
            var slow = part("b").slowToStart();
            var tree = ServiceTree.of("all", part("a"), ServiceTree.of("net", slow));
            var start = tree.start(simulator.reactor());
            simulator.reactor().within(Duration.ofSeconds(5), start);
            simulator.settle();
            assertInstanceOf(TimeoutException.class, start.exceptionNow());
            assertEquals("+a +b -b5000 -a10000", notes());
            assertTrue(slow.starting.isCancelled());
            var failed = assertInstanceOf(Failed.class, tree.state());
            assertEquals("net/b", failed.why().path());
        }
    }

    @Test
    void aStopDuringTheStartCancelsIt() {
        try (var simulator = simulator()) {
            var slow = part("b").slowToStart();
            var tree = ServiceTree.of("all", part("a"), ServiceTree.of("net", slow, part("c")));
            var start = tree.start(simulator.reactor());
            simulator.settle();
            TreeReport report = stopped(simulator, tree, TEN);
            assertTrue(start.isCancelled() || start.isCompletedExceptionally());
            assertTrue(slow.starting.isCancelled());
            assertEquals("+a +b -b5000 -a10000", notes());
            assertEquals("net/b IN_ORDER, a IN_ORDER", outcomes(report));
            assertInstanceOf(Stopped.class, tree.state());
            assertInstanceOf(Stopped.class, tree.status("net").orElseThrow().state());
        }
    }

    @Test
    void whatTakesTooLongToStopIsToldOnceMoreAndThenLeftBehind() {
        try (var simulator = simulator()) {
            var late = part("b").slowToStop();
            var never = part("c").slowToStop();
            var tree = ServiceTree.of("all", part("a"), late, never);
            started(simulator, tree);
            notes();
            tree.stop(Duration.ofSeconds(3));
            simulator.advance(Duration.ofMillis(1_050));
            assertEquals("-c1000 -c0", notes());
            simulator.advance(Duration.ofMillis(100)); // and c is left behind
            assertEquals("-b950", notes());
            simulator.advance(Duration.ofMillis(960));
            assertEquals("-b0", notes());
            late.stopping.complete(null);
            simulator.settle();
            assertEquals("c LEFT_BEHIND, b CUT_OFF, a IN_ORDER", outcomes(tree.lastStop()));
            assertFalse(tree.lastStop().isInOrder());
            assertInstanceOf(TimeoutException.class, tree.lastStop().services().getFirst().why());
            assertInstanceOf(Failed.class, tree.status("c").orElseThrow().state());
        }
    }

    @Test
    void ofTwoStopsTheShorterTimeHolds() {
        try (var simulator = simulator()) {
            var slow = part("b").slowToStop();
            var tree = ServiceTree.of("all", part("a"), ServiceTree.of("net", slow));
            started(simulator, tree);
            notes();
            var first = tree.stop(Duration.ofDays(1));
            simulator.advance(Duration.ofHours(1));
            assertEquals("-b" + Duration.ofHours(12).toMillis(), notes());
            var second = tree.stop(Duration.ofSeconds(4));
            simulator.advance(Duration.ofMillis(1));
            assertEquals("-b2000", notes());
            tree.stop(Duration.ZERO);
            simulator.advance(Duration.ofMillis(1));
            assertEquals("-b0", notes());
            simulator.settle();
            assertEquals("-a0", notes());
            assertEquals(first.resultNow(), second.resultNow());
            assertEquals("net/b LEFT_BEHIND, a IN_ORDER", outcomes(first.resultNow()));
        }
    }

    @Test
    void whatAStopThrowsIsToldAndTheOthersStop() {
        try (var simulator = simulator()) {
            var broken = new IllegalStateException("broken");
            var bad =
                    Service.of(
                            "b",
                            context -> null,
                            grace -> {
                                throw broken;
                            });
            var tree = ServiceTree.of("all", part("a"), bad);
            started(simulator, tree);
            TreeReport report = stopped(simulator, tree, TEN);
            assertEquals("b FAILED, a IN_ORDER", outcomes(report));
            assertSame(broken, report.services().getFirst().why());
            assertInstanceOf(Stopped.class, tree.state());
        }
    }

    @Test
    void aServiceIsAddedToATreeThatRuns() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("all", part("a"));
            started(simulator, tree);
            var added = tree.add(part("b"));
            simulator.settle();
            added.resultNow();
            assertEquals("+a +b", notes());
            stopped(simulator, tree, TEN);
            assertEquals("-b5000 -a10000", notes());
            assertTrue(tree.add(part("c")).isDone());
            started(simulator, tree);
            assertEquals("+a +b +c", notes());
        }
    }

    @Test
    void aServiceThatIsAddedWhileOthersStartIsStartedInItsTurn() {
        try (var simulator = simulator()) {
            var slow = part("a").slowToStart();
            var tree = ServiceTree.of("all", slow);
            var start = tree.start(simulator.reactor());
            simulator.settle();
            tree.add(part("b"));
            simulator.settle();
            assertEquals("+a", notes());
            slow.starting.complete(null);
            simulator.settle();
            start.resultNow();
            assertEquals("+b", notes());
        }
    }

    @Test
    void oneThatIsAddedAndCannotStartIsOutAgainAndTheOthersGoOn() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("all", part("a"));
            started(simulator, tree);
            var added = tree.add(part("b").refusing(new IOException("not today")));
            simulator.settle();
            assertEquals("b: not today", failure(added).getMessage());
            assertTrue(tree.find("b").isEmpty());
            assertTrue(tree.isRunning());
        }
    }

    @Test
    void aServiceIsRemovedFromATreeThatRuns() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("all", part("a"), part("b"), part("c"));
            started(simulator, tree);
            notes();
            var removed = tree.remove("b", TEN);
            simulator.settle();
            assertEquals("b IN_ORDER", outcomes(removed.resultNow()));
            assertEquals("-b10000", notes());
            assertEquals(2, tree.services().size());
            stopped(simulator, tree, TEN);
            assertEquals("-c5000 -a10000", notes());
            assertThrows(NoSuchElementException.class, () -> tree.remove("b", TEN));
        }
    }

    @Test
    void oneThatIsRemovedWhileItStartsDoesNotFailTheOthers() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("all", part("a").slowToStart(), part("b"));
            var start = tree.start(simulator.reactor());
            simulator.settle();
            tree.remove("a", TEN);
            simulator.settle();
            start.resultNow();
            assertEquals("+a +b -a10000", notes());
            assertEquals(1, tree.services().size());
        }
    }

    @Test
    void aServiceThatFailsByItselfIsToldAndStoppedWithTheOthers() {
        try (var simulator = simulator()) {
            var bad = part("b");
            var tree = ServiceTree.of("all", part("a"), ServiceTree.of("net", bad));
            List<String> told = new ArrayList<>();
            started(simulator, tree);
            tree.observe(status ->
                    told.add(status.path() + " " + status.state().getClass().getSimpleName()));
            var why = new IOException("the disk is full");
            var context = Objects.requireNonNull(bad.context);
            assertEquals("net/b", context.path());
            context.fail(why);
            context.fail(new IOException("and more"));
            simulator.settle();
            assertEquals(List.of("net/b Failed"), told);
            assertEquals(1, failures.size());
            assertSame(why, failures.getFirst().getCause());
            assertTrue(tree.isRunning());
            notes();
            stopped(simulator, tree, TEN);
            assertEquals("-b5000 -a10000", notes());
            context.fail(new IOException("too late"));
            simulator.settle();
            assertInstanceOf(Stopped.class, tree.status("net/b").orElseThrow().state());
        }
    }

    @Test
    void everyChangeIsTold() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("all", ServiceTree.of("net", part("a")));
            List<String> told = new ArrayList<>();
            tree.observe(status ->
                    told.add(status.path() + " " + status.state().getClass().getSimpleName()));
            tree.observe(status -> {
                throw new IllegalStateException("an observer that fails");
            });
            started(simulator, tree);
            stopped(simulator, tree, TEN);
            assertEquals(
                    List.of(
                            " Starting",
                            "net Starting",
                            "net/a Starting",
                            "net/a Running",
                            "net Running",
                            " Running",
                            " Stopping",
                            "net Stopping",
                            "net/a Stopping",
                            "net/a Stopped",
                            "net Stopped",
                            " Stopped"),
                    told);
            assertEquals(told.size(), failures.size());
        }
    }

    @Test
    void servicesAreFoundByTheirPaths() {
        var deep = part("c");
        var inner = ServiceTree.of("b", deep);
        var tree = ServiceTree.of("a", inner, part("d"));
        assertSame(deep, tree.find("b/c").orElseThrow());
        assertSame(inner, tree.find("b", ServiceTree.class).orElseThrow());
        assertTrue(tree.find("d", ServiceTree.class).isEmpty());
        assertTrue(tree.find("b/x").isEmpty());
        assertTrue(tree.find("d/x").isEmpty());
        assertSame(tree, tree.find("").orElseThrow());
        assertEquals(
                List.of("b", "b/c", "d"),
                tree.statuses().stream().map(ServiceStatus::path).toList());
    }

    @Test
    void namesAreDifferentAndTreesAreInOneTreeOnly() {
        var tree = ServiceTree.of("a", part("b"));
        assertThrows(IllegalArgumentException.class, () -> tree.add(part("b")));
        assertThrows(IllegalArgumentException.class, () -> tree.add(part("b/c")));
        assertThrows(IllegalArgumentException.class, () -> ServiceTree.of(" "));
        var inner = ServiceTree.of("c");
        tree.add(inner);
        assertThrows(IllegalArgumentException.class, () -> ServiceTree.of("d", inner));
        assertThrows(IllegalArgumentException.class, () -> inner.add(tree));
        tree.remove("c", TEN);
        ServiceTree.of("d", inner);
    }

    @Test
    void aTreeIsStartedOnceAtATimeAndOnlyFromAbove() {
        try (var simulator = simulator()) {
            var inner = ServiceTree.of("b", part("c"));
            var tree = ServiceTree.of("a", inner);
            started(simulator, tree);
            for (var each : List.of(tree, inner)) {
                var again = each.start(simulator.reactor());
                simulator.settle();
                assertInstanceOf(IllegalStateException.class, again.exceptionNow());
            }
            assertEquals("+c", notes());
        }
    }

    @Test
    void aTreeMovesToAnotherReactor() {
        var tree = ServiceTree.of("a", part("b"));
        for (int i = 0; i < 2; i++) {
            try (var simulator = simulator()) {
                started(simulator, tree);
                stopped(simulator, tree, TEN);
            }
        }
        assertEquals("+b -b10000 +b -b10000", notes());
    }

    @Test
    void whoClosesTheReactorStopsTheTreeAtOnce() {
        var tree = ServiceTree.of("a", part("b").slowToStop(), ServiceTree.of("c", part("d")));
        CompletableFuture<TreeReport> stop;
        try (var simulator = simulator()) {
            started(simulator, tree);
        }
        assertEquals("+b +d -d0 -b0", notes());
        assertInstanceOf(Stopped.class, tree.state());
        assertEquals(TreeReport.NOTHING, tree.stop(TEN).resultNow());
        try (var simulator = simulator()) {
            started(simulator, tree);
            stop = tree.stop(TEN);
            simulator.advance(Duration.ofMillis(1));
        }
        assertInstanceOf(RejectedExecutionException.class, stop.exceptionNow());
    }

    @Test
    @Tag("D1-01")
    void aReactorThatStopsInOrderStopsTheTreeFirst() {
        try (var simulator = simulator()) {
            var reactor = simulator.reactor();
            var slow = part("b").slowToStop();
            var tree = ServiceTree.of("all", part("a"), slow);
            reactor.onStop(
                    StopPhase.BEFORE,
                    () -> {
                        notes.add("before");
                        return null;
                    });
            reactor.onStop(
                    StopPhase.DURING,
                    () -> {
                        notes.add("during");
                        return null;
                    });
            started(simulator, tree);
            notes();
            var stop = reactor.stop(TEN);
            simulator.settle();
            assertEquals("before -b5000 -b0 -a4900 during", notes());
            assertTrue(stop.isDone());
            assertEquals("b LEFT_BEHIND, a IN_ORDER", outcomes(tree.lastStop()));
        }
    }

    @Test
    void aReactorThatIsHastenedHastensTheTree() {
        try (var simulator = simulator()) {
            var reactor = simulator.reactor();
            var slow = part("b").slowToStop();
            var tree = ServiceTree.of("all", part("a").slowToStop(), slow);
            started(simulator, tree);
            notes();
            var stop = reactor.stop(Duration.ofDays(1));
            simulator.advance(Duration.ofHours(1));
            reactor.stop(Duration.ZERO);
            simulator.advance(Duration.ofSeconds(1));
            assertEquals("-b" + Duration.ofHours(12).toMillis() + " -b0 -a0", notes());
            assertTrue(stop.isDone());
            assertEquals("b LEFT_BEHIND, a LEFT_BEHIND", outcomes(tree.lastStop()));
        }
    }

    @Test
    void anEmptyTreeRunsAndStops() {
        try (var simulator = simulator()) {
            var tree = ServiceTree.of("none");
            started(simulator, tree);
            assertInstanceOf(Running.class, tree.state());
            assertEquals(List.of(), stopped(simulator, tree, Duration.ZERO).services());
            assertNull(tree.find("x").orElse(null));
        }
    }
}
