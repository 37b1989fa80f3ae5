// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.LineTooLongException;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What every {@link ByteStream} does, whatever carries its bytes. A suite extends this and says how
 * to make two connected ends; each test gets a new pair.
 */
public abstract class ByteStreamContract extends ByteStreamWaitingContract {
    /** For a suite to extend. */
    protected ByteStreamContract() {}

    // Bytes.

    @Test
    @Tag("A4-01")
    @Tag("A4-02")
    void bytesArriveInOrderInBothDirectionsAtOnce() throws Exception {
        try (Ends ends = open()) {
            byte[] there = noise(3 << 20);
            byte[] back = noise(2 << 20);
            var left = Task.run(() -> ends.left().write(there));
            var right = Task.run(() -> ends.right().write(ByteBuffer.wrap(back)));
            var arrived = Task.call(() -> take(ends.right(), there.length));
            assertArrayEquals(back, take(ends.left(), back.length));
            assertArrayEquals(there, arrived.join());
            left.join();
            right.join();
            end(ends.left());
            assertEquals(-1, ends.right().read(new byte[1]));
        }
    }

    private static byte[] take(ByteStream stream, int length) throws IOException {
        byte[] got = new byte[length];
        for (int done = 0; done < length; ) {
            int count = stream.read(got, done, length - done);
            assertTrue(count > 0);
            done += count;
        }
        return got;
    }

