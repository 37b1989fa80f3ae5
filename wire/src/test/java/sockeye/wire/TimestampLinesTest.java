// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.wire.TimestampService.Framing;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Lines, their ends, their bounds and backpressure, through a driver that keeps the contract. */
@Tag("F1-10")
class TimestampLinesTest {
    private static final String STAMP = "[Sun Nov 22 10:05:00 2026] ";
    private static final String TOO_LONG = "error: a line is longer than %d bytes; closing\n";

    private final TimestampService service = TimestampService.in(ZoneOffset.UTC);
    private final Dialogue dialogue = new Dialogue(service);

    @Test
    void aLineComesBackWithTheTimeInFront() {
        assertEquals(STAMP + "hello\n", dialogue.arrive("hello\n").answers());
    }

    @Test
    void aLineEndedByCrlfIsAnsweredWithCrlf() {
        assertEquals(STAMP + "hello\r\n", dialogue.arrive("hello\r\n").answers());
    }

    @Test
    void crlfMayComeInTwoReads() {
        assertEquals(STAMP + "hello\r\n", dialogue.arrive("hello\r").arrive("\n").answers());
    }

    @Test
    void aCarriageReturnInsideALineIsAByteLikeAnyOther() {
        assertEquals(STAMP + "a\rb\r\r\n", dialogue.arrive("a\rb\r\r\n").answers());
    }

    @Test
    void anEmptyLineIsAMessageTooAndDoesNotEndTheDialogue() {
        assertEquals(STAMP + "\n" + STAMP + "\r\n", dialogue.arrive("\n\r\n").answers());
        assertFalse(dialogue.closed());
        assertEquals(STAMP + "more\n", dialogue.arrive("more\n").answers());
        assertEquals(3, dialogue.messages());
    }

    @Test
    void manyLinesInOnePacketGetOneStampEachInOrderInOneSend() {
        dialogue.arrive("one\ntwo\r\n\nfour\n");
        assertEquals(1, dialogue.sends());
        assertEquals(
                STAMP + "one\n" + STAMP + "two\r\n" + STAMP + "\n" + STAMP + "four\n",
                dialogue.answers());
        assertEquals(4, dialogue.messages());
    }

    @Test
    void everyByteButTheLineEndPassesUntouched() {
        byte[] line = new byte[256];
        for (int i = 0; i < 256; i++) {
            line[i] = (byte) (i == '\n' ? 0 : i);
        }
        line[255] = '\n';
        line[254] = (byte) 255;
        byte[] answer = dialogue.arrive(line).answerBytes();
        assertArrayEquals(Dialogue.bytes(STAMP + Dialogue.text(line)), answer);
    }

    @Test
    void theEndOfTheStreamEndsTheDialogue() {
        dialogue.arrive("hello\n").end();
        assertEquals(STAMP + "hello\n", dialogue.answers());
        assertTrue(dialogue.closed());
    }

    @Test
    void whatIsLeftAtTheEndOfTheStreamIsAnsweredWithoutALineEnd() {
        for (Framing framing : new Framing[] {Framing.AUTO, Framing.LINE}) {
            Dialogue dialogue = new Dialogue(service.framing(framing));
            dialogue.queue("one\ntw").queue("o\r").end();
            assertEquals(STAMP + "one\n" + STAMP + "two\r", dialogue.answers());
            assertEquals(2, dialogue.messages());
            assertTrue(dialogue.closed());
        }
    }

    @Test
    void aPeerThatSendsNothingGetsNothing() {
        assertEquals("", dialogue.end().answers());
        assertEquals(0, dialogue.messages());
        assertTrue(dialogue.closed());
    }

    @Test
    void aLineOf64KibIsAllowed() {
        for (String end : new String[] {"\n", "\r\n"}) {
            String line = "x".repeat(65_536) + end;
            for (int readSize : new int[] {1_000, 65_536, 65_537, 100_000}) {
                Dialogue dialogue = new Dialogue(service, readSize, 65_536);
                assertEquals(
                        STAMP + "short\n" + STAMP + line,
                        dialogue.arrive("short\n" + line).answers());
                assertFalse(dialogue.closed());
            }
        }
    }

