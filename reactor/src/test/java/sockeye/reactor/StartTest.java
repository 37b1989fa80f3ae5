// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.ProcessDescriptor;
import sockeye.ProcessSignal;
import sockeye.testkit.NoLeaks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** What is done when a reactor starts, and the signals that stop it. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings({"FutureReturnValueIgnored", "try"}) // the notes tell; they close what is open
class StartTest {
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> notes = new ArrayList<>();

    private @Nullable CompletableFuture<?> note(String text) {
        notes.add(text);
        return null;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void nobodyIsAcceptedUntilWhatComesBeforeIsDone(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Recorder() {
                                        @Override
                                        void onOpened(Transport opened) {
                                            note("accepted");
                                            reactor.stop();
                                        }
                                    });
            Endpoint at = Objects.requireNonNull(listening.local());
            reactor.onStart(StartPhase.AFTER, () -> note("after"));
            reactor.onStart(StartPhase.DURING, () -> note("during"));
            reactor.onStart(
                    StartPhase.BEFORE,
                    () -> {
                        note("before");
                        reactor.connect(at, new Recorder());
                        return reactor.later(SHORT, () -> note("ready"));
                    });
            Engine.run(reactor);
            assertEquals(List.of("before", "ready", "during", "after", "accepted"), notes);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void itIsDoneAtEachRunUntilItIsRemoved(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            ReactorAction first = reactor.onStart(StartPhase.BEFORE, () -> note("a"));
            reactor.onStart(StartPhase.BEFORE, () -> note("b"));
            reactor.onStart(
                    StartPhase.AFTER,
                    () -> {
                        reactor.stop();
                        return null;
                    });
            Engine.run(reactor);
            Engine.run(reactor);
            first.remove();
            first.remove();
            Engine.run(reactor);
            assertEquals(List.of("a", "b", "a", "b", "b"), notes);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void whatFailsIsReportedAndTheOthersAreDone(Engine engine) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        try (Reactor reactor = engine.open(ReactorSettings.DEFAULT.withFailures(failures::add))) {
            var thrown = new IllegalStateException("thrown");
            var told = new IllegalStateException("told");
            reactor.onStart(
                    StartPhase.BEFORE,
                    () -> {
                        throw thrown;
                    });
            reactor.onStart(StartPhase.BEFORE, () -> CompletableFuture.failedFuture(told));
            reactor.onStart(
                    StartPhase.DURING,
                    () -> {
                        reactor.stop();
                        return null;
                    });
            Engine.run(reactor);
            assertEquals(2, failures.size());
            assertSame(thrown, failures.getFirst());
            assertSame(told, failures.getLast());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void aRunThatEndedBeforeDoesNotGoOnInTheNext(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var late = new CompletableFuture<@Nullable Void>();
            ReactorAction waiting = reactor.onStart(StartPhase.BEFORE, () -> late);
            reactor.onStart(StartPhase.DURING, () -> note("during"));
            reactor.execute(reactor::stop);
            Engine.run(reactor);
            waiting.remove();
            late.complete(null);
            reactor.execute(() -> reactor.execute(reactor::stop));
            Engine.run(reactor);
            assertEquals(List.of("during"), notes);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    @Tag("D6-04")
    void aSignalStopsItInOrderAndASecondOneCutsOff(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                var signals = reactor.stopOnSignals(LONG)) {
            var self = ProcessDescriptor.of(ProcessHandle.current().pid());
            try (self) {
                reactor.onStart(
                        StartPhase.AFTER,
                        () -> {
                            self.signal(ProcessSignal.SIGTERM);
                            return null;
                        });
                reactor.onStop(
                        StopPhase.BEFORE,
                        () -> {
                            note("stopping");
                            self.signal(ProcessSignal.SIGTERM);
                            return new CompletableFuture<>(); // until it is cut off
                        });
                Engine.run(reactor);
            }
            assertEquals(List.of("stopping"), notes);
            assertTrue(signals.isOpen());
        }
    }
}
