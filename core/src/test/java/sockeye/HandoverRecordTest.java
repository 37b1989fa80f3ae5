// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

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
}
