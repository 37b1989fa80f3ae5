// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.PeerCredentials;
import sockeye.UnixEndpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Function;

/** Every service, in both of its shapes, with anything that a peer can do to it. */
@Tag("F1-10")
class FuzzedServicesTest {
    private static final TimestampService STAMPS =
            TimestampService.in(ZoneOffset.UTC).maxMessage(300);

    /** What happens to a connection. */
    record Event(int kind, String text, int millis) {
        void happen(Dialogue dialogue) {
            switch (kind) {
                case 0 -> dialogue.arrive(text);
                case 1 -> dialogue.queue(text);
                case 2 -> dialogue.pass(millis);
                case 3 -> dialogue.stall(Duration.ofMillis(millis)).run();
                case 4 -> dialogue.peerStopsReading();
                default -> dialogue.peerReadsAgain();
            }
        }

        boolean sends() {
            return kind < 2;
        }
    }

    @Provide
    Arbitrary<byte[]> bytes() {
        Arbitrary<Byte> any =
                Arbitraries.oneOf(
                        Arbitraries.bytes(),
                        Arbitraries.of((byte) '\n', (byte) '\r', (byte) 0, (byte) 'x'));
        return any.array(byte[].class).ofMinSize(1).ofMaxSize(700);
    }

    @Provide
    Arbitrary<List<Event>> events() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 5),
                        bytes().map(Dialogue::text),
                        Arbitraries.integers().between(0, 200))
                .as(Event::new)
                .list()
                .ofMaxSize(12);
    }

    /** The dialogue runs machines checked: whoever breaks the contract throws. */
    private static Dialogue run(StreamService service, List<Event> events, int room) {
        Dialogue dialogue = new Dialogue(service, 200, Output.MINIMUM + room);
        for (Event each : events) {
            if (dialogue.closed()) {
                return dialogue;
            }
            each.happen(dialogue);
        }
        dialogue.peerReadsAgain();
        if (!dialogue.closed()) {
            dialogue.end();
        }
        assertTrue(dialogue.closed(), "the end of the stream ends every service");
        return dialogue;
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void echoGivesBackWhatCame(
            @ForAll("events") List<Event> events, @ForAll @IntRange(max = 99) int room) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        events.stream()
                .filter(Event::sends)
                .forEach(each -> all.writeBytes(Dialogue.bytes(each.text)));
        assertArrayEquals(all.toByteArray(), run(new EchoService(), events, room).answerBytes());
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void discardCountsWhatCame(
            @ForAll("events") List<Event> events, @ForAll @IntRange(max = 99) int room) {
        long all = events.stream().filter(Event::sends).mapToLong(e -> e.text.length()).sum();
        DiscardService service = new DiscardService();
        Dialogue dialogue = run(service, events, room);
        assertEquals(all, dialogue.messages());
        assertEquals(all, service.bytes());
        assertEquals(0, dialogue.answerBytes().length);
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void stampsComeInWhateverPiecesTheirMessagesCame(
            @ForAll("events") List<Event> events,
            @ForAll @IntRange(max = 99) int room,
            @ForAll TimestampService.Framing framing) {
        Dialogue dialogue = run(STAMPS.framing(framing), events, room);
        String said = dialogue.answers();
        String stamp = "\\[\\w{3} \\w{3} .\\d \\d\\d:\\d\\d:\\d\\d 2026] ";
        assertEquals(dialogue.messages() + 1, said.split(stamp, -1).length);
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void whoSpeaksOnceSaysTheSameWhateverItHears(
            @ForAll("events") List<Event> events,
            @ForAll @IntRange(max = 99) int room,
            @ForAll @IntRange(max = 3) int which) {
        StreamService service =
                switch (which) {
                    case 0 -> DaytimeService.in(ZoneOffset.UTC).format(StampFormat.MAIL);
                    case 1 -> new TimeService();
                    case 2 -> QotdService.builtIn();
                    default -> new WhoService();
                };
        byte[] said = run(service, events, room).answerBytes();
        assertEquals(new Dialogue(service).run().answerBytes().length, said.length);
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void chargenSaysItsLinesAndNoMore(
            @ForAll("events") List<Event> events,
            @ForAll @IntRange(min = 1, max = 200_000) int limit,
            @ForAll @IntRange(min = 1, max = 9_000_000) int rate) {
        ChargenService service = new ChargenService().limit(limit).rate(rate);
        byte[] said = run(service, events, 0).answerBytes();
        assertTrue(said.length <= limit);
        for (int i = 0; i < said.length; i++) {
            int column = i % ChargenService.LINE;
            int expected =
                    switch (column) {
                        case 72 -> '\r';
                        case 73 -> '\n';
                        default -> ' ' + (i / ChargenService.LINE + column) % 95;
                    };
            assertEquals(expected, said[i]);
        }
    }

    // Messages.

    /** Facts of a peer with a long and strange name. */
    private record Facts(String name, int answerRoom) implements PeerFacts {
        @Override
        public @Nullable Endpoint peer() {
            return name.isEmpty() ? null : UnixEndpoint.ofAbstract(name);
        }

        @Override
        public @Nullable Endpoint local() {
            return peer();
        }

        @Override
        public PeerCredentials credentials() {
            return new PeerCredentials(name.hashCode(), -1, answerRoom);
        }
    }

    @Provide
    Arbitrary<MessageService> brief() {
        return Arbitraries.of(
                new ChargenService(),
                QotdService.builtIn(),
                QotdService.builtIn().turn(QotdService.Turn.EACH),
                new WhoService(),
                new DiscardService());
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void whoCanBeBriefStaysInItsRoom(
            @ForAll("brief") MessageService service,
            @ForAll("bytes") byte[] message,
            @ForAll("names") String name,
            @ForAll @IntRange(max = 600) int room,
            @ForAll long epochNanos) {
        byte[] answer = answer(service, message, new Facts(name, room), epochNanos);
        assertTrue(answer.length <= Math.min(room, 512), service + ": " + answer.length);
        for (byte each : answer) {
            assertTrue((each >= ' ' && each <= '~') || each == '\n' || each == '\r');
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings().ofMaxLength(30);
    }

    @Property(tries = 700, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    void othersAnswerEachMessageWithinABoundOfItsLength(
            @ForAll("bytes") byte[] message, @ForAll StampFormat format, @ForAll long epochNanos) {
        Function<MessageService, Integer> length =
                service -> answer(service, message, PeerFacts.UNKNOWN, epochNanos).length;
        assertEquals(message.length, length.apply(new EchoService()));
        assertEquals(4, length.apply(new TimeService()));
        var daytime = DaytimeService.in(ZoneOffset.UTC).format(format);
        assertTrue(length.apply(daytime) <= 40);
        var stamps = TimestampService.in(ZoneOffset.UTC).format(format);
        assertTrue(length.apply(stamps) <= message.length + Stamper.MOST);
    }

    private static byte[] answer(
            MessageService service, byte[] message, PeerFacts facts, long epochNanos) {
        Output out = Output.ofCapacity(Output.MINIMUM);
        ByteBuffer input = ByteBuffer.wrap(message);
        service.received(input, facts, Moment.of(0, epochNanos), out);
        assertEquals(0, input.remaining(), "the message is consumed");
        ByteBuffer collected = out.collected();
        ByteBuffer passed = out.passed();
        ByteBuffer all = ByteBuffer.allocate(out.remaining()).put(collected);
        if (passed != null) {
            all.put(passed);
        }
        return all.array();
    }
}
