// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.PipePair;
import sockeye.Readiness;
import sockeye.ReadinessKey;
import sockeye.ReadinessSelector;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Pipes. */
@Tag("H9")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // some are closed early on purpose
class PipePairTest {
    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String read(PipePair pipe, int size) throws IOException {
        var buffer = ByteBuffer.allocate(size);
        pipe.reader().read(buffer);
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    @Test
    void bytesGoFromOneEndToTheOther() throws Exception {
        try (var pipe = PipePair.open()) {
            Task<String> waiting = Task.call(() -> read(pipe, 10)).parked();
            pipe.writer().write(bytes("ab"));
            assertEquals("ab", waiting.join());
            pipe.writer().write(bytes("cd"));
            pipe.writer().write(bytes("ef"));
            assertEquals(4, pipe.available());
            assertEquals("cdef", read(pipe, 10));
            pipe.writer().close();
            assertEquals(-1, pipe.reader().read(ByteBuffer.allocate(1)));
        }
    }

    @Test
    void packetsKeepTheirBoundaries() throws IOException {
        try (var pipe = PipePair.ofPackets()) {
            pipe.writer().write(bytes("abc"));
            pipe.writer().write(bytes("de"));
            assertEquals("ab", read(pipe, 2));
            assertEquals("de", read(pipe, 10));
        }
    }

    @Test
    void theCapacityCanBeChanged() throws IOException {
        try (var pipe = PipePair.open()) {
            assertTrue(pipe.capacity() >= 4_096);
            assertEquals(8_192, pipe.capacity(5_000));
            assertEquals(8_192, pipe.capacity());
        }
    }

    @Test
    void theEndsCanBeSelected() throws IOException {
        try (var pipe = PipePair.open();
                var selector = ReadinessSelector.<String>open()) {
            ReadinessKey<String> writer =
                    selector.register(pipe.writer(), Readiness.EPOLLOUT, "writer");
            selector.select();
            assertTrue(writer.isWritable());
            pipe.reader().close();
            selector.select();
            assertTrue(writer.isError());
            IOException failed =
                    assertThrows(IOException.class, () -> pipe.writer().write(bytes("x")));
            assertEquals(Errno.EPIPE, ((ErrnoFailure) failed).errno());
        }
    }
}
