// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.ProcessDescriptor;
import sockeye.ProcessSignal;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

/** Trees that are run as programs, which this process stops by signals to itself. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D6-04")
class ServiceProgramTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static void signal() throws IOException {
        try (var self = ProcessDescriptor.of(ProcessHandle.current().pid())) {
            self.signal(ProcessSignal.SIGTERM);
        }
    }

    /** Sends a signal as soon as it is started. */
    private static Service signalling() {
        return Service.of(
                "signalling",
                context -> {
                    signal();
                    return null;
                },
                grace -> null);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aSignalStopsItInOrder(int reactors) throws Exception {
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        var settings =
                ProgramSettings.DEFAULT
                        .withGrace(LONG)
                        .withReactors(reactors)
                        .withObserver(status ->
                                told.add(
                                        status.path()
                                                + " "
                                                + status.state().getClass().getSimpleName()));
        var echo =
                Service.streams(
                        "echo",
                        InetEndpoint.of("127.0.0.1", 0),
                        Protocol.serving(new EchoService()));
        ProgramReport report =
                ServiceProgram.run(ServiceTree.of("all", echo, signalling()), settings);
        assertEquals(List.of(ProcessSignal.SIGTERM), report.signals());
        assertTrue(report.isInOrder());
        assertEquals(
                List.of("signalling", "echo"),
                report.services().services().stream().map(ServiceReport::path).toList());
        assertTrue(
                told.indexOf("signalling Stopped") < told.indexOf("echo Stopping"), told::toString);
        assertEquals(" Stopped", told.getLast());
    }

    @Test
    void theSecondSignalCutsOff() throws Exception {
        var stuck =
                Service.of(
                        "stuck",
                        context -> {
                            signal();
                            return null;
                        },
                        grace -> {
                            signal();
                            return new CompletableFuture<>();
                        });
        ProgramReport report =
                ServiceProgram.run(stuck, ProgramSettings.DEFAULT.withGrace(Duration.ofDays(1)));
        assertEquals(2, report.signals().size());
        assertEquals(
                ServiceReport.Outcome.LEFT_BEHIND,
                report.services().services().getFirst().outcome());
        assertFalse(report.isInOrder());
    }

    @Test
    void aServiceThatCannotStartEndsItWithItsPath() {
        List<String> notes = Collections.synchronizedList(new ArrayList<>());
        var tree =
                ServiceTree.of(
                        "all",
                        new ServicePart("a", notes),
                        ServiceTree.of(
                                "net",
                                new ServicePart("b", notes).refusing(new IOException("no"))));
        var failure = assertThrows(ServiceFailure.class, () -> ServiceProgram.run(tree));
        assertEquals("net/b: no", failure.getMessage());
        assertEquals(List.of("+a", "+b"), notes.subList(0, 2));
        assertTrue(notes.getLast().startsWith("-a"), notes::toString);
    }

    @Test
    void aStartThatTakesTooLongEndsIt() {
        List<String> notes = Collections.synchronizedList(new ArrayList<>());
        var slow = new ServicePart("slow", notes).slowToStart();
        var settings = ProgramSettings.DEFAULT.withStartLimit(Duration.ofMillis(1));
        var failure = assertThrows(ServiceFailure.class, () -> ServiceProgram.run(slow, settings));
        assertTrue(failure.getCause() instanceof TimeoutException);
    }

    @Test
    void aServiceThatFailsEndsItIfItIsToDoSo() throws Exception {
        var failing =
                Service.of(
                        "failing",
                        context -> {
                            context.reactor()
                                    .after(
                                            Duration.ofMillis(1),
                                            () -> context.fail(new IOException("worn out")));
                            return null;
                        },
                        grace -> null);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        var quiet = ReactorSettings.DEFAULT.withFailures(failures::add);
        ProgramReport report =
                ServiceProgram.run(
                        failing,
                        ProgramSettings.DEFAULT
                                .withSignals(false)
                                .withEndsOnFailure(true)
                                .withGroup(
                                        GroupSettings.DEFAULT.withReactors(1).withReactor(quiet)));
        assertEquals("failing: worn out", report.failure().orElseThrow().getMessage());
        assertEquals(1, failures.size());
    }

    @Test
    void whoStopsTheTreeEndsIt() throws Exception {
        ServiceTree[] tree = {ServiceTree.of("all")};
        var _ =
                tree[0].add(
                        Service.of(
                                "a",
                                context -> {
                                    var _ =
                                            context.reactor()
                                                    .after(
                                                            Duration.ofMillis(1),
                                                            () -> {
                                                                var _ = tree[0].stop(LONG);
                                                            });
                                    return null;
                                },
                                grace -> null));
        ProgramReport report =
                ServiceProgram.run(tree[0], ProgramSettings.DEFAULT.withSignals(false));
        assertTrue(report.isInOrder());
        assertEquals(List.of(), report.signals());
    }

    @Test
    void aTreeCanBeRunAgainAndEachTimeItsObserverIsToldOnce() throws Exception {
        ServiceTree[] tree = {ServiceTree.of("all")};
        var _ =
                tree[0].add(
                        Service.of(
                                "a",
                                context -> {
                                    context.reactor()
                                            .execute(() -> {
                                                var _ = tree[0].stop(LONG);
                                            });
                                    return null;
                                },
                                grace -> null));
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        var settings =
                ProgramSettings.DEFAULT
                        .withSignals(false)
                        .withObserver(status -> told.add(status.path()));
        ServiceProgram.run(tree[0], settings);
        int once = told.size();
        ServiceProgram.run(tree[0], settings);
        assertEquals(2 * once, told.size(), told::toString);
    }
}
