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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.ClientState.Connected;
import sockeye.reactor.ClientState.Connecting;
import sockeye.reactor.ClientState.Preparing;
import sockeye.reactor.ClientState.Stopped;
import sockeye.reactor.ClientState.Stopping;
import sockeye.reactor.ClientState.Waiting;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Clients that come again, without waiting for it in the simulator, and once on each driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D2-12")
@SuppressWarnings("FutureReturnValueIgnored") // the states tell how it went
class ClientServiceTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);
    private static final Backoff EXACT = Backoff.DEFAULT.withJitter(0);

    private final List<ClientState<Transport>> states = new ArrayList<>();

    private ClientSettings<Transport> settings() {
        return ClientSettings.<Transport>defaults().withBackoff(EXACT).withObserver(states::add);
    }

    private ClientService<Transport> service(
            Simulator simulator, ClientSettings<Transport> settings) {
        return ClientService.streams(simulator.reactor(), SERVER, RecordingProtocol::new, settings);
    }

    private String history() {
        var text = new StringBuilder();
        for (ClientState<Transport> each : states) {
            text.append(
                    switch (each) {
                        case Stopped<Transport> s -> "stopped ";
                        case Connecting<Transport>(int failures) -> "connecting" + failures + " ";
                        case Preparing<Transport> s -> "preparing ";
                        case Connected<Transport> s -> "connected ";
                        case Waiting<Transport>(int failures, Throwable why, Duration delay) ->
                                "waiting" + delay.toMillis() + " ";
                        case Stopping<Transport> s -> "stopping ";
                    });
        }
        states.clear();
        return text.toString().strip();
    }

    private static Listening listen(Simulator simulator, List<Transport> accepted) {
        try {
            return simulator
                    .reactor()
                    .listen(
                            SERVER,
                            () ->
                                    new Protocol() {
                                        @Override
                                        public void opened(Transport transport) {
                                            accepted.add(transport);
                                        }

                                        @Override
                                        public void received(
                                                Transport transport, ByteBuffer bytes) {
                                            transport.write(bytes);
                                        }
                                    });
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    @Test
    void itConnectsAndStops() {
        try (var simulator = Simulator.of(1)) {
            listen(simulator, new ArrayList<>());
            var service = service(simulator, settings());
            assertEquals(new Stopped<Transport>(false), service.state());
            CompletableFuture<Transport> early = service.whenConnected();
            service.start();
            service.start();
            simulator.settle();
            assertSame(early.join(), service.whenConnected().join());
            assertEquals("connecting0 preparing connected", history());
            CompletableFuture<Void> stopped = service.stop();
            assertFalse(stopped.isDone());
            simulator.settle();
            assertTrue(stopped.isDone());
            assertFalse(early.join().isOpen());
            assertEquals("stopping stopped", history());
            assertTrue(service.whenConnected().isCompletedExceptionally());
            service.start();
            simulator.settle();
            assertNotSame(early.join(), service.whenConnected().join());
        }
    }

    @Test
    void theWaitsGrowAndTheFirstSuccessIsHandedOut() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var service = service(simulator, settings());
            service.start();
            CompletableFuture<Transport> patient = service.whenConnected();
            CompletableFuture<Transport> impatient = service.whenConnected(3);
            simulator.advance(Duration.ofMillis(4_749));
            assertEquals(
                    "connecting0 waiting1000 connecting1 waiting1500 connecting2 waiting2250",
                    history());
            var why = assertThrows(CompletionException.class, impatient::join);
            assertInstanceOf(ConnectException.class, why.getCause());
            assertFalse(patient.isDone());
            listen(simulator, new ArrayList<>());
            simulator.advance(Duration.ofMillis(1));
            assertEquals("connecting3 preparing connected", history());
            assertTrue(patient.join().isOpen());
        }
    }

    @Test
    void theWaitsHaveABoundAndChance() {
        var random = new SplittableRandom(1);
        assertEquals(Duration.ofMinutes(1), EXACT.delay(1_000, random));
        for (int i = 1; i < 100; i++) {
            Duration exact = EXACT.delay(i, random);
            Duration delay = Backoff.DEFAULT.delay(i, random);
            assertTrue(delay.compareTo(exact.multipliedBy(79).dividedBy(100)) > 0);
            assertTrue(delay.compareTo(exact.multipliedBy(121).dividedBy(100)) < 0);
        }
        assertNotSame(Backoff.DEFAULT.delay(1, random), Backoff.DEFAULT.delay(1, random));
        assertThrows(IllegalArgumentException.class, () -> EXACT.delay(0, random));
        assertThrows(IllegalArgumentException.class, () -> EXACT.withFactor(0.9));
        assertThrows(IllegalArgumentException.class, () -> EXACT.withJitter(1.1));
    }

    @Test
    void aLostConnectionIsMadeAnewAndOneThatLastedBeginsAnew() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var accepted = new ArrayList<Transport>();
            listen(simulator, accepted);
            var service = service(simulator, settings());
            service.start();
            simulator.advance(Duration.ofSeconds(1));
            accepted.getLast().abort();
            simulator.advance(Duration.ofSeconds(2));
            accepted.getLast().abort();
            simulator.advance(Duration.ofSeconds(20));
            assertEquals(
                    "connecting0 preparing connected waiting1000 connecting1 preparing connected"
                            + " waiting1500 connecting2 preparing connected",
                    history());
            accepted.getLast().abort();
            simulator.advance(Duration.ofSeconds(2));
            assertEquals("waiting1000 connecting1 preparing connected", history());
            assertEquals(4, accepted.size());
        }
    }

    @Test
    void anEndInOrderIsALossToo() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var accepted = new ArrayList<Transport>();
            listen(simulator, accepted);
            var service =
                    ClientService.streams(
                            simulator.reactor(),
                            SERVER,
                            () -> (transport, bytes) -> {},
                            settings());
            service.start();
            simulator.advance(Duration.ofMillis(1));
            accepted.getFirst().close();
            simulator.advance(Duration.ofMillis(1));
            var waiting = assertInstanceOf(Waiting.class, service.state());
            assertInstanceOf(EOFException.class, waiting.why());
        }
    }

    @Test
    void whatCannotBePreparedIsNotHandedOut() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var accepted = new ArrayList<Transport>();
            listen(simulator, accepted);
            var preparations = new ArrayList<CompletableFuture<@Nullable Void>>();
            var service =
                    service(
                            simulator,
                            settings()
                                    .withPrepare(transport -> {
                                        preparations.add(new CompletableFuture<>());
                                        return preparations.getLast();
                                    }));
            service.start();
            CompletableFuture<Transport> made = service.whenConnected();
            simulator.advance(Duration.ofMillis(1));
            assertInstanceOf(Preparing.class, service.state());
            preparations.getFirst().completeExceptionally(new IOException("login refused"));
            simulator.advance(Duration.ofMillis(1));
            assertFalse(accepted.getFirst().isOpen());
            assertFalse(made.isDone());
            simulator.advance(Duration.ofSeconds(1));
            preparations.getLast().complete(null);
            assertTrue(made.join().isOpen());
            assertEquals(
                    "connecting0 preparing waiting1000 connecting1 preparing connected", history());
        }
    }

    @Test
    void itStopsInEveryState() {
        try (var simulator = Simulator.of(1)) {
            var accepted = new ArrayList<Transport>();
            var never = new CompletableFuture<@Nullable Void>();
            // Waiting: nobody listens.
            var service = service(simulator, settings().withPrepare(transport -> never));
            service.start();
            simulator.advance(Duration.ofMillis(10));
            assertInstanceOf(Waiting.class, service.state());
            CompletableFuture<Transport> waiter = service.whenConnected();
            assertTrue(service.stop().isDone());
            assertTrue(waiter.isCompletedExceptionally());
            // Connecting: nobody answers.
            simulator.silence(SERVER, true);
            service.start();
            simulator.advance(Duration.ofMillis(10));
            assertInstanceOf(Connecting.class, service.state());
            assertTrue(service.stop().isDone());
            simulator.advance(Duration.ofHours(1));
            assertEquals(new Stopped<Transport>(true), service.state());
            // Preparing, and started again before it has stopped.
            simulator.silence(SERVER, false);
            listen(simulator, accepted);
            service.start();
            simulator.advance(Duration.ofMillis(10));
            assertInstanceOf(Preparing.class, service.state());
            CompletableFuture<Void> stopped = service.stop();
            service.start();
            simulator.advance(Duration.ofMillis(10));
            assertTrue(stopped.isDone());
            assertEquals(2, accepted.size());
            service.stop();
            simulator.settle();
            assertEquals(new Stopped<Transport>(true), service.state());
            assertThrows(CancellationException.class, service.whenConnected()::join);
        }
    }

    @Test
    void reconnectDoesNotWait() {
        try (var simulator = Simulator.of(1)) {
            var accepted = new ArrayList<Transport>();
            var service = service(simulator, settings());
            service.start();
            simulator.advance(Duration.ofSeconds(30));
            listen(simulator, accepted);
            service.reconnect();
            simulator.advance(Duration.ofMillis(10));
            assertInstanceOf(Connected.class, service.state());
            service.reconnect();
            simulator.advance(Duration.ofMillis(100));
            assertEquals(2, accepted.size());
            assertInstanceOf(Connected.class, service.state());
        }
    }

    @Test
    void anAttemptThatNobodyAnswersEndsByTheSettingsTime() {
        var reactorSettings = ReactorSettings.DEFAULT.withConnectTimeout(Duration.ofSeconds(5));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN, reactorSettings)) {
            simulator.silence(SERVER, true);
            var service = service(simulator, settings());
            service.start();
            simulator.advance(Duration.ofSeconds(5));
            assertEquals("connecting0 waiting1000", history());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void itComesAgainOnEveryDriver(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var peers = new ArrayList<Transport>();
            Protocol.Factory once =
                    () ->
                            new Protocol() {
                                @Override
                                public void opened(Transport transport) {
                                    peers.add(transport);
                                    if (peers.size() < 4) {
                                        transport.abort();
                                    } else {
                                        transport.write("welcome\n");
                                    }
                                }

                                @Override
                                public void received(Transport transport, ByteBuffer bytes) {
                                    transport.write(bytes);
                                }
                            };
            Listening listening = reactor.listen(engine.fresh(), once);
            var quick = Backoff.constant(Duration.ofMillis(1));
            var answers = new ArrayList<String>();
            var greeting = new ArrayList<CompletableFuture<String>>();
            var service =
                    ClientService.streams(
                            reactor,
                            Objects.requireNonNull(listening.local()),
                            Lines.to((line, transport) -> {
                                answers.add(line);
                                if (line.equals("welcome")) {
                                    greeting.getLast().complete(line);
                                } else {
                                    transport.reactor().stop();
                                }
                            }),
                            settings()
                                    .withBackoff(quick)
                                    .withPrepare(transport -> {
                                        // Those that are cut off never get this far.
                                        greeting.add(new CompletableFuture<>());
                                        return greeting.getLast();
                                    }));
            service.start();
            service.whenConnected().thenAccept(transport -> transport.write("hello\n"));
            Runs.untilStopped(reactor);
            assertEquals(List.of("welcome", "hello"), answers);
            assertEquals(4, peers.size());
            assertTrue(history().startsWith("connecting0 preparing waiting1 connecting1 prep"));
        }
    }

    /** A datagram socket of AF_UNIX stays with a receiver that is gone. */
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D2-09")
    @Tag("D3-15")
    void datagramsFollowAReceiverThatWasRestarted(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            UnixEndpoint place = UnixEndpoint.ofAbstract(TestFamily.freshName());
            var second = new RecordingMessages();
            var first =
                    new MessageProtocol() {
                        @Override
                        public void received(MessageTransport transport, ByteBuffer message) {
                            transport.close();
                        }

                        @Override
                        public void closed(MessageTransport transport, @Nullable Throwable why)
                                throws IOException {
                            reactor.bind(place, second);
                        }
                    };
            reactor.bind(place, first);
            var service =
                    ClientService.datagrams(
                            reactor,
                            place,
                            RecordingMessages::new,
                            ClientSettings.<MessageTransport>defaults()
                                    .withBackoff(Backoff.constant(Duration.ofMillis(1))));
            service.start();
            reactor.every(
                    Duration.ofMillis(2),
                    periods -> {
                        if (service.state() instanceof Connected<MessageTransport>(var transport)) {
                            transport.send("message");
                        }
                        if (!second.texts().isEmpty()) {
                            reactor.stop();
                        }
                    });
            Runs.untilStopped(reactor);
            assertEquals("message", second.texts().getFirst());
        }
    }

    @Test
    @Tag("D2-09")
    void aConnectedDatagramSocketHearsItsPeerAloneAndOfRefusals() throws Exception {
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            var client = new RecordingMessages();
            MessageTransport connected = join(simulator, reactor.connectDatagrams(SERVER, client));
            connected.send("too early");
            simulator.settle();
            assertEquals(1, client.failures().size());
            assertTrue(client.failures().getFirst().getMessage().contains("ECONNREFUSED"));
            MessageTransport server =
                    reactor.bind(SERVER, (transport, message) -> transport.reply(message));
            MessageTransport stranger = reactor.bind(SERVER.withPort(8), new RecordingMessages());
            connected.send("hello");
            stranger.send(ByteBuffer.wrap(new byte[1]), Objects.requireNonNull(connected.local()));
            simulator.settle();
            assertEquals(List.of("hello"), client.texts());
            assertEquals(SERVER, connected.peer());
            server.close();
        }
    }

    private static <T> T join(Simulator simulator, CompletableFuture<T> future) {
        simulator.settle();
        assertTrue(future.isDone());
        return future.join();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-09")
    void connectedDatagramsAreAnsweredOnEveryDriver(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            MessageTransport server =
                    reactor.bind(engine.fresh(), (transport, message) -> transport.reply(message));
            var heard = new ArrayList<String>();
            reactor.connectDatagrams(
                            Objects.requireNonNull(server.local()),
                            (transport, message) -> {
                                heard.add(StandardCharsets.UTF_8.decode(message).toString());
                                reactor.stop();
                            })
                    .thenAccept(transport -> transport.send("hello"));
            Runs.untilStopped(reactor);
            assertEquals(List.of("hello"), heard);
        }
    }
}
