// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

@Tag("F1-10")
@Tag("D4-12")
class EchoServiceTest {
    private final Dialogue dialogue = new Dialogue(new EchoService(), 300, Output.MINIMUM);

    @Test
    void bytesComeBackAsTheyCome() {
        Random random = new Random(5);
        byte[] bytes = new byte[10_000];
        random.nextBytes(bytes);
        for (int from = 0; from < bytes.length; ) {
            int to = Math.min(bytes.length, from + 1 + random.nextInt(700));
            dialogue.queue(Arrays.copyOfRange(bytes, from, to));
            from = to;
            if (random.nextBoolean()) {
                dialogue.run();
            }
        }
        assertArrayEquals(bytes, dialogue.run().answerBytes());
        assertFalse(dialogue.closed());
        assertFalse(dialogue.hasClock());
    }

    @Test
    void eachPieceIsSentAndCountedOnce() {
        dialogue.arrive("one").arrive("two");
        assertEquals(2, dialogue.sends());
        assertEquals(2, dialogue.messages());
    }

    @Test
    void aPeerThatDoesNotReadIsNotReadFrom() {
        dialogue.peerStopsReading().arrive("one").arrive("two");
        assertEquals(1, dialogue.messages());
        assertEquals("onetwo", dialogue.peerReadsAgain().answers());
    }

    @Test
    void theEndOfTheStreamClosesAfterTheLastEcho() {
        dialogue.queue("last").end();
        assertEquals("last", dialogue.answers());
        assertTrue(dialogue.closed());
    }
}
