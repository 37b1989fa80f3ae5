// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

class OutputTest {
    private final Output out = Output.ofCapacity(600);

    @Test
    void collectedBytesGoBeforePassedOnes() {
        out.buffer().put((byte) 'a').put((byte) 'b');
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("0123456789")).limit(8);
        out.pass(input, 3, 4);
        assertEquals(6, out.remaining());
        assertFalse(out.open());
        assertEquals(2, out.collected().remaining());
        ByteBuffer passed = out.passed();
        assertSame(input, passed);
        assertEquals("3456", Dialogue.text(rest(passed)));
        assertEquals(2, out.remaining());
    }

    private static byte[] rest(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @Test
    void whatIsPartlySentRemains() {
        out.buffer().put(new byte[10]);
        out.pass(ByteBuffer.allocate(20));
        out.collected().position(7);
        assertEquals(23, out.remaining());
        out.collected().position(10);
        out.passed().position(5);
        assertEquals(15, out.remaining(), "asking again starts nothing anew");
    }

    @Test
    void clearingGivesPassedInputBackAsTheMachineLeftIt() {
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("0123456789")).limit(8);
        out.pass(input, 0, 3);
        input.position(3);
        rest(out.passed());
        out.clear();
        assertEquals(3, input.position());
        assertEquals(8, input.limit());
        assertTrue(out.isEmpty() && out.open() && !out.answered());
        assertNull(out.passed());
        assertEquals(0, out.collected().remaining());
    }

    @Test
    void nothingFollowsPassedBytesOrAnEnding() {
        out.pass(ByteBuffer.allocate(1));
        assertThrows(IllegalStateException.class, out::buffer);
        assertThrows(IllegalStateException.class, () -> out.pass(ByteBuffer.allocate(1)));
        out.clear();
        out.close();
        assertThrows(IllegalStateException.class, out::buffer);
        assertThrows(IllegalStateException.class, () -> out.pass(ByteBuffer.allocate(1)));
        out.clear();
        assertTrue(out.open());
    }

    @Test
    void anEndingMayFollowPassedBytesAndCloseIsStronger() {
        out.pass(ByteBuffer.allocate(1));
        out.halfClose();
        assertSame(Output.Ending.HALF_CLOSE, out.ending());
        out.close();
        out.halfClose();
        assertSame(Output.Ending.CLOSE, out.ending());
        assertFalse(out.isEmpty());
    }

    @Test
    void anAnswerOfNoBytesIsAnAnswer() {
        assertFalse(out.answered());
        out.pass(ByteBuffer.allocate(0));
        assertTrue(out.answered());
        assertTrue(out.isEmpty(), "on a stream there is nothing to send");
    }

    @Test
    void aRangeOutsideItsBufferIsRefused() {
        ByteBuffer ten = ByteBuffer.allocate(10);
        assertThrows(IndexOutOfBoundsException.class, () -> out.pass(ten, -1, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> out.pass(ten, 0, 11));
        assertThrows(IndexOutOfBoundsException.class, () -> out.pass(ten, 5, -1));
        assertThrows(IndexOutOfBoundsException.class, () -> out.pass(ten, 11, Integer.MAX_VALUE));
        assertTrue(out.open());
    }

    @Test
    void aBufferThatCannotServeIsRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new Output(ByteBuffer.allocate(Output.MINIMUM - 1)));
        assertThrows(
                IllegalArgumentException.class,
                () -> new Output(ByteBuffer.allocate(600).asReadOnlyBuffer()));
    }
}
