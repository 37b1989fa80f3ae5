// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.reactor.internal.LayerTransport;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.reactor.testing.TestPeer;
import sockeye.testkit.NoLeaks;
import sockeye.wire.ByteRate;
import sockeye.wire.EchoService;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;

/** Limits on time and on bytes as layers: by a clock in the hand, and once on each driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class LimitsTest {
    private static final TimeLimits FOR_EVER = TimeLimits.DEFAULT.withStall(Duration.ZERO);

    private static Duration seconds(double count) {
        return Duration.ofNanos((long) (count * 1e9));
    }

    private static void assertToldOf(String limit, RecordingProtocol told) {
        assertTrue(told.isClosed());
        var why = assertInstanceOf(SocketTimeoutException.class, told.why());
        assertTrue(why.getMessage().contains(limit), why::getMessage);
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    // Time.

    @Test
    @Tag("D4-07")
    void whoIsSilentForTooLongIsClosedInOrder() {
        var told = new RecordingProtocol();
        Layer idle = Limits.times(FOR_EVER.withIdle(seconds(10)));
        try (var peer = TestPeer.of(idle.over(told))) {
            peer.simulator().advance(seconds(9.9));
            assertTrue(told.transport().isOpen());
            peer.simulator().advance(seconds(2.6)); // looked at each 1.25 s
            assertFalse(told.transport().isOpen());
            assertTrue(peer.isEnded());
            assertNull(peer.why());
            peer.end();
            assertToldOf("silent for 10 s", told);
        }
    }

    @Test
    @Tag("D4-07")
    void whatComesAndWhatGoesIsNoSilence() {
        var told = new RecordingProtocol();
        Layer idle = Limits.times(FOR_EVER.withIdle(seconds(10)));
        try (var peer = TestPeer.of(idle.over(told))) {
            for (int i = 0; i < 20; i++) {
                peer.simulator().advance(seconds(8));
                if (i % 2 == 0) {
                    peer.send("x");
                } else {
                    told.transport().write("y");
                }
            }
            peer.simulator().advance(Duration.ZERO);
            assertTrue(told.transport().isOpen());
            assertEquals("x".repeat(10), told.text());
            assertEquals("y".repeat(10), peer.text());
        }
    }

    @Test
    void whoIsPausedIsNotSilent() {
        var told = new RecordingProtocol();
        Layer idle = Limits.times(FOR_EVER.withIdle(seconds(10)));
        try (var peer = TestPeer.of(idle.over(told))) {
            told.transport().pause();
            peer.simulator().advance(seconds(60));
            assertTrue(told.transport().isOpen());
            told.transport().resume();
            peer.simulator().advance(seconds(13));
            assertFalse(told.transport().isOpen());
        }
    }

    @Test
    void whoTakesNothingIsAborted() {
        var told = new RecordingProtocol();
        Layer stall = Limits.times(FOR_EVER.withStall(seconds(5)));
        try (var peer = TestPeer.of(stall.over(told))) {
            peer.stall();
            told.transport().write(new byte[1 << 20]);
            peer.simulator().advance(seconds(4.9));
            assertTrue(told.transport().isOpen());
            peer.simulator().advance(seconds(2));
            assertToldOf("has taken nothing for 5 s", told);
            peer.unstall();
            assertNotNull(peer.why(), "a reset");
        }
    }

    @Test
    void nobodyLastsLongerThanHeMay() {
        var told = new RecordingProtocol();
        Layer life = Limits.times(FOR_EVER.withLifetime(seconds(20)));
        try (var peer = TestPeer.of(life.over(told))) {
            for (int i = 0; i < 19; i++) {
                peer.simulator().advance(seconds(1));
                peer.send("x");
            }
            assertTrue(told.transport().isOpen());
            peer.simulator().advance(seconds(4));
            peer.end();
            assertToldOf("has lasted 20 s", told);
        }
    }

    @Test
    void layersThatAreNotReadyInTimeAreGivenUp() {
        var told = new RecordingProtocol();
        Layer never =
                above ->
                        new LayerTransport(above) {
                            @Override
                            public void opened(Transport lower) {
                                attach(lower);
                            }
                        };
        Layer limit = Limits.times(FOR_EVER.withHandshake(seconds(3)));
        var below = RecordingProtocol.around(limit.then(never).over(told));
        try (var peer = TestPeer.of(below)) {
            peer.simulator().advance(seconds(2.9));
            assertTrue(peer.transport().isOpen());
            peer.simulator().advance(seconds(0.2));
            assertToldOf("not ready to be served within 3 s", below);
            assertTrue(told.calls().isEmpty());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-07")
    void aLimitOnTimeHoldsOnEachDriver(Engine engine) throws Exception {
        Layer idle = Limits.times(FOR_EVER.withIdle(Duration.ofMillis(40)));
        var server = new Recorder();
        var client =
                new Recorder() {
                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), idle.over(() -> server));
            reactor.connect(Objects.requireNonNull(listening.local()), client);
            Engine.run(reactor);
            assertNull(client.why);
        }
        assertInstanceOf(SocketTimeoutException.class, server.why);
    }

    // Bytes.

    private static Layer throughput(Throughput connection) {
        return Limits.throughput(ThroughputLimits.NONE.withConnection(connection));
    }

    private static void assertBetween(long least, long most, long count) {
        assertTrue(least <= count && count <= most, count + " of " + least + " to " + most);
    }

    @Test
    @Tag("D4-08")
    void whatComesIsReadAsFastAsItMayBe() {
        var told = new RecordingProtocol();
        Layer slow = throughput(Throughput.NONE.withReading(ByteRate.perSecond(1_000)));
        byte[] sent = random(10_000);
        try (var peer = TestPeer.of(slow.over(told))) {
            peer.send(sent);
            peer.end();
            for (int second = 0; second < 8; second++) {
                assertBetween(1_000 + second * 1_000, 1_250 + second * 1_000, told.bytes().length);
                assertFalse(told.transport().isPaused());
                peer.simulator().advance(seconds(1));
            }
            assertFalse(told.isEnded());
            peer.simulator().advance(seconds(2));
            assertArrayEquals(sent, told.bytes());
            assertTrue(told.isEnded());
        }
    }

    @Test
    @Tag("D4-08")
    void whatIsWrittenGoesAsFastAsItMayAndBeforeTheEnd() {
        var told = new RecordingProtocol();
        Layer slow = throughput(Throughput.NONE.withWriting(ByteRate.perSecond(1_000)));
        byte[] sent = random(10_000);
        try (var peer = TestPeer.of(slow.over(told))) {
            told.transport().write(sent);
            told.transport().close();
            told.transport().write("in vain");
            assertFalse(told.transport().isOpen());
            peer.simulator().advance(Duration.ZERO);
            for (int second = 0; second < 8; second++) {
                int gone = peer.bytes().length;
                assertBetween(1_000 + second * 1_000, 1_250 + second * 1_000, gone);
                assertEquals(10_000 - gone, told.transport().pending());
                peer.simulator().advance(seconds(1));
            }
            assertFalse(peer.isEnded());
            peer.simulator().advance(seconds(2));
            assertArrayEquals(sent, peer.bytes());
            assertTrue(peer.isEnded());
            peer.end();
            assertTrue(told.isClosed());
            assertNull(told.why());
        }
    }

    @Test
    void whoWritesTooFastIsToldByTheMarks() {
        var told = new RecordingProtocol();
        Layer slow = throughput(Throughput.NONE.withWriting(ByteRate.perSecond(10_000)));
        try (var peer = TestPeer.of(slow.over(told))) {
            told.transport().write(new byte[100_000]);
            assertFalse(told.transport().isWritable());
            peer.simulator().advance(Duration.ZERO);
            assertEquals("full", told.calls().getLast());
            peer.simulator().advance(seconds(6));
            assertEquals("full", told.calls().getLast());
            peer.simulator().advance(seconds(2));
            assertEquals("writable", told.calls().getLast());
            assertTrue(told.transport().isWritable());
            peer.simulator().advance(seconds(2));
            assertEquals(100_000, peer.bytes().length);
        }
    }

    @Test
    void aPeerThatTakesNothingHoldsUpWhatTheBudgetAllows() {
        var told = new RecordingProtocol();
        Layer fast = throughput(Throughput.NONE.withWriting(ByteRate.perSecond(1_000_000)));
        try (var peer = TestPeer.of(fast.over(told))) {
            peer.stall();
            byte[] sent = random(600_000);
            told.transport().write(sent);
            peer.simulator().advance(seconds(10));
            assertBetween(600_000 - (128 << 10), 600_000, told.transport().pending());
            peer.unstall();
            peer.simulator().advance(seconds(10));
            assertArrayEquals(sent, peer.bytes());
            assertEquals("writable", told.calls().getLast());
        }
    }

    @Test
    void toAbortLosesWhatIsHeld() {
        var told = new RecordingProtocol();
        Layer slow = throughput(Throughput.of(ByteRate.perSecond(1_000)));
        try (var peer = TestPeer.of(slow.over(told))) {
            told.transport().write(new byte[10_000]);
            told.transport().abort();
            peer.simulator().advance(seconds(20));
            assertTrue(told.isClosed());
            assertTrue(peer.bytes().length <= 1_250);
            assertNotNull(peer.why());
        }
    }

    @Test
    @Tag("D4-11")
    void connectionsShareWhatAllMayHave() {
        var one = new RecordingProtocol();
        var other = new RecordingProtocol();
        Layer shared =
                Limits.throughput(
                        ThroughputLimits.NONE.withAll(
                                Throughput.NONE.withReading(ByteRate.perSecond(1_000))));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var first = TestPeer.of(simulator, shared.over(one));
            var second = TestPeer.of(simulator, shared.over(other));
            first.send(new byte[20_000]);
            second.send(new byte[20_000]);
            simulator.advance(seconds(10));
            assertBetween(10_000, 11_500, one.bytes().length + other.bytes().length);
            assertBetween(4_000, 7_500, one.bytes().length);
            assertBetween(4_000, 7_500, other.bytes().length);
        }
    }

    @Test
    void aFileGoesAtTheRateToo(@TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("file"), random(300_000));
        var told = new RecordingProtocol();
        Layer slow = throughput(Throughput.NONE.withWriting(ByteRate.perSecond(100_000)));
        try (var peer = TestPeer.of(slow.over(told))) {
            var sent = told.transport().sendFile(file, 0, 300_000);
            peer.simulator().advance(seconds(1));
            assertBetween(200_000, 225_000, peer.bytes().length);
            assertFalse(sent.isDone());
            peer.simulator().advance(seconds(2));
            assertEquals(300_000, sent.getNow(-1L));
            assertArrayEquals(random(300_000), peer.bytes());
        }
    }

    /** Sends all, ends, and stops the reactor when the other end does. */
    private static final class Asker extends Recorder {
        private final byte[] question;

        Asker(byte[] question) {
            this.question = question;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(question);
            opened.shutdownOutput();
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    private static byte[] ask(Engine engine, Protocol.Factory server, byte[] question)
            throws Exception {
        try (Reactor reactor = engine.open()) {
            var asker = new Asker(question);
            Listening listening = reactor.listen(engine.fresh(), server);
            reactor.connect(Objects.requireNonNull(listening.local()), asker);
            Engine.run(reactor);
            assertNull(asker.why);
            return asker.bytes.toByteArray();
        }
    }

    /** Nearly all of it waits here, for the burst is smaller than what comes at once. */
    private static final Throughput SMALL =
            Throughput.of(ByteRate.perSecond(3_000_000).withBurst(4_000));

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-08")
    void anEchoThroughLimitsIsAnEcho(Engine engine) throws Exception {
        Layer limits =
                Limits.times(FOR_EVER.withIdle(seconds(30)))
                        .then(
                                Limits.throughput(
                                        ThroughputLimits.NONE.withAll(SMALL).withPeer(SMALL)))
                        .then(throughput(SMALL));
        byte[] question = random(300_000);
        Protocol.Factory echo =
                () ->
                        new Recorder() {
                            @Override
                            void onReceived(Transport from, ByteBuffer received) {
                                from.write(received);
                            }
                        };
        assertArrayEquals(question, ask(engine, limits.over(echo), question));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceThatGoesByTurnsRunsAboveLimits(Engine engine) throws Exception {
        byte[] question = random(300_000);
        Protocol.Factory echo = Protocol.serving(new EchoService());
        assertArrayEquals(question, ask(engine, throughput(SMALL).over(echo), question));
        Layer writing = throughput(SMALL.withReading(ByteRate.NONE));
        assertArrayEquals(question, ask(engine, writing.over(echo), question));
    }
}
