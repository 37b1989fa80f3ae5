// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_SEQPACKET;

import org.junit.jupiter.api.Test;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Reading at its limits: of size, of time, of what there is. */
class ReadingBoundsTest {

    @Test
    void theLargestLimitIsNoLimit() throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.left().write("hello\n");
            assertEquals("hello", pair.right().reader().limit(Integer.MAX_VALUE).readLine());
        }
    }

    @Test
    void aCountThatIsNeverReachedTakesNoMemory() throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.left().write("abc");
            pair.left().shutdownOutput();
            LineReader reader = pair.right().reader();
            assertThrows(EOFException.class, () -> reader.readExactly(Integer.MAX_VALUE));
            assertArrayEquals(new byte[] {'a', 'b', 'c'}, reader.readExactly(3));
        }
    }

    @Test
    void anInputStreamInventsNothingInNonBlockingMode() throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.right().socket().setBlocking(false);
            IOException refused =
                    assertThrows(IOException.class, () -> pair.right().inputStream().read());
            assertEquals("EAGAIN", ((ErrnoFailure) refused).errno().symbol());
        }
    }

    @Test
    void lookingForAllLooksOnce() throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.left().write("abc");
            byte[] bytes = new byte[8];
            int flags = MessageFlag.MSG_PEEK | MessageFlag.MSG_WAITALL;
            assertEquals(3, pair.right().socket().recvInto(bytes, 0, 8, flags));
            assertArrayEquals(Arrays.copyOf(new byte[] {'a', 'b', 'c'}, 8), bytes);
        }
    }

    @Test
    void gatheringInNonBlockingModeSaysHowMuchWent() throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.left().socket().setBlocking(false);
            ByteBuffer[] much = {ByteBuffer.allocate(1), ByteBuffer.allocate(8 << 20)};
            long went = pair.left().write(much);
            assertTrue(went > 1 && went == 1 + much[1].position(), () -> "went " + went);
            assertEquals(0, pair.left().write(much));
        }
    }

    @Test
    void anEmptyRecordThatBringsADescriptorIsNoEnd() throws IOException {
        try (var pair = MessageSocket.pair(SOCK_SEQPACKET)) {
            var rights = new Ancillary.Rights(List.of(pair.left()));
            pair.left().send(ByteBuffer.allocate(0), List.of(rights));
            pair.left().shutdownOutput();
            int room = Ancillary.space(Integer.BYTES);
            try (Message message = pair.right().receive(ByteBuffer.allocate(8), room)) {
                assertEquals(1, message.descriptors().size());
            }
            assertEquals(null, pair.right().receive(ByteBuffer.allocate(8), room));
        }
    }

    @Test
    void aDeadlineBeforeTheBeginningOfTimeHasPassed() {
        assertTrue(Deadline.after(Duration.ofDays(-1)).isPassed());
        assertTrue(Deadline.after(Duration.ofSeconds(Long.MIN_VALUE)).isPassed());
        assertEquals(Deadline.NONE, Deadline.after(Duration.ofSeconds(Long.MAX_VALUE)));
    }

    @Test
    void aBackloggedConnectWaitsForRoom() throws Exception {
        UnixEndpoint name = UnixEndpoint.ofAbstract("sockeye-backlog-" + System.nanoTime());
        try (LinuxSocket listener = LinuxSocket.socket(AF_UNIX, SocketType.SOCK_STREAM);
                LinuxSocket first = LinuxSocket.socket(AF_UNIX, SocketType.SOCK_STREAM);
                LinuxSocket second = LinuxSocket.socket(AF_UNIX, SocketType.SOCK_STREAM)) {
            listener.bind(name);
            listener.listen(0);
            first.connect(name);
            second.setTimeout(Duration.ofMillis(20));
            assertThrows(SocketTimeoutException.class, () -> second.connect(name));
            listener.accept().socket().close();
            second.connect(name);
            assertEquals(name, second.getPeerName());
        }
    }
}
