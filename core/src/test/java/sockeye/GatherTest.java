// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

/** A stream as a gathering and scattering channel. */
@Tag("A4-06")
@Tag("A4-08")
class GatherTest {
    @Test
    void severalBuffersLeaveInOrderFromWhereTheyAreAndScatterIntoOthers() throws Exception {
        try (StreamSocket.Pair pair = StreamSocket.pair()) {
            ByteBuffer direct = ByteBuffer.allocateDirect(4).put("cdef".getBytes(US_ASCII)).flip();
            ByteBuffer[] out = {
                ByteBuffer.wrap("ab".getBytes(US_ASCII)),
                ByteBuffer.allocate(0),
                direct,
                ByteBuffer.wrap("ghi".getBytes(US_ASCII)).asReadOnlyBuffer()
            };
            assertEquals(9, pair.left().write(out));
            assertEquals(0, direct.remaining());

            ByteBuffer[] in = {ByteBuffer.allocate(4), ByteBuffer.allocateDirect(10)};
            assertEquals(9, pair.right().read(in));
            assertArrayEquals("abcd".getBytes(US_ASCII), in[0].array());
            assertEquals("efghi", US_ASCII.decode(in[1].flip()).toString());
        }
    }

    @Test
    void moreThanTheKernelTakesAtOnceIsSentToTheEnd() throws Exception {
        try (StreamSocket.Pair pair = StreamSocket.pair()) {
            ByteBuffer[] out = new ByteBuffer[200];
            for (int i = 0; i < out.length; i++) {
                out[i] = ByteBuffer.allocate(20_000);
            }
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try (StreamSocket left = pair.left()) {
                                    left.write(out);
                                } catch (java.io.IOException failed) {
                                    throw new AssertionError(failed);
                                }
                            });
            long total = 0;
            byte[] bytes = new byte[1 << 16];
            for (int count; (count = pair.right().read(bytes)) >= 0; ) {
                total += count;
            }
            writer.join();
            assertEquals(4_000_000, total);
        }
    }

    @Test
    void theEndIsTheEndForSeveralBuffersToo() throws Exception {
        try (StreamSocket.Pair pair = StreamSocket.pair()) {
            pair.left().shutdownOutput();
            assertEquals(-1, pair.right().read(new ByteBuffer[] {ByteBuffer.allocate(1)}));
        }
    }
}
