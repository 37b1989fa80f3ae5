// SPDX-License-Identifier: Apache-2.0

package sockeye.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

import sockeye.InetEndpoint;
import sockeye.PipePair;
import sockeye.StreamSocket;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Tests as users write them, and what JUnit has to say of them. */
@Tag("D7-04")
@Timeout(60)
class ReactorExtensionTest {
    private static final Protocol.Factory ECHO = () -> (transport, bytes) -> transport.write(bytes);

    /** What good tests are like. */
    @ExtendWith(ReactorExtension.class)
    static class Good {
        private @Nullable Reactor before;
        private final List<Long> seeds = new ArrayList<>();

        @BeforeEach
        void keep(Reactor reactor) {
            before = reactor;
        }

        @AfterEach
        void isTheSame(Reactor reactor) {
            assertSame(before, reactor);
        }

        @Test
        void hasASimulator(Simulator simulator, Reactor reactor) throws IOException {
            assertSame(simulator.reactor(), reactor);
            assertSame(before, reactor);
            var listening = reactor.listen(InetEndpoint.of("192.0.2.1", 7), ECHO);
            var client = new RecordingProtocol();
            var connecting =
                    reactor.connect(Objects.requireNonNull(listening.local()), client)
                            .thenAccept(transport -> transport.write("hello"));
            simulator.settle();
            connecting.join();
            assertEquals("hello", client.text());
        }

        @Test
        void hasAReactorOnTheKernel(Reactor reactor) throws IOException {
            assertNotEquals(DriverKind.SIMULATOR, reactor.driver().kind());
            reactor.after(Duration.ZERO, reactor::stop);
            reactor.run();
        }

        @Test
        void mayLeaveConnectionsThatEndWhenTheyAreTold(Reactor reactor) throws IOException {
            var pair = StreamSocket.pair();
            reactor.adopt(pair.left(), ECHO_PROTOCOL);
            reactor.adopt(pair.right(), new RecordingProtocol());
        }

        private static final Protocol ECHO_PROTOCOL = (transport, bytes) -> transport.write(bytes);

        @Test
        void mayCloseItItself(Reactor reactor) {
            reactor.close();
        }

        @Test
        void expectsAFailure(Simulator simulator, ReportedFailures failures) {
            simulator
                    .reactor()
                    .execute(() -> {
                        throw new IllegalStateException("as I said");
                    });
            simulator.settle();
            assertEquals("as I said", failures.take().getFirst().getMessage());
        }

        @SeededTest(5)
        void isRunForEachSeed(Simulator simulator) {
            seeds.add(simulator.random().nextLong());
            assertEquals(1, seeds.size());
        }
    }

    /** What is wrong with others. */
    @ExtendWith(ReactorExtension.class)
    static class Bad {
        @Test
        void leavesAConnectionThatDoesNotEnd(Simulator simulator) {
            simulator.pair(
                    new Protocol() {
                        @Override
                        public void received(Transport transport, ByteBuffer bytes) {}

                        @Override
                        public void stopping(Transport transport) {
                            // I have time.
                        }

                        @Override
                        public void ended(Transport transport) {
                            // And more of it.
                        }
                    },
                    new RecordingProtocol());
        }

        @Test
        void leavesAFailure(Simulator simulator) {
            simulator
                    .reactor()
                    .execute(() -> {
                        throw new IllegalStateException("unseen");
                    });
            simulator.settle();
        }

        @Test
        void leavesADescriptor(Reactor reactor) throws IOException {
            LEFT.add(PipePair.open());
        }

        @SeededTest(5)
        void failsWithOneSeed(Simulator simulator) {
            assertTrue(simulator.random().nextLong() != third(), "not this one");
        }

        @SeededTest(value = 2, network = Lossy.class)
        void isSkipped(Simulator simulator) {
            Assumptions.abort("for a reason");
        }
    }

    private static final List<PipePair> LEFT = new ArrayList<>();

