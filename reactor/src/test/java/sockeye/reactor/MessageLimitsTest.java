// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.reactor.testing.TestMessagePeer;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.ByteRate;
import sockeye.wire.EchoService;
import sockeye.wire.MessageRate;
import sockeye.wire.MessageRateLimits;
import sockeye.wire.RateLimit;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputBudgets;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/** Limits on messages as layers: by a clock in the hand, and once on each driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class MessageLimitsTest {
    private static final TimeLimits FOR_EVER = TimeLimits.DEFAULT.withStall(Duration.ZERO);
    private static final InetEndpoint ONE = InetEndpoint.of("198.51.100.1", 1_111);
    private static final InetEndpoint OTHER = InetEndpoint.of("198.51.100.2", 2_222);

    private static Duration seconds(double count) {
        return Duration.ofNanos((long) (count * 1e9));
    }

    private static void assertToldOf(String limit, @Nullable Throwable why) {
        var late = assertInstanceOf(SocketTimeoutException.class, why);
        assertTrue(late.getMessage().contains(limit), late::getMessage);
    }

    /** A connection of records in the hand. */
    private static final class Pair implements AutoCloseable {
        final Simulator simulator = Simulator.of(1, SimulatorSettings.PLAIN);
        final RecordingMessages told = new RecordingMessages();
        final RecordingMessages peer = new RecordingMessages();

        Pair(MessageLayer layer) {
            simulator.pairOfRecords(layer.over(told), peer);
            simulator.advance(Duration.ZERO);
        }

        void advance(double count) {
            simulator.advance(seconds(count));
        }

        void send(String... texts) {
            for (String each : texts) {
                peer.transport().send(each);
            }
            advance(0);
        }

        @Override
        public void close() {
            simulator.close();
        }
    }

    private static String[] numbers(int count) {
        return IntStream.range(0, count).mapToObj(i -> "" + i).toArray(String[]::new);
    }

    // Time.

    @Test
    @Tag("D4-07")
    void whoIsSilentForTooLongIsClosedInOrder() {
        try (var pair = new Pair(MessageLimits.times(FOR_EVER.withIdle(seconds(10))))) {
            pair.advance(9.9);
            assertTrue(pair.told.transport().isOpen());
            pair.advance(2.6); // looked at each 1.25 s
            assertToldOf("silent for 10 s", pair.told.why());
            assertTrue(pair.peer.isClosed());
            assertNull(pair.peer.why(), "no reset");
        }
    }

    @Test
    @Tag("D4-07")
    void anEmptyRecordIsNoSilence() {
        try (var pair = new Pair(MessageLimits.times(FOR_EVER.withIdle(seconds(10))))) {
            for (int i = 0; i < 20; i++) {
                pair.advance(8);
                (i % 2 == 0 ? pair.peer : pair.told).transport().send("");
            }
            pair.advance(0);
            assertTrue(pair.told.transport().isOpen());
            assertEquals(10, pair.told.messages().size());
            assertEquals(10, pair.peer.messages().size());
        }
    }

    @Test
    void whoIsPausedIsNotSilent() {
        try (var pair = new Pair(MessageLimits.times(FOR_EVER.withIdle(seconds(10))))) {
            pair.told.transport().pause();
            pair.advance(60);
            assertTrue(pair.told.transport().isOpen());
            pair.told.transport().resume();
            pair.advance(13);
            assertTrue(pair.told.isClosed());
        }
    }

    @Test
    void nobodyLastsLongerThanHeMayNorIsARecordEverLate() {
        var limits = FOR_EVER.withMessage(seconds(1)).withLifetime(seconds(20));
        try (var pair = new Pair(MessageLimits.times(limits))) {
            for (int i = 0; i < 19; i++) {
                pair.advance(1);
                pair.send("x");
            }
            assertTrue(pair.told.transport().isOpen());
            pair.advance(4);
            assertToldOf("has lasted 20 s", pair.told.why());
        }
    }

    @Test
    void whoWaitsAtTheDoorForTooLongIsGivenUp() {
        Doorkeeper door =
                Limits.admission(
                        AccessRules.EVERYBODY,
                        AdmissionLimits.DEFAULT.withRate(RateLimit.per(seconds(60), 1)));
        MessageLayer layers =
                MessageLimits.times(FOR_EVER.withHandshake(seconds(3))).then(door.forRecords());
        try (var first = new Pair(layers);
                var second = new Pair(layers)) {
            first.advance(4);
            second.advance(2.9);
            assertFalse(second.peer.isClosed());
            second.advance(0.2);
            assertTrue(second.peer.isClosed());
            assertThrows(IllegalStateException.class, second.told::transport, "never opened");
            assertFalse(second.told.isClosed(), "nor told of the end");
            assertTrue(first.told.transport().isOpen());
        }
    }

    @Test
    void aSocketOfDatagramsIsClosedWhenNobodySaysAnything() {
        var told = new RecordingMessages();
        MessageLayer idle = MessageLimits.times(FOR_EVER.withIdle(seconds(10)));
        try (var peers = TestMessagePeer.of(idle.over(told))) {
            for (int i = 0; i < 5; i++) {
                peers.simulator().advance(seconds(8));
                peers.send(i % 2 == 0 ? ONE : OTHER, "x");
            }
            assertFalse(told.isClosed());
            peers.simulator().advance(seconds(13));
            assertToldOf("silent for 10 s", told.why());
        }
    }

    /** Stops the reactor when it is over. */
    private static class Visitor implements MessageProtocol {
        final List<String> heard = new ArrayList<>();
        @Nullable MessageTransport transport;
        @Nullable Throwable why;

        @Override
        public void opened(MessageTransport opened) throws Exception {
            transport = opened;
        }

        @Override
        public void received(MessageTransport from, ByteBuffer message) throws Exception {
            heard.add(StandardCharsets.UTF_8.decode(message).toString());
        }

        @Override
        public void closed(MessageTransport from, @Nullable Throwable reason) {
            why = reason;
            from.reactor().stop();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-07")
    void aLimitOnTimeHoldsOnEachDriver(Engine engine) throws Exception {
        MessageLayer idle = MessageLimits.times(FOR_EVER.withIdle(Duration.ofMillis(40)));
        var server = new RecordingMessages();
        var client = new Visitor();
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listenRecords(engine.freshForRecords(), idle.over(() -> server));
            reactor.connectRecords(Objects.requireNonNull(listening.local()), client);
            Engine.run(reactor);
            assertNull(client.why);
        }
        assertToldOf("silent for 40 ms", server.why());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoTakesNothingIsAborted(Engine engine) throws Exception {
        MessageLayer stall = MessageLimits.times(FOR_EVER.withStall(Duration.ofMillis(40)));
        var server =
                new Visitor() {
                    @Override
                    public void opened(MessageTransport opened) throws Exception {
                        super.opened(opened);
                        for (int i = 0; i < 100; i++) {
                            opened.send(new byte[30_000]);
                        }
                    }
                };
        var client =
                new MessageProtocol() {
                    @Override
                    public void opened(MessageTransport opened) {
                        opened.pause();
                    }

                    @Override
                    public void received(MessageTransport from, ByteBuffer message) {
                        throw new AssertionError("it is paused");
                    }
                };
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listenRecords(engine.freshForRecords(), stall.over(() -> server));
            reactor.connectRecords(Objects.requireNonNull(listening.local()), client);
            Engine.run(reactor);
        }
        assertToldOf("has taken nothing for 40 ms", server.why);
    }

    // Rates.

    private static MessageThrottle rate(MessageRate connection) {
        return MessageLimits.rate(MessageRateLimits.NONE.withConnection(connection));
    }

    private static final MessageRate TEN = MessageRate.of(RateLimit.perSecond(10));

    @Test
    @Tag("D4-08")
    void recordsAreReceivedAsFastAsTheyMayBe() {
        try (var pair = new Pair(rate(TEN))) {
            pair.send(numbers(95));
            pair.peer.transport().close();
            pair.advance(0);
            for (int second = 0; second < 9; second++) {
                assertEquals(10 + 10 * second, pair.told.messages().size());
                assertFalse(pair.told.transport().isPaused(), "not by the protocol");
                assertFalse(pair.told.isClosed());
                pair.advance(1);
            }
            assertEquals(List.of(numbers(95)), pair.told.texts());
            assertTrue(pair.told.isClosed());
            assertNull(pair.told.why());
        }
    }

    @Test
    @Tag("D4-08")
    void recordsAreSentAsFastAsTheyMayBeAndBeforeTheEnd() {
        try (var pair = new Pair(rate(TEN))) {
            for (String each : numbers(95)) {
                pair.told.transport().send(each);
            }
            pair.told.transport().close();
            pair.told.transport().send("in vain");
            assertFalse(pair.told.transport().isOpen());
            pair.advance(0);
            for (int second = 0; second < 9; second++) {
                assertEquals(10 + 10 * second, pair.peer.messages().size());
                assertFalse(pair.peer.isClosed());
                assertTrue(pair.told.transport().pending() > 0);
                pair.advance(1);
            }
            assertEquals(List.of(numbers(95)), pair.peer.texts());
            assertTrue(pair.peer.isClosed());
            assertTrue(pair.told.isClosed());
            assertNull(pair.told.why());
        }
    }

    @Test
    void bytesAreCountedTooAndBothHold() {
        MessageLayer both =
                MessageLimits.throughput(
                                ThroughputLimits.NONE.withConnection(
                                        Throughput.NONE.withReading(ByteRate.perSecond(1_000))))
                        .then(rate(MessageRate.NONE.withReading(RateLimit.perSecond(5))));
        try (var pair = new Pair(both)) {
            for (int i = 0; i < 20; i++) {
                pair.peer.transport().send(new byte[i < 10 ? 500 : 0]);
            }
            pair.advance(0);
            // What is owed is paid before the next: a burst, and one more.
            assertEquals(3, pair.told.messages().size());
            pair.advance(1);
            assertEquals(5, pair.told.messages().size());
            pair.advance(3);
            assertEquals(15, pair.told.messages().size(), "five empty ones at once");
            pair.advance(1);
            assertEquals(20, pair.told.messages().size());
        }
    }

    @Test
    void whoSendsTooFastIsToldByTheMarks() {
        List<Boolean> calls = new ArrayList<>();
        var told =
                new Visitor() {
                    @Override
                    public void writable(MessageTransport from, boolean writable) {
                        calls.add(writable);
                    }
                };
        MessageLayer slow = rate(MessageRate.NONE.withWriting(RateLimit.perSecond(1_000)));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var peer = new RecordingMessages();
            simulator.pairOfRecords(slow.over(told), peer);
            simulator.advance(Duration.ZERO);
            MessageTransport transport = Objects.requireNonNull(told.transport);
            for (int i = 0; i < 2_024; i++) {
                transport.send("");
            }
            assertTrue(transport.isWritable());
            transport.send("");
            assertFalse(transport.isWritable(), "so many, though they are empty");
            simulator.advance(Duration.ZERO);
            assertEquals(List.of(false), calls);
            simulator.advance(seconds(0.7));
            assertEquals(List.of(false), calls);
            simulator.advance(seconds(0.1));
            assertEquals(List.of(false, true), calls);
            transport.send(new byte[65_000]);
            transport.send(new byte[1_000]);
            assertFalse(transport.isWritable());
            simulator.advance(seconds(5));
            assertEquals(List.of(false, true, false, true), calls);
            assertEquals(2_027, peer.messages().size());
        }
    }

    @Test
    void toAbortLosesWhatIsHeld() {
        try (var pair = new Pair(rate(TEN))) {
            for (String each : numbers(95)) {
                pair.told.transport().send(each);
            }
            pair.told.transport().abort();
            pair.advance(20);
            assertTrue(pair.told.isClosed());
            assertTrue(pair.peer.isClosed());
            assertTrue(pair.peer.messages().size() <= 10);
        }
    }

    @Test
    @Tag("D4-11")
    void connectionsShareWhatAllMayHave() {
        MessageLayer shared =
                MessageLimits.rate(
                        MessageRateLimits.NONE.withAll(
                                MessageRate.NONE.withReading(RateLimit.perSecond(10))));
        var one = new RecordingMessages();
        var other = new RecordingMessages();
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var first = simulator.pairOfRecords(shared.over(one), new RecordingMessages());
            var second = simulator.pairOfRecords(shared.over(other), new RecordingMessages());
            simulator.advance(Duration.ZERO);
            for (int i = 0; i < 200; i++) {
                first.right().send("x");
                second.right().send("y");
            }
            simulator.advance(seconds(10));
            int sum = one.messages().size() + other.messages().size();
            assertTrue(sum >= 110 && sum <= 112, () -> "in all " + sum);
            assertTrue(one.messages().size() >= 40, "neither starves");
            assertTrue(other.messages().size() >= 40, "neither starves");
        }
    }

    @Test
    void budgetsOfMessagesAreNotForStreams() {
        var budgets = new ThroughputBudgets(MessageRateLimits.NONE);
        assertThrows(IllegalArgumentException.class, () -> Limits.throughput(budgets));
    }

    // Datagrams.

    private static MessageThrottle byPeer(MessageRate peer) {
        return MessageLimits.rate(MessageRateLimits.NONE.withPeer(peer));
    }

    @Test
    @Tag("D4-11")
    void whoFloodsASocketLosesHisOwnDatagramsAlone() {
        var told = new RecordingMessages();
        MessageThrottle limit = byPeer(MessageRate.NONE.withReading(RateLimit.perSecond(5)));
        try (var peers = TestMessagePeer.of(limit.over(told))) {
            for (int i = 0; i < 100; i++) {
                peers.send(ONE.withPort(1 + i), "flood");
            }
            peers.send(OTHER, "hello");
            assertEquals(6, told.messages().size());
            assertEquals("hello", told.texts().getLast());
            assertEquals(95, limit.lostComing());
            peers.simulator().advance(seconds(0.4));
            for (int i = 0; i < 10; i++) {
                peers.send(ONE, "flood");
            }
            assertEquals(8, told.messages().size(), "what is lost costs nothing");
            assertEquals(103, limit.lostComing());
        }
    }

    @Test
    void whoIsAnsweredTooMuchIsNotAnswered() {
        MessageThrottle limit = byPeer(MessageRate.NONE.withWriting(RateLimit.perSecond(5)));
        MessageProtocol echo = MessageTransport::reply;
        try (var peers = TestMessagePeer.of(limit.over(echo))) {
            for (int i = 0; i < 20; i++) {
                peers.send(ONE, "x");
            }
            peers.send(OTHER, "y");
            assertEquals(6, peers.sent().size());
            assertEquals(OTHER, peers.sent().getLast().peer());
            assertEquals(15, limit.lostGoing());
        }
    }

    @Test
    void whatIsHeldGoesToWhomItWasFor() {
        MessageThrottle limit = rate(MessageRate.NONE.withWriting(RateLimit.perSecond(1)));
        var echo =
                new Visitor() {
                    @Override
                    public void received(MessageTransport from, ByteBuffer message) {
                        from.reply(message);
                    }
                };
        try (var peers = TestMessagePeer.of(limit.over(echo))) {
            peers.send(ONE, "1").send(OTHER, "2").send(ONE, "3");
            assertEquals(1, peers.sent().size());
            MessageTransport transport = Objects.requireNonNull(echo.transport);
            assertEquals(2, transport.pending());
            transport.connect(ONE);
            peers.simulator().advance(Duration.ZERO);
            transport.send("4");
            transport.connect(OTHER);
            transport.send("5");
            peers.simulator().advance(seconds(10));
            assertEquals(
                    List.of(ONE, OTHER, ONE, ONE, OTHER),
                    peers.sent().stream().map(RecordingMessages.Passed::peer).toList());
            assertEquals(
                    List.of("1", "2", "3", "4", "5"),
                    peers.sent().stream().map(RecordingMessages.Passed::text).toList());
        }
    }

    /** Sends twenty from each of two sockets, and stops when all but what may be told are lost. */
    private static void flood(Engine engine, Endpoint at, Endpoint[] from, int heard)
            throws Exception {
        MessageThrottle limit =
                byPeer(MessageRate.NONE.withReading(RateLimit.per(Duration.ofHours(1), 5)));
        var told = new RecordingMessages();
        try (Reactor reactor = engine.open()) {
            Endpoint local = Objects.requireNonNull(reactor.bind(at, limit.over(told)).local());
            List<MessageTransport> floods = new ArrayList<>();
            for (Endpoint each : from) {
                floods.add(reactor.bind(each, new RecordingMessages()));
            }
            reactor.every(
                    Duration.ofMillis(1),
                    periods -> {
                        if (limit.lostComing() >= 40 - heard) {
                            reactor.stop();
                        } else if (told.messages().size() + limit.lostComing() < 40) {
                            // Again, for what may have found a queue full.
                            floods.forEach(each -> each.send(ByteBuffer.allocate(3), local));
                        }
                    });
            Engine.run(reactor);
        }
        assertEquals(heard, told.messages().size());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-11")
    void sendersOverIpAreToldApartByTheirAddress(Engine engine) throws Exception {
        Endpoint local = engine.fresh();
        flood(engine, local, new Endpoint[] {local, local}, 5);
        if (engine.isReal()) {
            Endpoint another = InetEndpoint.of("127.0.0.2", 0);
            flood(engine, InetEndpoint.of("0.0.0.0", 0), new Endpoint[] {local, another}, 10);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void sendersOfUnixDatagramsAreToldApartByTheKernelsWord(Engine engine) throws Exception {
        Endpoint[] names = new Endpoint[3];
        for (int i = 0; i < 3; i++) {
            names[i] = UnixEndpoint.ofAbstract(TestFamily.freshName());
        }
        flood(engine, names[0], new Endpoint[] {names[1], names[2]}, 5);
    }

    // Through all of it.

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void recordsComeThroughLimitsWholeAndInOrder(Engine engine) throws Exception {
        Throughput small = Throughput.of(ByteRate.perSecond(3_000_000).withBurst(4_000));
        MessageRate few = MessageRate.of(RateLimit.perSecond(20_000).withBurst(10));
        MessageLayer limits =
                MessageLimits.times(FOR_EVER.withIdle(seconds(30)))
                        .then(
                                MessageLimits.throughput(
                                        ThroughputLimits.NONE.withAll(small).withPeer(small)))
                        .then(MessageLimits.rate(MessageRateLimits.NONE.withPeer(few)));
        MessageProtocol.Factory echo = () -> MessageTransport::reply;
        var client =
                new Visitor() {
                    @Override
                    public void opened(MessageTransport opened) throws Exception {
                        super.opened(opened);
                        for (int i = 0; i < 300; i++) {
                            opened.send(i + " ".repeat(i));
                        }
                    }

                    @Override
                    public void received(MessageTransport from, ByteBuffer message)
                            throws Exception {
                        super.received(from, message);
                        if (heard.size() == 300) {
                            from.close();
                        }
                    }
                };
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listenRecords(engine.freshForRecords(), limits.over(echo));
            CompletableFuture<MessageTransport> made =
                    reactor.connectRecords(
                            Objects.requireNonNull(listening.local()), rate(few).over(client));
            Engine.run(reactor);
            assertSame(client.transport, made.join(), "the one that the protocol has");
        }
        assertNull(client.why);
        for (int i = 0; i < 300; i++) {
            assertEquals(i + " ".repeat(i), client.heard.get(i));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceRunsAboveLimits(Engine engine) throws Exception {
        MessageLayer limits =
                MessageLimits.times(FOR_EVER.withIdle(seconds(30)))
                        .then(rate(TEN.withReading(RateLimit.NONE)));
        var client =
                new Visitor() {
                    @Override
                    public void received(MessageTransport from, ByteBuffer message)
                            throws Exception {
                        super.received(from, message);
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open()) {
            Endpoint server =
                    Objects.requireNonNull(
                            reactor.bind(
                                            engine.fresh(),
                                            limits.over(MessageProtocol.serving(new EchoService())))
                                    .local());
            reactor.bind(engine.fresh(), client)
                    .send(ByteBuffer.wrap("echo".getBytes(StandardCharsets.UTF_8)), server);
            Engine.run(reactor);
        }
        assertEquals(List.of("echo"), client.heard);
    }
}
