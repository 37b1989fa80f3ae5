// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.wire.TimestampService.Framing;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;

/** When bytes without a line end are a message, on a clock moved by hand. */
@Tag("F1-10")
class TimestampFramingTest {
    private static final String STAMP = "[Sun Nov 22 10:05:00 2026] ";
    private static final String LATER = "[Sun Nov 22 10:05:01 2026] ";

    private final TimestampService service = TimestampService.in(ZoneOffset.UTC);
    private final Dialogue dialogue = new Dialogue(service);

    @Test
    void bytesThatStayWithoutALineEndAreAMessageAfterFiftyMilliseconds() {
        assertEquals("", dialogue.arrive("hello").answers());
        assertEquals(50_000_000, dialogue.wakeInNanos());
        assertEquals("", dialogue.pass(Duration.ofNanos(49_999_999)).answers());
        assertEquals(STAMP + "hello", dialogue.pass(Duration.ofNanos(1)).answers());
        assertFalse(dialogue.hasClock());
        assertEquals(1, dialogue.messages());
    }

    @Test
    void theDelayCanBeSet() {
        Dialogue slow = new Dialogue(service.flushAfter(Duration.ofMillis(200)));
        assertEquals("", slow.arrive("hello").pass(199).answers());
        assertEquals(STAMP + "hello", slow.pass(1).answers());
    }

    @Test
    void withADelayOfZeroAReadThatFindsNothingIsEnough() {
        Dialogue hasty = new Dialogue(service.flushAfter(Duration.ZERO));
        assertEquals(STAMP + "hello", hasty.queue("hel").queue("lo").run().answers());
    }

    @Test
    void thePeerMayGoOnWithoutLineEndsForever() {
        for (int i = 1; i <= 100; i++) {
            assertEquals(
                    STAMP + "hello",
                    dialogue.arrive("hello").pass(50).answers().replaceFirst(":0\\d ", ":00 "));
            assertEquals(i, dialogue.messages());
        }
    }

    @Test
    void theTimeIsThatOfTheFlush() {
        dialogue.stall(Duration.ofMillis(970));
        assertEquals(LATER + "hello", dialogue.arrive("hello").pass(50).answers());
    }

    @Test
    void theClockStartsAtAReadThatFoundNothingMoreQueued() {
        // Both lie in the kernel for a second before the driver comes to read them.
        dialogue.queue("hel").stall(Duration.ofSeconds(1)).queue("lo");
        assertEquals("", dialogue.run().answers());
        assertEquals(50_000_000, dialogue.wakeInNanos());
        assertEquals(LATER + "hello", dialogue.pass(50).answers());
    }

    @Test
    void theClockDoesNotStartBeforeSuchARead() {
        StreamMachine machine = service.open();
        Output out = Output.ofCapacity(512);
        machine.received(ByteBuffer.wrap(Dialogue.bytes("a")), Moment.of(0, 0), out);
        assertEquals(StreamMachine.NEVER, machine.wakeAt());
        machine.quiet(Moment.of(7, 0), out);
        assertEquals(50_000_007, machine.wakeAt());
        machine.received(ByteBuffer.wrap(Dialogue.bytes("b")), Moment.of(8, 0), out);
        assertEquals(StreamMachine.NEVER, machine.wakeAt());
    }

    @Test
    void aReadComesBeforeEachFlush() {
        dialogue.arrive("hel");
        // The driver is kept from running, and the rest of the line comes in the meantime.
        dialogue.stall(Duration.ofSeconds(1)).queue("lo\n");
        assertEquals(LATER + "hello\n", dialogue.run().answers());
        assertEquals(1, dialogue.messages());
    }

    @Test
    void moreBytesStartTheClockAnew() {
        dialogue.arrive("h").pass(49).arrive("e").pass(49).arrive("y").pass(49);
        assertEquals("", dialogue.answers());
        assertEquals(STAMP + "hey", dialogue.pass(1).answers());
    }

    @Test
    void beingAskedEarlierOrMoreOftenChangesNothing() {
        dialogue.arrive("hello");
        for (int i = 0; i < 49; i++) {
            dialogue.pass(1).run();
        }
        assertEquals("", dialogue.answers());
        assertEquals(1_000_000, dialogue.wakeInNanos());
        assertEquals(STAMP + "hello", dialogue.pass(1).answers());
        assertEquals("", dialogue.run().pass(1_000).answers());
    }

