// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Endpoint;

import java.nio.ByteBuffer;
import java.time.Duration;

@Tag("F1-10")
class ChargenServiceTest {
    /** The beginning of the pattern that RFC 864 shows, from its line with a blank in front. */
    private static final String[] PATTERN = {
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg",
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh",
        "\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghi"
    };

    private static void assertIsPattern(String text) {
        String[] lines = text.split("\r\n", -1);
        for (int i = 0; i + 1 < lines.length; i++) {
            assertEquals(72, lines[i].length());
            for (int column = 0; column < 72; column++) {
                assertEquals(' ' + (i + column) % 95, lines[i].charAt(column), i + "." + column);
            }
        }
    }

    @Test
    void theLinesAreThoseOfTheRfc() {
        String said = new Dialogue(new ChargenService().limit(30_000)).run().answers();
        assertEquals(30_000, said.length());
        String[] lines = said.split("\r\n");
        for (int i = 0; i < PATTERN.length; i++) {
            assertEquals(PATTERN[i], lines[i]);
            assertEquals(PATTERN[i], lines[i + 95]);
        }
        assertIsPattern(said);
    }

    @Test
    void aLimitEndsItToTheByte() {
        for (long limit : new long[] {1, 73, 74, 75, 63_270, 63_271, 200_001}) {
            Dialogue dialogue = new Dialogue(new ChargenService().limit(limit)).run();
            for (int turn = 0; turn < 9 && !dialogue.closed(); turn++) {
                dialogue.run();
            }
            String said = dialogue.answers();
            assertEquals(limit, said.length());
            assertIsPattern(said);
            assertTrue(dialogue.closed());
            assertEquals((limit + 73) / 74, dialogue.messages());
            assertFalse(dialogue.hasClock());
        }
    }

    /** The contract has it: with output pending, the machine is not asked for more. */
    @Test
    void aPeerThatDoesNotReadHasNothingMadeForIt() {
        Dialogue dialogue = new Dialogue(new ChargenService()).peerStopsReading().run();
        long made = dialogue.messages();
        dialogue.run().run().pass(Duration.ofHours(1));
        assertEquals(made, dialogue.messages());
        assertEquals(0, dialogue.sends());
        assertTrue(made <= 855, "one send of at most 62 KiB");
    }

    @Test
    void whatThePeerSendsIsThrownAwayAndItsEndCloses() {
        Dialogue dialogue = new Dialogue(new ChargenService().rate(7_400)).queue("stop!").run();
        assertFalse(dialogue.closed());
        assertIsPattern(dialogue.answers());
        assertTrue(dialogue.end().closed());
    }

    @Test
    void aRateIsKeptInWholeLinesAndLostTimeIsNotMadeUpFor() {
        Dialogue dialogue = new Dialogue(new ChargenService().rate(14_800)).run();
        assertEquals(10 * 74, dialogue.answers().length());
        dialogue.pass(Duration.ofSeconds(10));
        assertEquals(148_000, dialogue.answers().length());
        dialogue.stall(Duration.ofSeconds(10)).run();
        assertEquals(10 * 74, dialogue.answers().length());
    }

    @Test
    void aRateOfLessThanALineASecondIsKeptToo() {
        Dialogue dialogue = new Dialogue(new ChargenService().rate(1)).run();
        assertEquals(74, dialogue.answers().length());
        dialogue.pass(Duration.ofSeconds(73));
        assertEquals(0, dialogue.answers().length());
        dialogue.pass(Duration.ofSeconds(1));
        assertEquals(74, dialogue.answers().length());
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        var chargen = new ChargenService();
        assertThrows(IllegalArgumentException.class, () -> chargen.limit(0));
        assertThrows(IllegalArgumentException.class, () -> chargen.rate(0));
        assertThrows(IllegalArgumentException.class, () -> chargen.rate((1L << 40) + 1));
    }

    @Test
    void aMessageHasAtMost512BytesAndNeverMoreThanItsRoom() {
        Output out = Output.ofCapacity(Output.MINIMUM);
        for (int room : new int[] {0, 1, 56, 73, 74, 75, 147, 148, 443, 444, 512, 513, 65_535}) {
            for (int line = 0; line < 200; line++) {
                PeerFacts facts =
                        new PeerFacts() {
                            @Override
                            public @Nullable Endpoint peer() {
                                return null;
                            }

                            @Override
                            public int answerRoom() {
                                return room;
                            }
                        };
                Moment now = Moment.of(0, Dialogue.SUNDAY + (line << 20));
                new ChargenService().received(ByteBuffer.allocate(9), facts, now, out);
                int length = out.remaining();
                assertTrue(length <= Math.min(room, 512), room + ": " + length);
                assertEquals(room < 74 ? room : Math.min(room, 512) / 74 * 74, length);
                out.clear();
            }
        }
    }
}
