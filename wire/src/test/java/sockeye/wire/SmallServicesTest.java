// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.PeerCredentials;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;

/** The services that have little to say. */
@Tag("F1-10")
class SmallServicesTest {
    private static final DaytimeService DAYTIME = DaytimeService.in(ZoneOffset.UTC);

    private final Output out = Output.ofCapacity(Output.MINIMUM);

    private static Moment at(String instant) {
        return Moment.of(0, Instant.parse(instant).getEpochSecond() * 1_000_000_000L);
    }

    private byte[] answer(MessageService service, PeerFacts facts, Moment now) {
        ByteBuffer question = ByteBuffer.wrap(Dialogue.bytes("whatever"));
        service.received(question, facts, now, out);
        assertFalse(question.hasRemaining(), "the question is read over");
        byte[] answer = new byte[out.remaining()];
        out.collected().get(answer);
        out.clear();
        return answer;
    }

    private String text(MessageService service, String instant) {
        return Dialogue.text(answer(service, PeerFacts.UNKNOWN, at(instant)));
    }

    private static PeerFacts room(int bytes) {
        return new PeerFacts() {
            @Override
            public Endpoint peer() {
                return InetEndpoint.parse("192.0.2.7:5000");
            }

            @Override
            public Endpoint local() {
                return InetEndpoint.parse("192.0.2.1:11");
            }

            @Override
            public int answerRoom() {
                return bytes;
            }
        };
    }

    // Those that speak once.

    static Stream<StreamService> speakers() {
        return Stream.of(DAYTIME, new TimeService(), QotdService.builtIn(), new WhoService());
    }

    @ParameterizedTest
    @MethodSource("speakers")
    void aConnectionIsAnsweredUnaskedAndClosed(StreamService service) {
        Dialogue dialogue = new Dialogue(service).run();
        assertTrue(dialogue.closed());
        assertEquals(1, dialogue.messages());
        assertFalse(dialogue.hasClock());
    }

    @ParameterizedTest
    @MethodSource("speakers")
    void whoTalksInsteadOfListeningIsAnsweredOnceToo(StreamService service) {
        Dialogue talker = new Dialogue(service, 16, Output.MINIMUM);
        String said = talker.queue("x".repeat(1_000)).run().answers();
        assertTrue(talker.closed());
        assertEquals(new Dialogue(service).run().answers(), said);
    }

    @ParameterizedTest
    @MethodSource("speakers")
    void whoHasEndedAlreadyIsAnsweredToo(StreamService service) {
        Dialogue ended = new Dialogue(service).end();
        assertTrue(ended.closed());
        assertEquals(new Dialogue(service).run().answers(), ended.answers());
    }

    @Test
    void daytimeIsWrittenAsAsked() {
        String sunday = "2026-11-22T10:05:00Z";
        assertEquals("Sun Nov 22 10:05:00 2026\r\n", text(DAYTIME, sunday));
        assertEquals("1795341900\r\n", text(DAYTIME.format(StampFormat.EPOCH), sunday));
        assertEquals(
                "2026-11-22T11:05:00.000+01:00\r\n",
                text(
                        DaytimeService.in(ZoneId.of("Europe/Berlin")).format(StampFormat.ISO),
                        sunday));
        assertEquals(
                "Sun, 22 Nov 2026 06:35:00 -0330\r\n",
                text(
                        DaytimeService.in(ZoneId.of("America/St_Johns")).format(StampFormat.MAIL),
                        sunday));
        assertEquals(
                "Sun, 1 Nov 2026 00:00:00 +0000\r\n",
                text(DAYTIME.format(StampFormat.MAIL), "2026-11-01T00:00:00Z"));
    }

    // Time.

    /** The examples that RFC 868 gives. */
    @Test
    void timeIsSecondsSince1900InFourBytes() {
        assertNumber(2_208_988_800L, "1970-01-01T00:00:00Z");
        assertNumber(2_398_291_200L, "1976-01-01T00:00:00Z");
        assertNumber(2_524_521_600L, "1980-01-01T00:00:00Z");
        assertNumber(2_629_584_000L, "1983-05-01T00:00:00Z");
        assertNumber(2_208_988_800L - 1, "1969-12-31T23:59:59Z");
    }

