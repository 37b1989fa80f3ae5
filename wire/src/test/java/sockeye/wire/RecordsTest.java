// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.ZoneOffset;

/** Datagrams and records: one message in, one message out. */
@Tag("F1-10")
class RecordsTest {
    private static final String STAMP = "[Sun Nov 22 10:05:00 2026] ";
    private static final Moment NOW = Moment.of(0, Dialogue.SUNDAY);

    private final Output out = Output.ofCapacity(1_000);
    private final TimestampService stamps = TimestampService.in(ZoneOffset.UTC);

    private String answer(MessageService service, String message) {
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes(message));
        service.received(input, NOW, out);
        assertTrue(out.answered());
        ByteBuffer collected = out.collected();
        ByteBuffer passed = out.passed();
        ByteBuffer all = ByteBuffer.allocate(out.remaining()).put(collected);
        if (passed != null) {
            all.put(passed);
        }
        out.clear();
        assertEquals(0, input.remaining());
        return Dialogue.text(all.array());
    }

    @Test
    void aRecordIsAMessageWhateverIsInIt() {
        assertEquals(STAMP + "hello", answer(stamps, "hello"));
        assertEquals(STAMP + "a\r\nb\n", answer(stamps, "a\r\nb\n"));
        assertEquals(STAMP + "\0\u00ff", answer(stamps, "\0\u00ff"));
    }

    @Test
    void anEmptyRecordIsAMessageToo() {
        assertEquals(STAMP, answer(stamps, ""));
        assertEquals("", answer(new EchoService(), ""));
    }

    @Test
    void aRecordLargerThanTheOutputIsPassedOn() {
        String large = "x".repeat(65_507);
        assertEquals(STAMP + large, answer(stamps, large));
    }

    @Test
    void aRecordLongerThanTheLongestMessageGetsAnErrorRecord() {
        assertEquals(STAMP + "12345", answer(stamps.maxMessage(5), "12345"));
        assertEquals(
                "error: a message is longer than 5 bytes", answer(stamps.maxMessage(5), "123456"));
    }

    @Test
    void anEchoIsTheReceiveBufferItself() {
        ByteBuffer input = ByteBuffer.allocateDirect(2_000).position(5).limit(10);
        new EchoService().received(input, NOW, out);
        assertEquals(0, out.collected().remaining());
        ByteBuffer passed = out.passed();
        assertNotNull(passed);
        assertSame(input, passed);
        assertEquals(5, passed.position());
        assertEquals(10, passed.limit());
    }
}
