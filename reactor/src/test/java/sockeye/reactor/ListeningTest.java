// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.TcpOption;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** What asyncio's servers can do. */
@ExtendWith(NoLeaks.class)
@Tag("C-10")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ListeningTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    /** Stays, whatever it is told, unless it is aborted. */
    private static final class Stubborn implements Protocol {
        @Nullable Throwable why;
        boolean told;
        boolean closed;

        @Override
        public void received(Transport transport, ByteBuffer bytes) {}

        @Override
        public void stopping(Transport transport) {
            told = true;
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable reason) {
            closed = true;
            why = reason;
        }
    }

    /** Closes when its peer ends. */
    private static RecordingProtocol orderly() {
        return RecordingProtocol.around((transport, bytes) -> {});
    }

    private static Endpoint at(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    @Test
    void itsConnectionsAreEndedWhileItGoesOn() throws Exception {
        try (var simulator = Simulator.of(3)) {
            Reactor reactor = simulator.reactor();
            var mine = new ArrayList<RecordingProtocol>();
            Listening listening =
                    reactor.listen(
                            Engine.SIMULATOR.fresh(),
                            () -> {
                                mine.add(orderly());
                                return mine.getLast();
                            });
            Listening other = reactor.listen(Engine.SIMULATOR.fresh(), ListeningTest::orderly);
            var kept = orderly();
            reactor.connect(at(other), kept);
            var clients = List.of(orderly(), orderly());
            clients.forEach(each -> reactor.connect(at(listening), each));
            simulator.settle();
            assertEquals(2, listening.connections());
            assertEquals(List.of(), listening.sockets());
            var ended = listening.drainConnections(LONG);
            var late = orderly();
            reactor.connect(at(listening), late);
            simulator.settle();
            DrainReport report = ended.join();
            assertEquals(2, report.finished());
            assertEquals(0, report.cutOff());
            mine.subList(0, 2).forEach(each -> assertNull(each.why()));
            assertTrue(clients.stream().allMatch(RecordingProtocol::isClosed));
            assertTrue(listening.isOpen());
            assertFalse(late.isClosed());
            assertFalse(kept.isClosed());
            assertEquals(1, listening.connections());
            assertEquals(3, listening.accepted());
        }
    }

    @Test
    void whoDoesNotEndInTimeIsAborted() throws Exception {
        try (var simulator = Simulator.of(3)) {
            Reactor reactor = simulator.reactor();
            var stubborn = new Stubborn();
            Listening listening = reactor.listen(Engine.SIMULATOR.fresh(), () -> stubborn);
            reactor.connect(at(listening), new RecordingProtocol());
            simulator.settle();
            var ended = listening.drainConnections(Duration.ofSeconds(3));
            simulator.advance(Duration.ofSeconds(2));
            assertTrue(stubborn.told);
            assertFalse(stubborn.closed);
            simulator.advance(Duration.ofSeconds(2));
            assertEquals(1, ended.join().cutOff());
            assertNotNull(stubborn.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void atOnceAreAllOfThemAborted(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var stubborn = new ArrayList<Stubborn>();
            var all = new CompletableFuture<Void>();
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                stubborn.add(new Stubborn());
                                if (stubborn.size() == 3) {
                                    reactor.execute(() -> all.complete(null));
                                }
                                return stubborn.getLast();
                            });
            var reports = new ArrayList<DrainReport>();
            for (int i = 0; i < 3; i++) {
                reactor.connect(at(listening), new RecordingProtocol());
            }
            all.thenCompose(done -> listening.drainConnections(Duration.ZERO))
                    .thenAccept(report -> {
                        reports.add(report);
                        reactor.stop();
                    });
            Engine.run(reactor);
            assertEquals(3, reports.getFirst().cutOff());
            assertTrue(stubborn.stream().allMatch(each -> each.closed && each.why != null));
            assertEquals(0, listening.connections());
            assertTrue(listening.isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theSocketHasWhatTheTextSays(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            EndpointSpec.parse("tcp:127.0.0.1:0?backlog=7&reuseport&keepalive"),
                            RecordingProtocol::new);
            var socket = listening.sockets().getFirst();
            assertEquals(1, listening.sockets().size());
            assertTrue(socket.getOption(SoOption.REUSE_PORT));
            assertTrue(socket.getOption(SoOption.REUSE_ADDR));
            assertTrue(socket.getOption(SoOption.KEEP_ALIVE));
            assertTrue(socket.getOption(TcpOption.NO_DELAY));
            assertEquals(listening.local(), socket.getSockName());
            // Of a listener it is how many may wait.
            assertEquals(7, socket.getOption(TcpOption.INFO).selectivelyAcknowledged());
            listening.close();
            reactor.execute(reactor::stop);
            reactor.run();
            assertEquals(List.of(), listening.sockets());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoComesBeforeItServesWaits(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(engine.fresh(), Protocol.serving(new EchoService()));
            listening.pause();
            reactor.execute(reactor::stop);
            reactor.run();
            try (var client = StreamSocket.connect(at(listening))) {
                client.write("early\n");
                listening.resume();
                try (var running = new Running(reactor)) {
                    assertEquals("early", client.reader().readLine());
                    assertTrue(running.isAlive());
                }
            }
        }
    }

    @Test
    void aGroupsListenerHasASocketForEachLoop() throws Exception {
        try (var group = ReactorGroup.open(GroupSettings.DEFAULT.withReactors(2))) {
            Listening listening =
                    group.listen(InetEndpoint.loopback(0), Protocol.serving(new EchoService()));
            group.start();
            var clients = new ArrayList<StreamSocket>();
            try {
                for (int i = 0; i < 6; i++) {
                    clients.add(StreamSocket.connect(at(listening)));
                    clients.getLast().write("x\n");
                    assertEquals("x", clients.getLast().reader().readLine());
                }
                assertEquals(2, listening.sockets().size());
                assertEquals(6, listening.connections());
                DrainReport report = listening.drainConnections(LONG).get(30, TimeUnit.SECONDS);
                assertEquals(6, report.finished());
                for (StreamSocket each : clients) {
                    assertNull(each.reader().readLine());
                }
                assertEquals(0, listening.connections());
                try (var next = StreamSocket.connect(at(listening))) {
                    next.write("still there\n");
                    assertEquals("still there", next.reader().readLine());
                }
            } finally {
                for (StreamSocket each : clients) {
                    each.close();
                }
            }
        }
    }
}
