// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;

/** What a stream keeps back while pipelined input is answered, and who has to wait for it. */
@Timeout(60)
class HeldWritesTest {
    private static <T> FutureTask<T> start(Callable<T> body) {
        var task = new FutureTask<T>(body);
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    @Tag("A4-02")
    void aReaderDoesNotWaitBehindAWriterThatWaits() throws Exception {
        try (var pair = StreamSocket.pair()) {
            byte[] much = new byte[4_000_000];
            var writing =
                    start(() -> {
                        pair.left().write(much);
                        return null;
                    });
            while (pair.right().socket().available() == 0) {
                Thread.onSpinWait();
            }
            pair.right().write("hello\n");
            assertEquals("hello", pair.left().reader().readLine());
            byte[] back = pair.right().reader().readExactly(much.length);
            assertEquals(much.length, back.length);
            writing.get();
        }
    }

    @Test
    @Tag("A4-05")
    void whatIsHeldIsSentBeforeAReadThatPassesTheReaderBy() throws Exception {
        try (var pair = StreamSocket.pair()) {
            pair.right().write("a\nb\n");
            var lines = pair.left().reader();
            assertEquals("a", lines.readLine());
            pair.left().write("A\n");
            assertEquals(0, pair.right().socket().available(), "it is held, for b is there");
            assertEquals("b", lines.readLine());
            var reading = start(() -> pair.left().read(ByteBuffer.allocateDirect(10)));
            assertEquals("A", pair.right().reader().readLine());
            pair.right().write("c");
            assertEquals(1, reading.get());
        }
    }
}