    @Test
    void timeStartsOverIn2036AndAClientThatKnowsTheEraFindsTheTime() {
        assertNumber(0xFFFF_FFFFL, "2036-02-07T06:28:15Z");
        assertNumber(0, "2036-02-07T06:28:16Z");
        for (String instant :
                List.of(
                        "1969-12-31T23:59:59Z",
                        "2026-11-22T10:05:00Z",
                        "2036-02-07T06:28:15Z",
                        "2036-02-07T06:28:16Z",
                        "2100-01-01T00:00:00Z")) {
            long second = Instant.parse(instant).getEpochSecond();
            int number =
                    ByteBuffer.wrap(answer(new TimeService(), PeerFacts.UNKNOWN, at(instant)))
                            .getInt();
            long years68 = 68L * 365 * 86_400;
            assertEquals(second, TimeService.epochSecond(number, second));
            assertEquals(second, TimeService.epochSecond(number, second + years68));
            assertEquals(second, TimeService.epochSecond(number, second - years68));
        }
    }

    private void assertNumber(long number, String instant) {
        byte[] four = answer(new TimeService(), PeerFacts.UNKNOWN, at(instant));
        assertEquals(4, four.length);
        assertEquals(number, Integer.toUnsignedLong(ByteBuffer.wrap(four).getInt()), instant);
    }

    // Quotes.

    @Test
    void aQuoteIsTheSameAllDayAndTheNextOneAfterMidnight() {
        QotdService quotes = QotdService.of(List.of("one", "two", "three"));
        String today = text(quotes, "2026-11-22T00:00:00Z");
        assertEquals(today, text(quotes, "2026-11-22T23:59:59Z"));
        String tomorrow = text(quotes, "2026-11-23T00:00:00Z");
        assertFalse(tomorrow.equals(today));
        assertEquals(today, text(quotes, "2026-11-25T00:00:00Z"));
        assertEquals(today, text(quotes, "2026-11-22T12:00:00Z"), "and back");
    }

    @Test
    void midnightIsThatOfTheZoneAlsoOnADayWith25Hours() {
        QotdService quotes = QotdService.of(List.of("a", "b", "c")).in(ZoneId.of("Europe/Berlin"));
        String sunday = text(quotes, "2026-10-24T22:00:00Z");
        assertEquals(sunday, text(quotes, "2026-10-25T21:59:59Z"));
        assertEquals(sunday, text(quotes, "2026-10-25T22:59:59Z"));
        assertFalse(sunday.equals(text(quotes, "2026-10-25T23:00:00Z")));
    }

    @Test
    void eachWhoAsksMayGetTheNextQuote() {
        QotdService quotes = QotdService.of(List.of("one", "two")).turn(QotdService.Turn.EACH);
        String now = "2026-11-22T00:00:00Z";
        assertEquals("one\r\n", text(quotes, now));
        assertEquals("two\r\n", text(quotes, now));
        assertEquals("one\r\n", text(quotes, now));
    }

    @Test
    void aFileOfQuotesIsDividedByPercentSignsOrElseByLines() {
        String now = "2026-11-22T00:00:00Z";
        QotdService fortunes =
                QotdService.parse("one\n  and more\n%\n%\ntwo\n%\n").turn(QotdService.Turn.EACH);
        assertEquals("one\r\n  and more\r\n", text(fortunes, now));
        assertEquals("two\r\n", text(fortunes, now));
        assertEquals("one\r\n  and more\r\n", text(fortunes, now));
        QotdService lines = QotdService.parse("\none\r\n\ntwo %").turn(QotdService.Turn.EACH);
        assertEquals("one\r\n", text(lines, now));
        assertEquals("two %\r\n", text(lines, now));
        assertEquals("one\r\n", text(lines, now));
    }

