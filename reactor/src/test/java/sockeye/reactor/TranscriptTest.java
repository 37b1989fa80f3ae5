// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.reactor.Transcript.Event;
import sockeye.reactor.Transcript.What;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.reactor.testing.TestMessagePeer;
import sockeye.reactor.testing.TestPeer;
import sockeye.testkit.NoLeaks;
import sockeye.wire.ByteRate;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputLimits;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.ResourceBundle;

/** Recordings of connections, their text, and what is played from them; and logs. */
@ExtendWith(NoLeaks.class)
@Tag("D4-10")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class TranscriptTest {
    private static final List<What> WHATS = List.of(What.values());

    private final List<Transcript> recorded = new ArrayList<>();
    private final Layer recorder = Transcript.recorder(1 << 20, recorded::add);

    /** Answers each line in capitals, and leaves at "quit". */
    private static Protocol shouting() {
        return Lines.protocol(
                1_000,
                (line, transport) -> {
                    if (line.equals("quit")) {
                        transport.close();
                    } else {
                        transport.write(line.toUpperCase(Locale.ROOT) + "\n");
                    }
                });
    }

    @Test
    void aRecordingSaysWhatHappenedAndWhen() {
        try (var peer = TestPeer.of(recorder.over(shouting()))) {
            peer.simulator().advance(Duration.ofMillis(1_500));
            peer.send("a \"b\"\n");
            peer.simulator().advance(Duration.ofNanos(7));
            peer.send("quit\n");
            peer.end();
        }
        assertEquals(
                """
                sockeye transcript 1
                0.000000000 opened
                1.500000000 received "a \\"b\\"\\n"
                1.500000000 write "A \\"B\\"\\n"
                1.500000007 received "quit\\n"
                1.500000007 close
                1.500000007 closed
                """,
                withoutPeer(recorded.getFirst().toString()));
    }

    private static String withoutPeer(String text) {
        return text.replaceFirst("(?m)^peer .*\n", "");
    }

    @Test
    void whatWasRecordedCanBePlayedToTheProtocolAgain() {
        try (var peer = TestPeer.of(recorder.over(shouting()))) {
            peer.send("one\nt");
            peer.simulator().advance(Duration.ofSeconds(3));
            peer.send("wo\n");
            peer.send("quit\n");
            peer.end();
        }
        Transcript first = Transcript.read(recorded.getFirst().toString());
        try (var peer = TestPeer.of(recorder.over(shouting()))) {
            peer.play(first);
            assertArrayEquals(first.written(), peer.bytes());
        }
        assertEquals("ONE\nTWO\n", new String(first.written(), UTF_8));
        assertEquals(first, recorded.getLast(), "to the nanosecond");
        assertEquals(Duration.ofSeconds(3), first.length());
    }

    @Test
    void whatIsLeftUnreadIsRecordedOnce() {
        var slow =
                new Protocol() {
                    @Override
                    public void received(Transport transport, ByteBuffer bytes) {
                        bytes.get();
                        transport.reactor().after(Duration.ofMillis(1), transport::resume);
                    }
                };
        // Below, what was left comes again in other pieces.
        Layer pieces =
                Limits.throughput(
                        ThroughputLimits.NONE.withConnection(
                                Throughput.of(ByteRate.perSecond(1_000).withBurst(12))));
        try (var peer = TestPeer.of(pieces.then(recorder).over(slow))) {
            peer.send("abcdefghijklmnop");
            peer.simulator().advance(Duration.ofSeconds(1));
            peer.end();
        }
        assertEquals("abcdefghijklmnop", new String(recorded.getFirst().received(), UTF_8));
    }

    @Test
    void aRecordingIsBoundedAndItsEndIsToldNevertheless() {
        Layer small = Transcript.recorder(2_000, recorded::add);
        try (var peer = TestPeer.of(small.over(new RecordingProtocol()))) {
            for (int i = 0; i < 100; i++) {
                peer.send("x".repeat(100));
            }
            peer.reset();
        }
        Transcript seen = recorded.getFirst();
        assertTrue(seen.omitted() > 80, seen::toString);
        assertTrue(seen.received().length > 1_000, seen::toString);
        assertEquals(What.CLOSED, seen.events().getLast().what());
        assertTrue(seen.events().getLast().bytes().hasRemaining(), "why");
        assertEquals(seen, Transcript.read(seen.toString()));
    }

    @Test
    void textAndTranscriptAreInverse() {
        var random = new Random(5);
        for (int round = 0; round < 200; round++) {
            List<Event> events = new ArrayList<>();
            long at = 0;
            for (int i = random.nextInt(20); i > 0; i--) {
                at += random.nextLong(5_000_000_000L);
                byte[] bytes = new byte[random.nextInt(3) * random.nextInt(40)];
                random.nextBytes(bytes);
                What what = WHATS.get(random.nextInt(WHATS.size()));
                String of = random.nextInt(3) > 0 ? null : "@\"\\ ö" + round;
                events.add(new Event(at, what, of, ByteBuffer.wrap(bytes)));
            }
            String peer = random.nextBoolean() ? null : "unix:@ö\n\"\\" + round;
            var transcript = new Transcript(peer, events, random.nextInt(2));
            assertEquals(transcript, Transcript.read(transcript.toString()));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "something else",
                "sockeye transcript 1\nnow opened",
                "sockeye transcript 1\n0.5 opened",
                "sockeye transcript 1\n0.000000000",
                "sockeye transcript 1\n-1.000000000 opened",
                "sockeye transcript 1\n99999999999.000000000 opened",
                "sockeye transcript 1\n0.000000000 fell",
                "sockeye transcript 1\n0.000000000 received x",
                "sockeye transcript 1\n0.000000000 received \"x",
                "sockeye transcript 1\n0.000000000 received \"\\q\"",
                "sockeye transcript 1\n0.000000000 received \"\\\"",
                "sockeye transcript 1\n0.000000000 received \"\\x4\"",
                "sockeye transcript 1\n0.000000000 received \"\\xzz\"",
                "sockeye transcript 1\n0.000000000 received \"ä\"",
                "sockeye transcript 1\n0.000000000 received \"a\"b\"",
                "sockeye transcript 1\n0.000000000 received from x",
                "sockeye transcript 1\n0.000000000 received to \"x\"",
                "sockeye transcript 1\n0.000000000 received from \"x\"\"y\"",
                "sockeye transcript 1\n0.000000000 received from \"x\" ",
                "sockeye transcript 1\n0.000000000 write from \"x\" \"y\"",
                "sockeye transcript 1\n1.000000000 opened\n0.000000000 ended",
                "sockeye transcript 1\nomitted x",
                "sockeye transcript 1\nomitted 3\n0.000000000 ended"
            })
    void whatIsNoTranscriptIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Transcript.read(text));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aConnectionIsRecordedOnEachDriver(Engine engine) throws Exception {
        var client =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        opened.write("hello\nquit\n");
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            recorder.over((Protocol.Factory) TranscriptTest::shouting));
            reactor.connect(Objects.requireNonNull(listening.local()), client);
            Engine.run(reactor);
        }
        Transcript seen = recorded.getFirst();
        assertEquals("hello\nquit\n", new String(seen.received(), UTF_8));
        assertEquals("HELLO\n", new String(seen.written(), UTF_8));
        assertEquals("HELLO\n", client.bytes.toString(UTF_8));
        try (var peer = TestPeer.of(shouting())) {
            assertArrayEquals(seen.written(), peer.play(seen).bytes());
        }
    }

    // Messages.

    private final MessageLayer messages = Transcript.messageRecorder(1 << 20, recorded::add);

    /** Answers how many datagrams have come so far. */
    private static MessageProtocol counting() {
        int[] count = {0};
        return (from, message) ->
                from.reply(ByteBuffer.wrap(Integer.toString(++count[0]).getBytes(UTF_8)));
    }

    private static final InetEndpoint ONE = InetEndpoint.of("198.51.100.1", 1_111);
    private static final InetEndpoint OTHER = InetEndpoint.of("2001:db8::2", 2_222);

    @Test
    void aRecordingOfDatagramsSaysWhoseTheyAre() {
        try (var peers = TestMessagePeer.of(messages.over(counting()))) {
            peers.send(ONE, "a \"b\"").simulator().advance(Duration.ofMillis(1_500));
            peers.send(OTHER, "");
            peers.transport().abort();
            peers.simulator().advance(Duration.ZERO);
        }
        assertEquals(
                """
                sockeye transcript 1
                0.000000000 opened
                0.000000000 received from "198.51.100.1:1111" "a \\"b\\""
                0.000000000 write to "198.51.100.1:1111" "1"
                1.500000000 received from "[2001:db8::2]:2222"
                1.500000000 write to "[2001:db8::2]:2222" "2"
                1.500000000 closed "java.nio.channels.AsynchronousCloseException"
                """,
                recorded.getFirst().toString());
        assertEquals(recorded.getFirst(), Transcript.read(recorded.getFirst().toString()));
    }

    @Test
    void recordedDatagramsCanBePlayedToTheProtocolAgain() {
        try (var peers = TestMessagePeer.of(messages.over(counting()))) {
            peers.send(ONE, "x").simulator().advance(Duration.ofMillis(1_500));
            peers.send(OTHER, "").send(ONE, "y");
        }
        Transcript first = Transcript.read(recorded.getFirst().toString());
        try (var peers = TestMessagePeer.of(messages.over(counting()))) {
            peers.play(first);
            assertEquals(
                    List.of(ONE, OTHER, ONE),
                    peers.sent().stream().map(RecordingMessages.Passed::peer).toList());
            assertEquals("123", new String(first.written(), UTF_8));
        }
        assertEquals(first, recorded.getLast(), "to the nanosecond");
    }

    @Test
    void aRecordIsOneEventAndAnEmptyOneToo() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var ends = simulator.pairOfRecords(messages.over(counting()), new RecordingMessages());
            simulator.advance(Duration.ZERO);
            ends.right().send("one");
            ends.right().send("");
            simulator.advance(Duration.ZERO);
            ends.right().close();
            simulator.advance(Duration.ZERO);
        }
        assertEquals(
                """
                sockeye transcript 1
                0.000000000 opened
                0.000000000 received "one"
                0.000000000 write "1"
                0.000000000 received
                0.000000000 write "2"
                0.000000000 ended
                0.000000000 close
                0.000000000 closed
                """,
                recorded.getFirst().toString());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void messagesAreRecordedOnEachDriver(Engine engine) throws Exception {
        MessageProtocol client =
                (from, message) -> {
                    from.reactor().stop();
                };
        String name;
        try (Reactor reactor = engine.open()) {
            Endpoint server =
                    Objects.requireNonNull(
                            reactor.bind(engine.fresh(), messages.over(counting())).local());
            MessageTransport asks = reactor.bind(engine.fresh(), client);
            asks.send(ByteBuffer.wrap("hello".getBytes(UTF_8)), server);
            name = Objects.requireNonNull(asks.local()).toString();
            Engine.run(reactor);
        }
        Event came = recorded.getFirst().events().get(1);
        assertEquals(What.RECEIVED, came.what());
        assertEquals(name, came.peer());
        assertEquals(name, recorded.getFirst().events().get(2).peer());
        assertEquals("hello", new String(recorded.getFirst().received(), UTF_8));
        assertEquals("1", new String(recorded.getFirst().written(), UTF_8));
    }

    @Test
    void aLogOfMessagesSaysFromWhomAndToWhom() {
        var logger = new Lined(System.Logger.Level.DEBUG);
        MessageLayer log = ProtocolLog.to(logger).showing(4).forMessages();
        try (var peers = TestMessagePeer.of(log.over(counting()))) {
            peers.send(ONE, "hello\n").send(OTHER, "");
        }
        assertEquals(
                List.of(
                        "DEBUG [1 192.0.2.1:7] opened",
                        "DEBUG [1 192.0.2.1:7] received 6 from 198.51.100.1:1111 \"hell\" ...",
                        "DEBUG [1 192.0.2.1:7] write 1 to 198.51.100.1:1111 \"1\"",
                        "DEBUG [1 192.0.2.1:7] received 0 from [2001:db8::2]:2222",
                        "DEBUG [1 192.0.2.1:7] write 1 to [2001:db8::2]:2222 \"2\""),
                logger.lines.subList(0, 5));
        var quiet = new Lined(System.Logger.Level.WARNING);
        MessageProtocol above = counting();
        assertSame(above, ProtocolLog.to(quiet).forMessages().over(above));
    }

    // Logs.

    private static final class Lined implements System.Logger {
        private final List<String> lines = new ArrayList<>();
        private final Level least;

        Lined(Level least) {
            this.least = least;
        }

        @Override
        public String getName() {
            return "lined";
        }

        @Override
        public boolean isLoggable(Level level) {
            return level.getSeverity() >= least.getSeverity();
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String message,
                @Nullable Throwable thrown) {
            lines.add(level + " " + message);
        }

        @Override
        public void log(
                Level level,
                @Nullable ResourceBundle bundle,
                @Nullable String format,
                @Nullable Object @Nullable ... values) {
            lines.add(level + " " + format);
        }
    }

    @Test
    @Tag("D2-14")
    void aLogHasALineForEachEventThatSaysWhose() {
        var logger = new Lined(System.Logger.Level.DEBUG);
        int[] count = {0};
        Layer log = ProtocolLog.to(logger).withPrefix(below -> "<" + ++count[0] + ">").showing(4);
        try (var one = TestPeer.of(log.over(shouting()));
                var other = TestPeer.of(log.over(shouting()))) {
            one.send("hello\n");
            other.send("a\r\n");
            one.reset();
        }
        assertEquals("DEBUG <1> opened", logger.lines.get(0));
        assertEquals("DEBUG <2> opened", logger.lines.get(1));
        assertEquals("DEBUG <1> received 6 \"hell\" ...", logger.lines.get(2));
        assertEquals("DEBUG <1> write 6 \"HELL\" ...", logger.lines.get(3));
        assertEquals("DEBUG <2> received 3 \"a\\r\\n\"", logger.lines.get(4));
        assertTrue(logger.lines.get(6).startsWith("DEBUG <1> closed \""), logger.lines::toString);
    }

    @Test
    void whereNothingIsLoggedThereIsNoLayer() {
        Protocol above = shouting();
        var quiet = new Lined(System.Logger.Level.WARNING);
        assertSame(above, ProtocolLog.to(quiet).over(above));
        var loud = ProtocolLog.to(quiet).at(System.Logger.Level.WARNING);
        assertNotSame(above, loud.over(above));
    }
}