    /** Connections are lost there. */
    static final class Lossy implements Supplier<SimulatorSettings> {
        @Override
        public SimulatorSettings get() {
            return SimulatorSettings.DEFAULT.withResets(0.5);
        }
    }

    private static long third() {
        try (Simulator simulator = Simulator.of(3)) {
            return simulator.random().nextLong();
        }
    }

    /** Runs one test of these; what came of it, by its name. */
    private static Map<String, String> run(Class<?> tests, String method) throws Exception {
        Map<String, String> outcomes = new TreeMap<>();
        var listener =
                new TestExecutionListener() {
                    @Override
                    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                        if (test.isTest()) {
                            outcomes.put(
                                    test.getDisplayName(),
                                    result.getStatus()
                                            + result.getThrowable()
                                                    .map(thrown -> ": " + thrown.getMessage())
                                                    .orElse(""));
                        }
                    }
                };
        var only =
                List.of(tests.getDeclaredMethods()).stream()
                        .filter(each -> each.getName().equals(method))
                        .findFirst()
                        .orElseThrow();
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectMethod(tests, only))
                        .build();
        LauncherFactory.create().execute(request, listener);
        return outcomes;
    }

    private static String outcome(Class<?> tests, String method) throws Exception {
        Map<String, String> outcomes = run(tests, method);
        assertEquals(1, outcomes.size(), outcomes::toString);
        return outcomes.values().iterator().next();
    }

    @Test
    void aTestIsGivenWhatItAsksFor() throws Exception {
        for (String each :
                List.of(
                        "hasASimulator",
                        "hasAReactorOnTheKernel",
                        "mayLeaveConnectionsThatEndWhenTheyAreTold",
                        "mayCloseItItself",
                        "expectsAFailure")) {
            assertEquals("SUCCESSFUL", outcome(Good.class, each), each);
        }
    }

    @Test
    void seedsAreTestsOfTheirOwn() throws Exception {
        Map<String, String> outcomes = run(Good.class, "isRunForEachSeed");
        assertEquals("[seed 1, seed 2, seed 3, seed 4, seed 5]", outcomes.keySet().toString());
        assertEquals(List.of("SUCCESSFUL"), outcomes.values().stream().distinct().toList());
    }

    @Test
    void theSeedThatFailsIsNamedAndCanBeRunAlone() throws Exception {
        Map<String, String> outcomes = run(Bad.class, "failsWithOneSeed");
        assertEquals("SUCCESSFUL", outcomes.get("seed 2"));
        String failed = Objects.requireNonNull(outcomes.get("seed 3"));
        assertTrue(
                failed.startsWith(
                        "FAILED: seed 3 failed; -Dsockeye.simulator.seed=3 replays it alone: "),
                failed);
        assertTrue(failed.contains("not this one"), failed);
        System.setProperty(Seeds.PROPERTY, "3");
        try {
            assertEquals("[seed 3]", run(Bad.class, "failsWithOneSeed").keySet().toString());
        } finally {
            System.clearProperty(Seeds.PROPERTY);
        }
    }

    @Test
    void aTestThatIsSkippedIsNoFailure() throws Exception {
        assertEquals("ABORTED: for a reason", run(Bad.class, "isSkipped").get("seed 1"));
    }

    @Test
    void whatIsLeftIsAFailure() throws Exception {
        String connection = outcome(Bad.class, "leavesAConnectionThatDoesNotEnd");
        assertTrue(connection.startsWith("FAILED: "), connection);
        assertTrue(connection.contains("were left, and did not end"), connection);
        assertEquals(
                "FAILED: the reactor has reported java.lang.IllegalStateException: unseen",
                outcome(Bad.class, "leavesAFailure"));
        try {
            String descriptor = outcome(Bad.class, "leavesADescriptor");
            assertTrue(
                    descriptor.matches("FAILED: left behind: (descriptor \\d+ -> pipe:\\S+ ?){2}"),
                    descriptor);
        } finally {
            for (PipePair each : LEFT) {
                each.close();
            }
        }
    }
}
