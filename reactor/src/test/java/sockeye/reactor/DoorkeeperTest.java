// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.reactor.testing.TestMessagePeer;
import sockeye.reactor.testing.TestPeer;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.RateLimit;
import sockeye.wire.Rejection;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Who is let in, as a layer. */
@ExtendWith(NoLeaks.class)
@Tag("D4-09")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class DoorkeeperTest {
    private static Doorkeeper door(AdmissionLimits limits) {
        return Limits.admission(AccessRules.EVERYBODY, limits);
    }

    @Test
    void whoFindsNoPlaceIsToldAndClosedInOrder() {
        var told = new RecordingProtocol();
        var turnedAway = new RecordingProtocol();
        Doorkeeper door =
                door(AdmissionLimits.DEFAULT.withConnections(1).withPerPeer(1))
                        .telling(why -> "421 " + why + "\n");
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var first = TestPeer.of(simulator, door.over(told));
            var second = TestPeer.of(simulator, door.over(turnedAway));
            assertEquals("421 no place left\n", second.text());
            assertTrue(second.isEnded());
            assertNull(second.why());
            assertTrue(turnedAway.calls().isEmpty(), "it never hears of it");
            assertEquals(1, door.active());
            assertEquals(1, door.rejected(Rejection.FULL));
            first.send("in");
            assertEquals("in", told.text());
            told.transport().close();
            first.end();
            assertEquals(0, door.active());
            var third = new RecordingProtocol();
            TestPeer.of(simulator, door.over(third));
            assertEquals(List.of("opened"), third.calls());
        }
    }

    @Test
    void anotherProtocolCanTellThem() {
        var told = new RecordingProtocol();
        var overflow = new RecordingProtocol();
        Doorkeeper door =
                door(AdmissionLimits.DEFAULT.withConnections(1)).handingTo(why -> overflow);
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            TestPeer.of(simulator, door.over(told));
            var second = TestPeer.of(simulator, door.over(new RecordingProtocol()));
            second.send("who is there?");
            assertEquals("who is there?", overflow.text());
            overflow.transport().write("nobody");
            simulator.advance(Duration.ofSeconds(9));
            assertEquals("nobody", second.text());
            assertFalse(overflow.isClosed());
            simulator.advance(Duration.ofSeconds(2));
            assertTrue(overflow.isClosed(), "not for ever");
            assertNotNull(second.why());
        }
    }

    @Test
    void whoComesTooFastWaitsUnread() {
        List<RecordingProtocol> all = new ArrayList<>();
        Doorkeeper door =
                door(
                        AdmissionLimits.DEFAULT
                                .withConnections(4)
                                .withRate(RateLimit.perSecond(1).withBurst(2)));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            for (int i = 0; i < 5; i++) {
                var one = new RecordingProtocol();
                all.add(one);
                TestPeer.of(simulator, door.over(one)).send("hello");
            }
            assertEquals(2, opened(all));
            assertEquals(1, door.rejected(Rejection.FULL), "who waits has a place");
            simulator.advance(Duration.ofMillis(1_100));
            assertEquals(3, opened(all));
            simulator.advance(Duration.ofSeconds(1));
            assertEquals(4, opened(all));
            assertEquals("hello", all.get(3).text());
            assertTrue(all.get(4).calls().isEmpty());
        }
    }

    private static long opened(List<RecordingProtocol> all) {
        return all.stream().filter(each -> !each.calls().isEmpty()).count();
    }

    /** Stops the reactor when so many are over. */
    private static final class Visitor extends Recorder {
        private final int[] left;

        Visitor(int[] left) {
            this.left = left;
        }

        @Override
        void onClosed(Transport from) {
            if (--left[0] == 0) {
                from.reactor().stop();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aPeerHasSoManyConnectionsAndNoMore(Engine engine) throws Exception {
        Doorkeeper door = door(AdmissionLimits.DEFAULT.withPerPeer(2)).telling(why -> why + "\n");
        int[] left = {2};
        List<Visitor> visitors = new ArrayList<>();
        try (Reactor reactor = engine.open()) {
            Endpoint local =
                    Objects.requireNonNull(
                            reactor.listen(engine.fresh(), door.over(Recorder::new)).local());
            for (int i = 0; i < 4; i++) {
                var visitor = new Visitor(left);
                visitors.add(visitor);
                reactor.connect(local, visitor);
            }
            Engine.run(reactor);
            assertEquals(2, door.active());
            assertEquals(2, door.rejected(Rejection.TOO_MANY));
        }
        long told =
                visitors.stream()
                        .filter(each ->
                                each.bytes
                                        .toString(UTF_8)
                                        .equals("too many connections of one peer\n"))
                        .count();
        assertEquals(2, told);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void usersOfUnixSocketsAreJudgedByTheKernelsWord(Engine engine) throws Exception {
        int me = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        Doorkeeper door =
                Limits.admission(AccessRules.EVERYBODY.denyUid(me), AdmissionLimits.DEFAULT)
                        .telling(Rejection::toString);
        var visitor = new Visitor(new int[] {1});
        try (Reactor reactor = engine.open()) {
            Endpoint local = UnixEndpoint.ofAbstract(TestFamily.freshName());
            reactor.listen(local, door.over(Recorder::new));
            reactor.connect(local, visitor);
            Engine.run(reactor);
            assertEquals(1, door.rejected(Rejection.DENIED));
        }
        assertEquals("not allowed", visitor.bytes.toString(UTF_8));
    }

    @Test
    void whoComesWithRecordsHasOneOfTheSamePlaces() {
        Doorkeeper door =
                door(AdmissionLimits.DEFAULT.withConnections(2)).telling(why -> "421 " + why);
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            TestPeer.of(simulator, door.over(new RecordingProtocol()));
            var told = new RecordingMessages();
            var peer = new RecordingMessages();
            simulator.pairOfRecords(door.forRecords().over(told), peer);
            simulator.advance(Duration.ZERO);
            var turnedAway = new RecordingMessages();
            var refused = new RecordingMessages();
            simulator.pairOfRecords(door.forRecords().over(turnedAway), refused);
            simulator.advance(Duration.ZERO);
            assertEquals(List.of("421 no place left"), refused.texts());
            assertTrue(refused.isClosed());
            assertNull(refused.why());
            assertFalse(turnedAway.isClosed(), "it never hears of it");
            assertEquals(2, door.active());
            assertEquals(1, door.rejected(Rejection.FULL));
            peer.transport().send("in");
            simulator.advance(Duration.ZERO);
            assertEquals(List.of("in"), told.texts());
            peer.transport().close();
            simulator.advance(Duration.ZERO);
            assertEquals(1, door.active());
        }
    }

    @Test
    void whoComesTooFastWithRecordsWaitsUnread() {
        Doorkeeper door = door(AdmissionLimits.DEFAULT.withRate(RateLimit.perSecond(1)));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            List<RecordingMessages> all = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                var one = new RecordingMessages();
                all.add(one);
                var ends =
                        simulator.pairOfRecords(
                                door.forRecords().over(one), new RecordingMessages());
                simulator.advance(Duration.ZERO);
                ends.right().send("hello");
                simulator.advance(Duration.ZERO);
            }
            assertEquals(List.of("hello"), all.get(0).texts());
            assertEquals(List.of(), all.get(1).texts());
            simulator.advance(Duration.ofMillis(1_100));
            assertEquals(List.of("hello"), all.get(1).texts());
            assertEquals(List.of(), all.get(2).texts());
            simulator.advance(Duration.ofSeconds(1));
            assertEquals(List.of("hello"), all.get(2).texts());
        }
    }

    @Test
    void anotherProtocolCanTellThoseWithRecords() {
        var overflow = new RecordingMessages();
        Doorkeeper door =
                door(AdmissionLimits.DEFAULT.withConnections(1)).handingRecordsTo(why -> overflow);
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            TestPeer.of(simulator, door.over(new RecordingProtocol()));
            var refused = new RecordingMessages();
            simulator.pairOfRecords(door.forRecords().over(new RecordingMessages()), refused);
            simulator.advance(Duration.ZERO);
            refused.transport().send("who is there?");
            simulator.advance(Duration.ofSeconds(9));
            assertEquals(List.of("who is there?"), overflow.texts());
            assertFalse(overflow.isClosed());
            simulator.advance(Duration.ofSeconds(2));
            assertTrue(overflow.isClosed(), "not for ever");
            assertTrue(refused.isClosed());
        }
    }

    @Test
    void nobodyLetsDatagramsIn() {
        var told = new RecordingMessages();
        MessageLayer door = door(AdmissionLimits.DEFAULT).forRecords();
        try (var peers = TestMessagePeer.of(door.over(told))) {
            assertFalse(peers.transport().isOpen());
            assertFalse(told.isClosed());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void usersAreJudgedWhenTheyComeWithRecords(Engine engine) throws Exception {
        int me = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        Doorkeeper door =
                Limits.admission(AccessRules.EVERYBODY.denyUid(me), AdmissionLimits.DEFAULT)
                        .telling(Rejection::toString);
        List<String> heard = new ArrayList<>();
        var visitor =
                new MessageProtocol() {
                    @Override
                    public void received(MessageTransport from, ByteBuffer message) {
                        heard.add(UTF_8.decode(message).toString());
                    }

                    @Override
                    public void closed(MessageTransport from, @Nullable Throwable why) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open()) {
            Endpoint local = engine.freshForRecords();
            reactor.listenRecords(local, door.forRecords().over(RecordingMessages::new));
            reactor.connectRecords(local, visitor);
            Engine.run(reactor);
            assertEquals(1, door.rejected(Rejection.DENIED));
        }
        assertEquals(List.of("not allowed"), heard);
    }
}
