// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Records of vsock that a receiver does not take in time: whole, or an error. In the lab. */
@Tag("lab-kernel")
@Tag("A6-08")
class VsockRecordsInTheLabTest {
    private static final int LENGTH = 60_000;

    private record Both(LinuxSocket left, LinuxSocket right) implements AutoCloseable {
        static Both connected() throws IOException {
            int type = SocketType.SOCK_SEQPACKET;
            try (var listener = LinuxSocket.socket(AddressFamily.AF_VSOCK, type)) {
                listener.bind(VsockEndpoint.local(VsockEndpoint.VMADDR_PORT_ANY));
                listener.listen(1);
                var left = LinuxSocket.socket(AddressFamily.AF_VSOCK, type);
                left.connect(listener.getSockName());
                var both = new Both(left, listener.accept().socket());
                both.left.setTimeout(Duration.ofSeconds(30));
                both.right.setTimeout(Duration.ofSeconds(30));
                return both;
            } catch (IOException lacking) {
                System.err.println("*** skipped: vsock: " + lacking.getMessage());
                return Assumptions.abort(lacking.getMessage());
            }
        }

        @Override
        public void close() throws IOException {
            left.close();
            right.close();
        }
    }

    private static byte[] record(int number) {
        byte[] bytes = new byte[LENGTH];
        ByteBuffer.wrap(bytes).putInt(0, number).putInt(LENGTH - 4, number);
        return bytes;
    }

    private static void assertWhole(int number, byte[] received) {
        assertEquals(LENGTH, received.length, "record " + number);
        var in = ByteBuffer.wrap(received);
        assertEquals(number, in.getInt(0));
        assertEquals(number, in.getInt(LENGTH - 4));
    }

    @Test
    void aRecordThatIsTornEndsTheConnectionAndTheReceiverSeesWholeOnes() throws Exception {
        try (var both = Both.connected()) {
            int[] sent = {0};
            var torn =
                    assertThrows(
                            SocketFailure.class,
                            () -> {
                                while (true) {
                                    both.left.send(record(sent[0]));
                                    sent[0]++;
                                }
                            });
            assertEquals(Errno.ECONNABORTED, torn.errno());
            assertTrue(sent[0] >= 2, "no room at all");
            for (int i = 0; i < sent[0]; i++) {
                assertWhole(i, both.right.recv(2 * LENGTH));
            }
            assertEquals(0, both.right.recv(2 * LENGTH).length, "then the end");
            var after = assertThrows(SocketFailure.class, () -> both.left.send(record(0)));
            assertEquals(Errno.EPIPE, after.errno());
        }
    }

    @Test
    void recordsThatFillTheRoomExactlyWaitForMore() throws Exception {
        try (var both = Both.connected()) {
            // Of a size that divides the buffer: there is never room in part.
            byte[] block = new byte[1 << 16];
            var sender =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < 40; i++) {
                                        block[0] = (byte) i;
                                        both.left.send(block);
                                    }
                                } catch (IOException failed) {
                                    throw new UncheckedIOException(failed);
                                }
                            });
            for (int i = 0; i < 40; i++) {
                byte[] received = both.right.recv(1 << 17);
                assertEquals(block.length, received.length);
                assertEquals((byte) i, received[0]);
            }
            sender.join();
        }
    }

    @Test
    void aSendAfterTheEndIsToldOfItEvenWithoutRoom() throws Exception {
        try (var both = Both.connected()) {
            byte[] block = new byte[1 << 16];
            for (int i = 0; i < 4; i++) {
                both.left.send(block);
            }
            both.left.shutdown(1);
            var ended = assertThrows(SocketFailure.class, () -> both.left.send(block));
            assertEquals(Errno.EPIPE, ended.errno());
        }
    }
}