    @Test
    void aLineOfOneByteMoreGetsAnErrorLineAfterAllOtherAnswersAndALingeringClose() {
        for (int readSize : new int[] {1_000, 65_536, 65_537, 100_000}) {
            Dialogue dialogue = new Dialogue(service, readSize, 65_536);
            dialogue.arrive("short\n" + "x".repeat(65_537) + "\nnever seen\n");
            assertEquals(STAMP + "short\n" + TOO_LONG.formatted(65_536), dialogue.answers());
            assertTrue(dialogue.closed());
            assertEquals(1, dialogue.messages());
        }
    }

    @Test
    void anOverlongRestIsRefusedAtTheEndOfTheStreamAsWell() {
        Dialogue dialogue = new Dialogue(service.maxMessage(4));
        dialogue.arrive("1234\r").end();
        assertEquals(TOO_LONG.formatted(4), dialogue.answers());
        assertTrue(dialogue.closed());
    }

    @Test
    void theErrorLineWaitsUntilItHasRoom() {
        TimestampService narrow = service.maxMessage(460);
        for (int length = 0; length <= 460; length++) {
            Dialogue dialogue = new Dialogue(narrow, 65_536, Output.MINIMUM);
            String line = "x".repeat(length) + "\n";
            dialogue.arrive(line + "y".repeat(461));
            assertEquals(STAMP + line + TOO_LONG.formatted(460), dialogue.answers());
            assertTrue(dialogue.closed());
        }
    }

    @Test
    void sixtyFourKibOfEmptyLinesAreAnsweredInSendsThatStayInsideTheOutput() {
        dialogue.arrive("\n".repeat(65_536));
        int perSend = (65_536 - Stamper.MOST) / (STAMP.length() + 1);
        assertEquals(65_536 / perSend + 1, dialogue.sends());
        assertEquals((STAMP + "\n").repeat(65_536), dialogue.answers());
        assertEquals(65_536, dialogue.messages());
    }

    @Test
    void aPeerThatDoesNotReadItsAnswersStopsTheMachineInTheMiddleOfItsInput() {
        dialogue.peerStopsReading().arrive("\n".repeat(65_536));
        long answered = dialogue.messages();
        assertEquals((65_536 - Stamper.MOST) / (STAMP.length() + 1) + 1, answered);
        assertEquals("", dialogue.run().answers());
        assertEquals(answered, dialogue.messages());
        assertEquals((STAMP + "\n").repeat(65_536), dialogue.peerReadsAgain().answers());
    }

