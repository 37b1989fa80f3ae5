// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Messages longer than what one call moves of a stream. */
class LongMessagesTest {
    private static final int LENGTH = 150_000;

    @ParameterizedTest
    @ValueSource(ints = {SOCK_DGRAM, SOCK_SEQPACKET})
    void aLongMessageArrivesWhole(int type) throws IOException {
        byte[] message = new byte[LENGTH];
        new Random(7).nextBytes(message);
        try (var pair = LinuxSocket.socketPair(AF_UNIX, type, 0)) {
            pair.left().send(message);
            byte[] array = new byte[LENGTH + 1];
            assertEquals(LENGTH, pair.right().recvInto(array));
            assertArrayEquals(message, Arrays.copyOf(array, LENGTH));

            pair.left().send(message);
            ByteBuffer direct = ByteBuffer.allocateDirect(LENGTH + 1);
            assertEquals(LENGTH, pair.right().recvInto(direct));
            assertEquals(ByteBuffer.wrap(message), direct.flip());

            pair.left().send(message);
            Message whole = pair.right().recvFrom(LENGTH + 1);
            assertEquals(ByteBuffer.wrap(message), whole.payload());
        }
    }
}
