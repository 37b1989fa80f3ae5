// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.reactor.ServiceReport.Outcome;
import sockeye.reactor.ServiceState.Failed;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What services of a tree can be, on the drivers and in the simulator. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D6-01")
@SuppressWarnings({"FutureReturnValueIgnored", "try"}) // the states tell; they close what is open
class ServiceKindsTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);
    private static final Duration TEN = Duration.ofSeconds(10);

    private static Endpoint local(ListeningService service) {
        return Objects.requireNonNull(service.local());
    }

    private static void started(Simulator simulator, ServiceTree tree) {
        var start = tree.start(simulator.reactor());
        simulator.settle();
        start.resultNow();
    }

    /** Says something when it is opened, and has something done when it is answered. */
    private static final class Asking implements Protocol {
        private final Runnable answered;

        Asking(Runnable answered) {
            this.answered = answered;
        }

        @Override
        public void opened(Transport transport) {
            transport.write("hello\n");
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            bytes.position(bytes.limit());
            answered.run();
        }

        @Override
        public void stopping(Transport transport) {} // it stays for as long as it may
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void listenersStopWithTheirConnectionsAndStartAgain(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var streams =
                    Service.streams("streams", engine.fresh(), Protocol.serving(new EchoService()));
            var records =
                    Service.records("records", engine.freshForRecords(), RecordingMessages::new);
            var datagrams = Service.datagrams("datagrams", engine.fresh(), RecordingMessages::new);
            var tree = ServiceTree.of("all", streams, records, datagrams);
            for (int i = 0; i < 2; i++) {
                List<TreeReport> reports = new ArrayList<>();
                tree.start(reactor)
                        .thenRun(() ->
                                reactor.connect(
                                        local(streams),
                                        new Asking(() ->
                                                tree.stop(TEN)
                                                        .thenAccept(report -> {
                                                            reports.add(report);
                                                            reactor.stop();
                                                        }))));
                assertNull(streams.local());
                Engine.run(reactor);
                List<ServiceReport> services = reports.getFirst().services();
                assertEquals(
                        List.of("datagrams", "records", "streams"),
                        services.stream().map(ServiceReport::path).toList());
                assertTrue(reports.getFirst().isInOrder(), services::toString);
                assertEquals(1, services.getFirst().connections().finished());
                assertEquals(1, services.getLast().connections().finished());
                assertNull(streams.local());
            }
        }
    }

    @Test
    void aConnectionThatDoesNotEndIsCutOffWhenTheTimeOfItsServiceIsOver() {
        try (var simulator = Simulator.of(1)) {
            var streams = Service.streams("streams", SERVER, () -> new Asking(() -> {}));
            var tree = ServiceTree.of("all", streams);
            started(simulator, tree);
            var client = new Recorder();
            simulator.reactor().connect(SERVER, client);
            simulator.settle();
            var stop = tree.stop(TEN);
            simulator.advance(Duration.ofSeconds(9));
            assertFalse(stop.isDone());
            simulator.settle();
            ServiceReport report = stop.resultNow().services().getFirst();
            assertEquals(Outcome.CUT_OFF, report.outcome());
            assertEquals(1, report.connections().cutOff());
            assertEquals(TEN, report.connections().took());
            assertTrue(client.closed);
        }
    }

    @Test
    void aSecondDrainHastensTheFirst() throws Exception {
        try (var simulator = Simulator.of(1)) {
            var reactor = simulator.reactor();
            var listening = reactor.listen(SERVER, () -> new Asking(() -> {}));
            reactor.connect(SERVER, new Recorder());
            simulator.settle();
            var first = listening.drain(TEN);
            var second = listening.drain(Duration.ofSeconds(1));
            var third = listening.drain(Duration.ofSeconds(5));
            simulator.advance(Duration.ofSeconds(2));
            assertEquals(1, first.resultNow().cutOff());
            assertEquals(first.resultNow(), second.resultNow());
            assertEquals(first.resultNow(), third.resultNow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aHostOfStrangersIsAService(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var host =
                    Service.host(
                            "host",
                            at ->
                                    ServiceHost.streams(
                                            at,
                                            Listener.stream(engine.fresh()),
                                            new EchoService(),
                                            HostSettings.DEFAULT));
            var tree = ServiceTree.of("all", host);
            List<TreeReport> reports = new ArrayList<>();
            tree.start(reactor)
                    .thenRun(() ->
                            reactor.connect(
                                    local(host),
                                    new Asking(() ->
                                            tree.stop(TEN)
                                                    .thenAccept(report -> {
                                                        reports.add(report);
                                                        reactor.stop();
                                                    }))));
            Engine.run(reactor);
            assertEquals(1, reports.getFirst().connections().finished());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aClientMayBeWaitedForAndIsClosedInOrder(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    Service.streams("server", engine.fresh(), Protocol.serving(new EchoService()));
            List<ClientService<Transport>> clients = new ArrayList<>();
            var client =
                    Service.connected(
                            "client",
                            3,
                            at -> {
                                clients.add(
                                        ClientService.streams(
                                                at,
                                                local(server),
                                                RecordingProtocol::new,
                                                ClientSettings.defaults()));
                                return clients.getLast();
                            });
            var tree = ServiceTree.of("all", server, client);
            List<ClientState<Transport>> states = new ArrayList<>();
            tree.start(reactor)
                    .thenRun(() -> {
                        states.add(clients.getFirst().state());
                        tree.stop(TEN).thenRun(reactor::stop);
                    });
            Engine.run(reactor);
            assertInstanceOf(ClientState.Connected.class, states.getFirst());
            assertEquals(new ClientState.Stopped<Transport>(true), clients.getFirst().state());
            assertTrue(tree.lastStop().isInOrder());
        }
    }

    @Test
    void aClientThatIsWaitedForInVainFailsTheStart() {
        try (var simulator = Simulator.of(1)) {
            List<ClientService<Transport>> clients = new ArrayList<>();
            var client =
                    Service.connected(
                            "client",
                            2,
                            at -> {
                                clients.add(
                                        ClientService.streams(
                                                at,
                                                SERVER,
                                                RecordingProtocol::new,
                                                ClientSettings.defaults()));
                                return clients.getLast();
                            });
            var tree = ServiceTree.of("all", client);
            var start = tree.start(simulator.reactor());
            simulator.settle();
            var failure = assertInstanceOf(ServiceFailure.class, start.exceptionNow());
            assertEquals("client", failure.path());
            assertInstanceOf(IOException.class, failure.getCause());
            assertEquals(new ClientState.Stopped<Transport>(true), clients.getFirst().state());
        }
    }

    @Test
    void aClientThatNobodyWaitsForRunsAtOnce() {
        try (var simulator = Simulator.of(1)) {
            List<ClientService<Transport>> clients = new ArrayList<>();
            var client =
                    Service.client(
                            "client",
                            at -> {
                                clients.add(
                                        ClientService.streams(
                                                at,
                                                SERVER,
                                                RecordingProtocol::new,
                                                ClientSettings.defaults()));
                                return clients.getLast();
                            });
            var tree = ServiceTree.of("all", client);
            started(simulator, tree);
            assertInstanceOf(ClientState.Waiting.class, clients.getFirst().state());
            tree.stop(TEN);
            simulator.settle();
            assertTrue(tree.lastStop().isInOrder());
        }
    }

    @Test
    void aTimerRunsWhileItsServiceDoes() {
        try (var simulator = Simulator.of(1)) {
            long[] count = {0};
            var tree =
                    ServiceTree.of(
                            "all",
                            Service.every("count", Duration.ofSeconds(1), n -> count[0] += n));
            started(simulator, tree);
            long before = count[0]; // what has passed until it settled
            simulator.advance(TEN);
            assertEquals(before + 10, count[0]);
            tree.stop(TEN);
            simulator.settle();
            long after = count[0];
            simulator.advance(TEN);
            assertEquals(after, count[0]);
        }
    }

    @Test
    void aTimerWhoseTaskThrowsHasFailed() {
        List<Throwable> failures = new ArrayList<>();
        try (var simulator =
                Simulator.of(
                        1,
                        SimulatorSettings.DEFAULT,
                        ReactorSettings.DEFAULT.withFailures(failures::add))) {
            var why = new IOException("no more");
            var tree =
                    ServiceTree.of(
                            "all",
                            Service.every(
                                    "timer",
                                    Duration.ofSeconds(1),
                                    periods -> {
                                        throw why;
                                    }));
            started(simulator, tree);
            simulator.advance(Duration.ofSeconds(2));
            var failed = assertInstanceOf(Failed.class, tree.status("timer").orElseThrow().state());
            assertEquals("timer: no more", failed.why().getMessage());
            assertEquals(List.of(failed.why()), failures);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aResourceIsOpenedAndClosedWhereItMayWait(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<Boolean> virtual = new ArrayList<>();
            var resource =
                    Service.resource(
                            "resource",
                            () -> {
                                virtual.add(Thread.currentThread().isVirtual());
                                return () -> virtual.add(Thread.currentThread().isVirtual());
                            });
            var tree = ServiceTree.of("all", resource);
            tree.start(reactor).thenRun(() -> tree.stop(TEN).thenRun(reactor::stop));
            Engine.run(reactor);
            assertEquals(List.of(true, true), virtual);
        }
    }

    @Test
    void aResourceThatIsOpenedTooLateIsClosedNevertheless() throws Exception {
        var go = new CountDownLatch(1);
        var closed = new CompletableFuture<@Nullable Void>();
        try (Reactor reactor = Reactor.open()) {
            var resource =
                    Service.resource(
                            "resource",
                            () -> {
                                go.await();
                                return () -> closed.complete(null);
                            });
            var tree = ServiceTree.of("all", resource);
            var start = tree.start(reactor);
            reactor.after(Duration.ofMillis(10), reactor::stop);
            Engine.run(reactor);
            assertFalse(start.isDone());
        }
        go.countDown();
        closed.get(30, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.ReactorGroupTest#engines")
    void onAGroupListenersAreEverywhereAndTheTreeStopsFirst(Engine engine) throws Exception {
        engine.open().close(); // or it is skipped
        try (var group =
                ReactorGroup.open(GroupSettings.DEFAULT.withReactors(2).withName("tree"))) {
            List<String> threads = new ArrayList<>(); // of one thread
            var server =
                    Service.streams(
                            "server",
                            InetEndpoint.of("127.0.0.1", 0),
                            Protocol.serving(new EchoService()));
            var noting =
                    Service.of(
                            "noting",
                            context -> {
                                assertTrue(context.group().isPresent());
                                threads.add(Thread.currentThread().getName());
                                return null;
                            },
                            grace -> {
                                threads.add(Thread.currentThread().getName());
                                return null;
                            });
            var tree = ServiceTree.of("all", server, noting);
            group.start();
            tree.start(group).join();
            var answered = new CompletableFuture<@Nullable Void>();
            group.connect(local(server), new Asking(() -> answered.complete(null))).join();
            answered.get(30, TimeUnit.SECONDS);
            DrainReport report = group.stop(TEN).join();
            group.join();
            assertEquals(2, threads.size());
            assertEquals(threads.getFirst(), threads.getLast());
            assertTrue(threads.getFirst().startsWith("tree-"));
            assertEquals(1, tree.lastStop().connections().finished());
            assertEquals(0, report.cutOff());
        }
    }
}
