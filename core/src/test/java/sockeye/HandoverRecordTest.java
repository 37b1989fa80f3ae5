// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** The records of a hand-over, and what are none. */
class HandoverRecordTest {
    private static HandoverRecord decode(String text) throws Exception {
        return HandoverRecord.decode(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void aRecordIsLinesOfText() throws Exception {
        var record = HandoverRecord.of(HandoverRecord.Verb.OFFER).with("VERSION", 1);
        assertEquals(
                "sockeye-handover OFFER\nVERSION=1\n",
                new String(record.encode(), StandardCharsets.UTF_8));
    }

    @Test
    void aFieldThatIsNotKnownIsPassedOver() throws Exception {
        var record = decode("sockeye-handover TAKE\nVERSIONS=1 2\nCOLOUR=blue\n");
        assertEquals("1 2", record.field("VERSIONS"));
        assertEquals("", record.field("SIZE"));
        assertEquals(-1, record.number("SIZE"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "\n",
                "sockeye-handover",
                "sockeye-handover TAKE",
                "sockeye-handover take\n",
                "sockeye-handover \n",
                "TAKE\n",
                "sockeye-handover TAKE\nVERSIONS\n",
                "sockeye-handover TAKE\n=1\n",
                "sockeye-handover TAKE\nA=%\n",
                "sockeye-handover TAKE\nA=%zz\n",
                "sockeye-handover TAKE\n\n"
            })
    void whatIsNoRecordIsGarbled(String text) {
        assertThrows(HandoverRecord.Garbled.class, () -> decode(text));
    }

    @Test
    void aThousandFieldsAreNoRecord() {
        assertThrows(
                HandoverRecord.Garbled.class,
                () -> decode("sockeye-handover TAKE\n" + "A=1\n".repeat(1_000)));
    }

    @Test
    void anyBytesAreARecordOrGarbled() {
        byte[] begin = "sockeye-handover SOCKET\nNAME=".getBytes(StandardCharsets.US_ASCII);
        byte[] alphabet =
                "%=\n\0aF9 sockeye-handover TAKE\nA=1\u00e4\u20ac".getBytes(StandardCharsets.UTF_8);
        var random = new Random(4_711);
        int garbled = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (i % 3 != 0) {
                for (int at = 0; at < bytes.length; at++) {
                    bytes[at] = alphabet[random.nextInt(alphabet.length)];
                }
            }
            var given = ByteBuffer.allocate(begin.length + bytes.length);
            if (i % 2 == 0) {
                given.put(begin);
            }
            try {
                HandoverRecord.decode(given.put(bytes).flip());
            } catch (HandoverRecord.Garbled expected) {
                garbled++;
            }
        }
        assertNotEquals(0, garbled);
    }

    @Test
    void everyValueComesBackAsItWas() throws Exception {
        var random = new Random(815);
        for (int i = 0; i < 1_000; i++) {
            byte[] value = new byte[random.nextInt(60)];
            random.nextBytes(value);
            String text = new String(value, StandardCharsets.UTF_8);
            var record = HandoverRecord.of(HandoverRecord.Verb.REPORT).with("TEXT", text);
            var back = HandoverRecord.decode(ByteBuffer.wrap(record.encode()));
            assertEquals(text, back.field("TEXT"));
        }
    }
}
