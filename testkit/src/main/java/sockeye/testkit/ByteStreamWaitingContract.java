// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.SocketInterruptedException;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How every {@link ByteStream} waits: deadlines, cancelling, closing, several threads. {@link
 * ByteStreamContract} has the rest.
 */
public abstract class ByteStreamWaitingContract implements Suite {
    /**
     * More bytes than any pair of ends keeps under way, so that a writer has to wait: 32 MiB, or
     * what the system property {@code sockeye.much} says where buffers are smaller.
     */
    protected static final int MUCH = Integer.getInteger("sockeye.much", 32 << 20);

    /** A deadline that has passed. */
    protected static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** Two ends that are connected to each other. */
    public record Ends(ByteStream left, ByteStream right) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (right) {
                left.close();
            }
        }
    }

    /** For a suite to extend. */
    protected ByteStreamWaitingContract() {}

    /** Makes two connected ends. */
    protected abstract Ends open() throws Exception;

    /** Bytes that look like noise, the same for the same length. */
    protected static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    /** Reads to the end. */
    protected static byte[] drain(ByteStream stream) throws IOException {
        var all = new ByteArrayOutputStream();
        byte[] part = new byte[64 << 10];
        for (int count; (count = stream.read(part)) >= 0; ) {
            all.write(part, 0, count);
        }
        return all.toByteArray();
    }

    /** Ends what a stream sends; where there is no half-close, all of it. */
    protected final void end(ByteStream stream) throws IOException {
        if (can(Ability.HALF_CLOSE)) {
            stream.shutdownOutput();
        } else {
            stream.flush();
            stream.close();
        }
    }

    /** Reads so many bytes of text. */
    protected static String text(ByteStream stream, int length) throws IOException {
        return new String(stream.reader().readExactly(length), StandardCharsets.UTF_8);
    }

    // Deadlines.

    @Test
    @Tag("A3-07")
    void aPassedReadDeadlineEndsReadsAndNothingIsLost() throws Exception {
        try (Ends ends = open()) {
            ends.left().readDeadline(PASSED);
            assertThrows(SocketTimeoutException.class, () -> ends.left().read(new byte[10]));
            assertThrows(
                    SocketTimeoutException.class, () -> ends.left().read(ByteBuffer.allocate(1)));
            assertThrows(SocketTimeoutException.class, () -> ends.left().reader().readLine());
            ends.left().readDeadline(Deadline.NONE);
            ends.right().write("later\n");
            assertEquals("later", ends.left().reader().readLine());
        }
    }

    @Test
    @Tag("A3-07")
    void aReadDeadlineEndsAReadThatWaitsAlready() throws Exception {
        try (Ends ends = open()) {
            var reader = Task.call(() -> ends.left().read(new byte[10])).parked();
            ends.left().readDeadline(PASSED);
            reader.failure(SocketTimeoutException.class);
        }
    }

    @Test
    @Tag("A3-07")
    void aDeadlineThatComesWhileWaitingEndsTheRead() throws Exception {
        try (Ends ends = open()) {
            ends.left().readDeadline(Deadline.after(Duration.ofMillis(20)));
            assertThrows(SocketTimeoutException.class, () -> ends.left().read(new byte[10]));
            var second = Task.call(() -> ends.left().read(new byte[10]));
            second.failure(SocketTimeoutException.class);
        }
    }

    @Test
    @Tag("A3-07")
    void aReadDeadlineIsNotForWrites() throws Exception {
        try (Ends ends = open()) {
            ends.left().readDeadline(PASSED);
            byte[] sent = noise(MUCH);
            var writer = Task.run(() -> ends.left().write(sent)).parked();
            byte[] got = new byte[sent.length];
            for (int done = 0; done < got.length; ) {
                done += ends.right().read(got, done, got.length - done);
            }
            writer.join();
            assertArrayEquals(sent, got);
        }
    }

    @Test
    @Tag("A3-06")
    @Tag("A3-07")
    void aWriteThatRunsOutOfTimeSaysHowManyBytesWent() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(MUCH);
            var writer = Task.run(() -> ends.left().write(sent)).parked();
            ends.left().writeDeadline(PASSED);
            var timeout = writer.failure(SocketTimeoutException.class);
            ends.left().writeDeadline(Deadline.NONE);
            assertWent(ends, sent, timeout.bytesTransferred);
        }
    }

    /** So many bytes of this went, and more can follow. */
    private void assertWent(Ends ends, byte[] sent, int went) throws Exception {
        var reader = Task.call(() -> drain(ends.right()));
        ends.left().write(sent, went, sent.length - went);
        end(ends.left());
        assertArrayEquals(sent, reader.join());
    }

    @Test
    @Tag("A3-07")
    void aBufferThatRanOutOfTimeStandsWhereTheWriteStopped() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(MUCH);
            ByteBuffer buffer = ByteBuffer.wrap(sent);
            var writer = Task.run(() -> ends.left().write(buffer)).parked();
            ends.left().writeDeadline(PASSED);
            writer.failure(SocketTimeoutException.class);
            ends.left().writeDeadline(Deadline.NONE);
            assertTrue(buffer.hasRemaining());
            assertWent(ends, sent, buffer.position());
        }
    }

    @Test
    @Tag("A4-16")
    void aTimeoutInTheMiddleOfALineLosesNothing() throws Exception {
        try (Ends ends = open()) {
            ends.right().write("half a ");
            ends.left().awaitInput();
            ends.left().readDeadline(Deadline.after(Duration.ofMillis(5)));
            assertThrows(SocketTimeoutException.class, () -> ends.left().reader().readLine());
            ends.left().readDeadline(Deadline.NONE);
            ends.right().write("line\r\n");
            assertEquals("half a line", ends.left().reader().readLine());
        }
    }

    // Cancelling.

    @Test
    @Tag("A3-08")
    void anInterruptCancelsAReadAndTheStreamGoesOn() throws Exception {
        try (Ends ends = open()) {
            var reader =
                    Task.call(() -> {
                        var cancelled =
                                assertThrows(
                                        SocketInterruptedException.class,
                                        () -> ends.left().read(new byte[10]));
                        assertTrue(Thread.interrupted(), "the status stays set");
                        assertTrue(ends.left().isOpen());
                        ends.right().write("on");
                        assertEquals("on", text(ends.left(), 2));
                        return cancelled;
                    });
            reader.parked().interrupt();
            assertFalse(
                    InterruptedIOException.class.cast(reader.join())
                            instanceof SocketTimeoutException);
        }
    }

    @Test
    @Tag("A3-08")
    void anInterruptCancelsAWriteWhichSaysHowManyBytesWent() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(MUCH);
            var writer = Task.run(() -> ends.left().write(sent)).parked();
            writer.interrupt();
            var cancelled = writer.failure(SocketInterruptedException.class);
            assertEquals(cancelled.bytesDone(), cancelled.bytesTransferred);
            assertWent(ends, sent, cancelled.bytesTransferred);
        }
    }

    @Test
    @Tag("A3-08")
    @ExactKernel
    void whatNeedNotWaitDoesNotMindTheInterruptStatus() throws Exception {
        try (Ends ends = open()) {
            ends.right().write("abc");
            // To wait for input may end before any has come; with one byte the others are there.
            assertEquals(1, ends.left().read(new byte[1]));
            Thread.currentThread().interrupt();
            try {
                ends.left().write("xyz");
                assertTrue(ends.left().read(new byte[3]) > 0);
                assertTrue(Thread.currentThread().isInterrupted());
            } finally {
                assertTrue(Thread.interrupted());
            }
        }
    }

    @Test
    @Tag("A3-08")
    void aSetStatusCancelsAReadThatWouldHaveToWait() throws Exception {
        try (Ends ends = open()) {
            Thread.currentThread().interrupt();
            assertThrows(SocketInterruptedException.class, () -> ends.left().read(new byte[3]));
            assertTrue(Thread.interrupted());
        }
    }

    // Closing.

    @Test
    @Tag("A1-08")
    void closeWakesAllReadersAndWriters() throws Exception {
        try (Ends ends = open()) {
            List<Task<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiting.add(Task.call(() -> ends.left().read(new byte[10])).parked());
                waiting.add(Task.run(() -> ends.left().write(new byte[MUCH])).parked());
            }
            waiting.add(Task.callOnPlatform(() -> ends.left().read(new byte[10])).parked());
            ends.left().close();
            for (Task<?> each : waiting) {
                var closed = each.failure(ClosedChannelException.class);
                assertTrue(
                        closed instanceof AsynchronousCloseException
                                || closed.getClass() == ClosedChannelException.class);
            }
            assertFalse(ends.left().isOpen());
        }
    }

    @Test
    @Tag("A1-08")
    void aReaderThatWaitsAtCloseIsToldSo() throws Exception {
        try (Ends ends = open()) {
            var reader = Task.call(() -> ends.left().read(new byte[10])).parked();
            ends.left().close();
            reader.failure(AsynchronousCloseException.class);
        }
    }

    @Test
    @Tag("A1-07")
    void afterCloseEverythingSaysClosed() throws Exception {
        try (Ends ends = open()) {
            ends.left().close();
            ends.left().close();
            assertFalse(ends.left().isOpen());
            assertThrows(ClosedChannelException.class, () -> ends.left().read(new byte[1]));
            assertThrows(
                    ClosedChannelException.class, () -> ends.left().read(ByteBuffer.allocate(1)));
            assertThrows(ClosedChannelException.class, () -> ends.left().write(new byte[1]));
            assertThrows(
                    ClosedChannelException.class, () -> ends.left().write(ByteBuffer.allocate(1)));
            assertThrows(ClosedChannelException.class, () -> ends.left().reader().readLine());
            assertThrows(ClosedChannelException.class, ends.left()::awaitInput);
            assertThrows(ClosedChannelException.class, ends.left()::shutdownOutput);
            assertThrows(ClosedChannelException.class, ends.left()::shutdownInput);
        }
    }

    // Several threads.

    @Test
    void aWriteIsNeverTornApartByAnother() throws Exception {
        try (Ends ends = open()) {
            int block = 300_000;
            List<Task<?>> writers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                byte[] own = new byte[block];
                Arrays.fill(own, (byte) i);
                writers.add(
                        Task.run(() -> {
                            ends.left().write(own);
                            ends.left().write(ByteBuffer.wrap(own));
                        }));
            }
            for (int blocks = 0; blocks < 8; blocks++) {
                byte[] got = ends.right().reader().readExactly(block);
                for (byte each : got) {
                    assertEquals(got[0], each);
                }
            }
            for (Task<?> each : writers) {
                each.join();
            }
        }
    }

    @Test
    void severalReadersShareOutTheBytes() throws Exception {
        try (Ends ends = open()) {
            var sum = new AtomicLong();
            List<Task<?>> readers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                readers.add(Task.run(() -> sum.addAndGet(drain(ends.right()).length)));
            }
            for (int i = 0; i < 500; i++) {
                ends.left().write(new byte[1 + i]);
            }
            end(ends.left());
            for (Task<?> each : readers) {
                each.join();
            }
            assertEquals(500 * 501 / 2, sum.get());
        }
    }

    @Test
    void noWakeUpIsLostInManyRoundTrips() throws Exception {
        try (Ends ends = open()) {
            var echo =
                    Task.run(() -> {
                        byte[] one = new byte[1];
                        while (ends.right().read(one) == 1) {
                            ends.right().write(one);
                        }
                    });
            byte[] one = new byte[1];
            for (int i = 0; i < 1_000; i++) {
                one[0] = (byte) i;
                ends.left().write(one);
                one[0]++;
                assertEquals(1, ends.left().read(one));
                assertEquals((byte) i, one[0]);
            }
            end(ends.left());
            echo.join();
        }
    }

    @Test
    void awaitInputReturnsForDataAndForTheEnd() throws Exception {
        try (Ends ends = open()) {
            var waiter = Task.run(() -> awaitAndRead(ends.left())).parked();
            ends.right().write("x");
            waiter.join();
            var second = Task.run(() -> awaitAndRead(ends.left())).parked();
            end(ends.right());
            second.join();
        }
    }

    private static int awaitAndRead(ByteStream stream) throws IOException {
        stream.awaitInput();
        return stream.read(new byte[10]);
    }
}