    @Test
    void theClockStandsWhileAnswersArePending() {
        dialogue.peerStopsReading().arrive("one").pass(50);
        assertFalse(dialogue.hasClock(), "an answer is pending");
        dialogue.queue("tw").pass(1_000).queue("o").pass(1_000);
        assertEquals(1, dialogue.messages());
        dialogue.peerReadsAgain();
        assertEquals(STAMP + "one", dialogue.answers());
        assertEquals(50_000_000, dialogue.wakeInNanos());
        assertEquals("[Sun Nov 22 10:05:02 2026] two", dialogue.pass(50).answers());
    }

    @Test
    void fromTheFirstLineEndOnSilenceEndsNothing() {
        dialogue.arrive("one\ntwo").pass(1_000);
        assertEquals(STAMP + "one\n", dialogue.answers());
        assertFalse(dialogue.hasClock());
        assertEquals(LATER + "two\n", dialogue.arrive("\n").answers());
    }

    @Test
    void aLineEndMayComeAfterMessagesWithoutOne() {
        assertEquals(STAMP + "one", dialogue.arrive("one").pass(50).answers());
        assertEquals(STAMP + "two\r\n", dialogue.arrive("two\r\n").answers());
        assertEquals("", dialogue.arrive("three").pass(100).answers());
    }

    @Test
    void theLineEndOfALineThatIsFlushedAlreadyIsAnEmptyLine() {
        assertEquals(STAMP + "one", dialogue.arrive("one").pass(50).answers());
        assertEquals(STAMP + "\n", dialogue.arrive("\n").answers());
    }

    @Test
    void aPeerThatSendsNothingCostsNoWakeUps() {
        assertFalse(dialogue.run().hasClock());
        assertFalse(dialogue.arrive("\n").run().hasClock());
    }

    @Test
    void anOverlongMessageWithoutALineEndIsRefusedToo() {
        Dialogue narrow = new Dialogue(service.maxMessage(5));
        narrow.arrive("hello\r").pass(50);
        assertEquals("error: a line is longer than 5 bytes; closing\n", narrow.answers());
        assertTrue(narrow.closed());
    }

    @Test
    void theClockSurvivesTheWrapOfNanoTime() {
        Dialogue late =
                new Dialogue(
                        service,
                        ByteBuffer.allocate(512),
                        ByteBuffer.allocate(512),
                        Long.MAX_VALUE - 10_000_000);
        assertEquals("", late.arrive("hello").answers());
        assertTrue(late.hasClock());
        assertEquals(50_000_000, late.wakeInNanos());
    }

    @Test
    void withFramingLineOnlyALineEndEndsAMessage() {
        Dialogue lines = new Dialogue(service.framing(Framing.LINE));
        assertEquals("", lines.arrive("hello").pass(10_000).answers());
        assertFalse(lines.hasClock());
        assertEquals("[Sun Nov 22 10:05:10 2026] hello\n", lines.arrive("\n").answers());
    }

    @Test
    void withFramingChunkAMessageIsWhatOneReadBrought() {
        Dialogue chunks = new Dialogue(service.framing(Framing.CHUNK));
        assertEquals(STAMP + "one\ntwo", chunks.arrive("one\ntwo").answers());
        assertEquals(STAMP + "\r\n", chunks.arrive("\r\n").answers());
        assertEquals(2, chunks.messages());
        assertTrue(chunks.end().closed());
        assertEquals("", chunks.answers());
    }

    @Test
    void aChunkIsCutAtTheLongestMessage() {
        Dialogue chunks = new Dialogue(service.framing(Framing.CHUNK).maxMessage(3));
        assertEquals(STAMP + "abc" + STAMP + "de", chunks.arrive("abcde").answers());
        assertEquals(2, chunks.messages());
    }

    @Test
    void chunksLargerThanTheOutputAreWholeAllTheSame() {
        Dialogue chunks = new Dialogue(service.framing(Framing.CHUNK), 65_536, 512);
        String big = "x".repeat(40_000);
        assertEquals(STAMP + big, chunks.arrive(big).answers());
    }

    @Test
    void framingsAreCalledAsOnACommandLine() {
        for (Framing framing : Framing.values()) {
            assertEquals(framing, Framing.of(framing.toString()));
        }
        assertEquals("auto", Framing.AUTO.toString());
        var e = assertThrows(IllegalArgumentException.class, () -> Framing.of("lines"));
        assertEquals("\"lines\" is no framing; there are auto, line, chunk", e.getMessage());
    }

    @Test
    void settingsOutsideTheirBoundsAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> service.flushAfter(Duration.ofNanos(-1)));
        assertThrows(
                IllegalArgumentException.class, () -> service.flushAfter(Duration.ofDays(365)));
        assertThrows(IllegalArgumentException.class, () -> service.maxMessage(0));
        assertThrows(IllegalArgumentException.class, () -> service.maxMessage(Integer.MAX_VALUE));
    }
}