    @Test
    void aQuoteHasLessThan512BytesAndCommandsNoTerminal() {
        assertEquals(
                511,
                text(QotdService.of(List.of("x".repeat(509))), "2026-01-01T00:00:00Z").length());
        refused("quote 2 has 512 bytes with its line ends; at most 511", "x", "x".repeat(510));
        refused("quote 1 has the control character 27", "\u001b[2J");
        refused("quote 1 says nothing", " \n ");
        refused("1 to 2^20 quotes, not 0");
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> QotdService.parse("a\n%\nb\n" + "x".repeat(600) + "\n%\n"));
        assertEquals(
                "the quote at line 3 has 605 bytes with its line ends; at most 511",
                e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> QotdService.parse("%\n\n%\n"));
    }

    private static void refused(String why, String... quotes) {
        var e = assertThrows(IllegalArgumentException.class, () -> QotdService.of(List.of(quotes)));
        assertEquals(why, e.getMessage());
    }

    @Test
    void aQuoteThatHasNoRoomMakesPlaceForAShorterOne() {
        QotdService quotes = QotdService.of(List.of("x".repeat(100), "short", "x".repeat(200)));
        Moment now = at("2026-11-22T00:00:00Z");
        for (int day = 0; day < 3; day++) {
            Moment then = Moment.of(0, now.epochNanos() + Duration.ofDays(day).toNanos());
            assertArrayEquals(Dialogue.bytes("short\r\n"), answer(quotes, room(7), then));
            assertTrue(answer(quotes, room(102), then).length <= 102);
            assertEquals(0, answer(quotes, room(6), then).length);
        }
    }

    // Who.

    @Test
    void whoTellsWhatIsKnown() {
        PeerFacts facts =
                new PeerFacts() {
                    @Override
                    public Endpoint peer() {
                        return InetEndpoint.parse("192.0.2.7:5000");
                    }

                    @Override
                    public Endpoint carrier() {
                        return InetEndpoint.parse("10.0.0.1:443");
                    }

                    @Override
                    public Endpoint local() {
                        return InetEndpoint.parse("[2001:db8::1]:11");
                    }

                    @Override
                    public PeerCredentials credentials() {
                        return new PeerCredentials(17, -2, 100);
                    }
                };
        assertEquals(
                """
                peer 192.0.2.7:5000
                carrier 10.0.0.1:443
                local [2001:db8::1]:11
                pid 17
                uid 4294967294
                gid 100
                """,
                Dialogue.text(answer(new WhoService(), facts, at("2026-11-22T00:00:00Z"))));
        assertEquals("", text(new WhoService(), "2026-11-22T00:00:00Z"));
    }

    @Test
    void whoLeavesOutLinesThatHaveNoRoom() {
        Moment now = at("2026-11-22T00:00:00Z");
        String peer = "peer 192.0.2.7:5000\n";
        String both = peer + "local 192.0.2.1:11\n";
        assertEquals(both, Dialogue.text(answer(new WhoService(), room(both.length()), now)));
        assertEquals(peer, Dialogue.text(answer(new WhoService(), room(both.length() - 1), now)));
        assertEquals("", Dialogue.text(answer(new WhoService(), room(0), now)));
    }

    // Discard.

    @Test
    void discardCountsAndNeverAnswers() {
        DiscardService discard = new DiscardService();
        Dialogue one = new Dialogue(discard).arrive("12345").arrive("678");
        Dialogue two = new Dialogue(discard).arrive("x").end();
        assertEquals("", one.answers() + two.answers());
        assertEquals(8, one.messages());
        assertFalse(one.closed());
        assertTrue(two.closed());
        assertEquals(9, discard.bytes());
        assertEquals(0, discard.messages());
        discard.received(ByteBuffer.allocate(0), at("2026-01-01T00:00:00Z"), out);
        discard.received(ByteBuffer.allocate(11), at("2026-01-01T00:00:00Z"), out);
        assertFalse(out.answered());
        assertEquals(2, discard.messages());
        assertEquals(20, discard.bytes());
    }
}