    @Test
    void aLineTooLargeForTheOutputIsPassedOnFromWhereItIs() {
        Output out = Output.ofCapacity(Output.MINIMUM);
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("x".repeat(2_000) + "\nnext\n"));
        StreamMachine machine = service.open();
        machine.received(input, Moment.of(0, Dialogue.SUNDAY), out);
        assertEquals(STAMP.length(), out.collected().remaining());
        assertSame(input, out.passed());
        assertEquals(0, input.position());
        assertEquals(2_001, input.remaining());
        input.position(1_500);
        assertEquals(STAMP.length() + 501, out.remaining());
        out.clear();
        assertEquals(2_001, input.position());
        assertEquals(5, input.remaining());
        machine.received(input, Moment.of(0, Dialogue.SUNDAY), out);
        assertEquals(STAMP.length() + 5, out.remaining());
    }

    @Test
    void aLineTooLargeForTheOutputWaitsUntilItsStampHasRoom() {
        for (int length = 0; length <= 600; length++) {
            Dialogue dialogue = new Dialogue(service, 65_536, Output.MINIMUM);
            String first = "x".repeat(length) + "\n";
            String large = "y".repeat(1_000) + "\n";
            assertEquals(STAMP + first + STAMP + large, dialogue.arrive(first + large).answers());
        }
    }

    @Test
    void everySplitOfEveryShortInputGivesTheSameAnswers() {
        String alphabet = "a\r\n";
        TimestampService lines = service.framing(Framing.LINE).maxMessage(3);
        for (int length = 1; length <= 6; length++) {
            for (int number = 0; number < Math.pow(3, length); number++) {
                StringBuilder text = new StringBuilder();
                for (int i = 0, n = number; i < length; i++, n /= 3) {
                    text.append(alphabet.charAt(n % 3));
                }
                String expected = new Dialogue(lines).queue(text.toString()).end().answers();
                for (int cuts = 1; cuts < 1 << (length - 1); cuts++) {
                    Dialogue dialogue = new Dialogue(lines, 512, 512);
                    int from = 0;
                    for (int i = 1; i < length; i++) {
                        if ((cuts >> (i - 1) & 1) != 0) {
                            dialogue.arrive(text.substring(from, i));
                            from = i;
                        }
                    }
                    dialogue.arrive(text.substring(from)).end();
                    assertEquals(expected, dialogue.answers());
                }
            }
        }
    }

    /** The fuzz loop: any bytes, any cuts, any sizes of buffers, heap or direct, full windows. */
    @Test
    void anyInputInAnyPiecesThroughAnyBuffersGetsTheAnswersOfTheModel() {
        long seed = System.nanoTime();
        System.out.println("TimestampLinesTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            int maxMessage = 1 + random.nextInt(2_000);
            ByteArrayOutputStream sent = new ByteArrayOutputStream();
            ByteArrayOutputStream expected = new ByteArrayOutputStream();
            boolean refused = false;
            List<byte[]> lines = new ArrayList<>();
            for (int count = random.nextInt(200); count > 0; count--) {
                lines.add(line(random, maxMessage));
            }
            for (byte[] line : lines) {
                sent.writeBytes(line);
                if (!refused) {
                    int end = line.length > 1 && line[line.length - 2] == '\r' ? 2 : 1;
                    refused = line.length - end > maxMessage;
                    expected.writeBytes(
                            refused
                                    ? Dialogue.bytes(TOO_LONG.formatted(maxMessage))
                                    : Dialogue.bytes(STAMP + Dialogue.text(line)));
                }
            }
            Dialogue dialogue =
                    new Dialogue(
                            service.maxMessage(maxMessage).framing(Framing.LINE),
                            some(random, 1 + random.nextInt(3_000)),
                            some(random, Output.MINIMUM + random.nextInt(3_000)),
                            random.nextLong() >> 1);
            byte[] all = sent.toByteArray();
            for (int from = 0; from < all.length; ) {
                int to = Math.min(all.length, from + 1 + random.nextInt(1_000));
                dialogue.queue(Arrays.copyOfRange(all, from, to));
                from = to;
                switch (random.nextInt(4)) {
                    case 0 -> dialogue.run();
                    case 1 -> dialogue.peerStopsReading().run();
                    case 2 -> dialogue.peerReadsAgain();
                    default -> {}
                }
            }
            dialogue.peerReadsAgain().end();
            assertEquals(
                    Dialogue.text(expected.toByteArray()),
                    dialogue.answers(),
                    "seed " + seed + ", round " + round);
        }
    }

    private static byte[] line(Random random, int maxMessage) {
        int length =
                switch (random.nextInt(40)) {
                    case 0 -> maxMessage;
                    case 1 -> random.nextInt(maxMessage + 1);
                    case 2 -> random.nextInt(10) == 0 ? maxMessage + 1 : 0;
                    default -> random.nextInt(Math.min(maxMessage, 30) + 1);
                };
        byte[] body = new byte[length];
        random.nextBytes(body);
        String text = Dialogue.text(body).replace('\n', 'n');
        if (text.endsWith("\r")) {
            text = text.substring(0, text.length() - 1) + "r";
        }
        return Dialogue.bytes(text + (random.nextBoolean() ? "\n" : "\r\n"));
    }

    private static ByteBuffer some(Random random, int size) {
        return random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
    }
}