    @Test
    @Tag("A4-05")
    void aReadIntoAVeryLargeArrayGetsAllThatComes() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(5 << 20);
            var writer = Task.run(() -> ends.left().write(sent));
            byte[] got = new byte[sent.length];
            int done = 0;
            while (done < got.length) {
                done += ends.right().read(got, done, got.length - done);
            }
            assertArrayEquals(sent, got);
            writer.join();
        }
    }

    @Test
    @Tag("A4-05")
    void directBuffersCarryBytesBothWays() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(3 << 20);
            ByteBuffer out = ByteBuffer.allocateDirect(sent.length).put(sent).flip();
            var writer = Task.call(() -> ends.left().write(out));
            ByteBuffer in = ByteBuffer.allocateDirect(sent.length);
            while (in.hasRemaining()) {
                assertTrue(ends.right().read(in) > 0);
            }
            byte[] got = new byte[sent.length];
            in.flip().get(got);
            assertArrayEquals(sent, got);
            assertEquals(sent.length, writer.join());
            assertFalse(out.hasRemaining());
        }
    }

    @Test
    void aReadWaitsForOneByteAndGivesWhatIsThere() throws Exception {
        try (Ends ends = open()) {
            byte[] bytes = new byte[100];
            var reader = Task.call(() -> ends.left().read(bytes, 7, 93)).parked();
            ends.right().write(new byte[] {42});
            assertEquals(1, reader.join());
            assertEquals(42, bytes[7]);
        }
    }

    @Test
    void aReadWaitsOnAPlatformThreadToo() throws Exception {
        try (Ends ends = open()) {
            byte[] bytes = new byte[100];
            var reader = Task.callOnPlatform(() -> ends.left().read(bytes)).parked();
            ends.right().write(new byte[] {42});
            assertEquals(1, reader.join());
        }
    }

    @Test
    void aReadOfNothingIsZeroAndNeverWaits() throws Exception {
        try (Ends ends = open()) {
            assertEquals(0, ends.left().read(new byte[0]));
            assertEquals(0, ends.left().read(ByteBuffer.allocate(0)));
            ends.right().close();
            assertEquals(0, ends.left().read(new byte[0]));
            assertEquals(0, ends.left().read(ByteBuffer.allocateDirect(0)));
        }
    }

    @Test
    void aWriteOfNothingDoesNothing() throws Exception {
        try (Ends ends = open()) {
            ends.left().write(new byte[0]);
            assertEquals(0, ends.left().write(ByteBuffer.allocate(0)));
            ends.left().write("x");
            assertEquals(1, ends.right().read(new byte[10]));
        }
    }

    @Test
    void wrongBoundsAreRefusedBeforeAnythingHappens() throws Exception {
        try (Ends ends = open()) {
            byte[] bytes = new byte[4];
            assertThrows(IndexOutOfBoundsException.class, () -> ends.left().read(bytes, 3, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> ends.left().write(bytes, -1, 2));
            assertThrows(IndexOutOfBoundsException.class, () -> ends.left().write(bytes, 0, 5));
        }
    }

    @Test
    void aReadOnlyBufferIsRefusedForReading() throws Exception {
        try (Ends ends = open()) {
            ends.right().write("abc");
            ByteBuffer heap = ByteBuffer.allocate(8).asReadOnlyBuffer();
            ByteBuffer direct = ByteBuffer.allocateDirect(8).asReadOnlyBuffer();
            assertThrows(IllegalArgumentException.class, () -> ends.left().read(heap));
            assertThrows(IllegalArgumentException.class, () -> ends.left().read(direct));
            assertEquals("abc", text(ends.left(), 3));
        }
    }

    @Test
    void aReadOnlyBufferIsWritten() throws Exception {
        try (Ends ends = open()) {
            ends.left().write(ByteBuffer.wrap(new byte[] {'a', 'b'}).asReadOnlyBuffer());
            assertEquals("ab", text(ends.right(), 2));
        }
    }

    // The end.

    @Test
    @Tag("A2-08")
    void theEndIsMinusOneInEveryFormAndStays() throws Exception {
        try (Ends ends = open()) {
            ends.right().write("abc");
            end(ends.right());
            assertEquals("abc", text(ends.left(), 3));
            assertEquals(-1, ends.left().read(new byte[1]));
            assertEquals(-1, ends.left().read(ByteBuffer.allocate(1)));
            assertEquals(-1, ends.left().read(ByteBuffer.allocateDirect(1)));
            assertEquals(-1, ends.left().inputStream().read());
            assertNull(ends.left().reader().readLine());
            assertEquals(-1, ends.left().read(new byte[1]));
        }
    }

    @Test
    @Tag("A2-08")
    void halfCloseLeavesTheOtherHalf() throws Exception {
        need(Ability.HALF_CLOSE);
        try (Ends ends = open()) {
            ends.left().shutdownOutput();
            assertEquals(-1, ends.right().read(new byte[1]));
            ends.right().write("still here");
            ends.right().shutdownOutput();
            assertArrayEquals("still here".getBytes(StandardCharsets.UTF_8), drain(ends.left()));
        }
    }

    @Test
    void theEndWakesAReaderThatWaits() throws Exception {
        try (Ends ends = open()) {
            var reader = Task.call(() -> ends.left().read(new byte[10])).parked();
            end(ends.right());
            assertEquals(-1, reader.join());
        }
    }

    @Test
    void whatWasWrittenBeforeCloseArrives() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = noise(20_000);
            ends.left().write(sent);
            ends.left().close();
            assertArrayEquals(sent, drain(ends.right()));
        }
    }

    @Test
    @Tag("A8-04")
    void writingToAPeerThatIsGoneFailsAndKillsNobody() throws Exception {
        need(Ability.NOTICING_NO_READER);
        try (Ends ends = open()) {
            ends.right().close();
            byte[] some = new byte[1 << 16];
            assertThrows(
                    IOException.class,
                    () -> {
                        for (int i = 0; i < 1_000; i++) {
                            ends.left().write(some);
                        }
                    });
        }
    }

    @Test
    void aPeerThatGoesWakesAWriterThatWaits() throws Exception {
        need(Ability.NOTICING_NO_READER);
        try (Ends ends = open()) {
            var writer = Task.run(() -> ends.left().write(new byte[MUCH])).parked();
            ends.right().close();
            writer.failure(IOException.class);
        }
    }

    // Lines.

    @Test
    @Tag("A4-16")
    void linesEndInLfOrCrlfAndTheLastNeedsNoEnd() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("one\ntwo\r\n\nc\rd\nlast");
            end(ends.left());
            var lines = ends.right().reader();
            assertSame(lines, ends.right().reader());
            assertEquals("one", lines.readLine());
            assertEquals("two", lines.readLine());
            assertEquals("", lines.readLine());
            assertEquals("c\rd", lines.readLine());
            assertArrayEquals("last".getBytes(StandardCharsets.UTF_8), lines.readLineBytes());
            assertNull(lines.readLine());
            assertNull(lines.readLineBytes());
        }
    }

    @Test
    void aLineOfExactlyTheLimitPassesAndALongerOneDoesNot() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("12345\r\n12345\n123456\n");
            var lines = ends.right().reader().limit(5);
            assertEquals("12345", lines.readLine());
            assertEquals("12345", lines.readLine());
            assertThrows(LineTooLongException.class, lines::readLine);
            assertThrows(LineTooLongException.class, lines::readLine);
        }
    }

    @Test
    void aLineWithoutEndIsRefusedAtTheLimit() throws Exception {
        try (Ends ends = open()) {
            var writer = Task.run(() -> ends.left().write("x".repeat(100_000)));
            var lines = ends.right().reader();
            assertThrows(LineTooLongException.class, lines::readLine);
            writer.join();
        }
    }

    @Test
    void readExactlySaysWhereTheStreamEndedAndKeepsTheRest() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("abcde");
            end(ends.left());
            var reader = ends.right().reader();
            assertArrayEquals(new byte[] {'a', 'b'}, reader.readExactly(2));
            assertArrayEquals(new byte[0], reader.readExactly(0));
            assertThrows(EOFException.class, () -> reader.readExactly(4));
            assertArrayEquals(new byte[] {'c', 'd', 'e'}, reader.readExactly(3));
        }
    }

    @Test
    void readsAfterTheReaderGetWhatItHolds() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("line\nrest");
            end(ends.left());
            assertEquals("line", ends.right().reader().readLine());
            ByteBuffer direct = ByteBuffer.allocateDirect(1);
            assertEquals(1, ends.right().read(direct));
            assertEquals('r', direct.get(0));
            ByteBuffer heap = ByteBuffer.allocate(4).position(3);
            assertEquals(1, ends.right().read(heap));
            assertEquals('e', heap.get(3));
            assertArrayEquals("st".getBytes(StandardCharsets.UTF_8), drain(ends.right()));
        }
    }

    @Test
    void answersToPipelinedLinesArriveBeforeTheNextWait() throws Exception {
        try (Ends ends = open()) {
            var server =
                    Task.run(() -> {
                        var lines = ends.right().reader();
                        for (String line; (line = lines.readLine()) != null; ) {
                            ends.right().write(line + "!\n");
                        }
                        end(ends.right());
                    });
            ends.left().write("a\nb\nc\n");
            var answers = ends.left().reader();
            assertEquals("a!", answers.readLine());
            assertEquals("b!", answers.readLine());
            assertEquals("c!", answers.readLine());
            end(ends.left());
            if (can(Ability.HALF_CLOSE)) {
                assertNull(answers.readLine());
            }
            server.join();
        }
    }

    @Test
    void answersArriveBeforeAWaitInEveryFormOfRead() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("a\nb\n");
            var lines = ends.right().reader();
            assertEquals("a", lines.readLine());
            ends.right().write("1");
            assertEquals("b", lines.readLine());
            var direct = Task.call(() -> ends.right().read(ByteBuffer.allocateDirect(10)));
            assertEquals("1", text(ends.left(), 1));
            ends.left().write("c\nd\n");
            direct.join();
        }
    }

    @Test
    void whatWasHeldBackSurvivesATimeout() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("1\n2\n");
            assertEquals("1", ends.right().reader().readLine());
            byte[] sent = noise(MUCH);
            var writer =
                    Task.call(() ->
                            assertThrows(
                                    SocketTimeoutException.class, () -> ends.right().write(sent)));
            writer.parked();
            ends.right().writeDeadline(PASSED);
            int went = writer.join().bytesTransferred;
            // Held back, for the thread that reads has a further line to answer; there is no room.
            ends.right().write(sent, went, 1_000);
            try {
                ends.right().flush();
            } catch (SocketTimeoutException expected) {
                assertTrue(ends.right().isOpen());
            }
            ends.right().writeDeadline(Deadline.NONE);
            var reader = Task.call(() -> drain(ends.left()));
            end(ends.right());
            assertArrayEquals(Arrays.copyOf(sent, went + 1_000), reader.join());
        }
    }

    // As java.io.

    @Test
    @Tag("A4-16")
    void streamsOfJavaIoReadAndWriteAndGoOnAfterATimeout() throws Exception {
        try (Ends ends = open()) {
            InputStream in = ends.left().inputStream();
            OutputStream out = ends.right().outputStream();
            out.write('a');
            out.write(new byte[] {'b', (byte) 0xff});
            out.flush();
            assertEquals('a', in.read());
            assertEquals('b', in.read());
            assertEquals(0xff, in.read());
            ends.left().readDeadline(PASSED);
            assertThrows(SocketTimeoutException.class, in::read);
            ends.left().readDeadline(Deadline.NONE);
            out.write('c');
            assertEquals('c', in.read());
            out.close();
            assertEquals(-1, in.read());
            assertFalse(ends.right().isOpen());
        }
    }

    @Test
    void theInputStreamBeginsWithWhatTheReaderHolds() throws Exception {
        try (Ends ends = open()) {
            ends.left().write("line\nrest");
            end(ends.left());
            assertEquals("line", ends.right().reader().readLine());
            assertArrayEquals(
                    "rest".getBytes(StandardCharsets.UTF_8),
                    ends.right().inputStream().readAllBytes());
        }
    }

    @Test
    void unwrapFindsTheStreamItself() throws Exception {
        try (Ends ends = open()) {
            assertSame(ends.left(), ends.left().unwrap(ByteStream.class).orElseThrow());
            assertTrue(ends.left().unwrap(String.class).isEmpty());
        }
    }
}
