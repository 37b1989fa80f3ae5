// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/** A direct buffer's memory is remembered from call to call; its bounds are not. */
class DirectBufferTest {
    @Test
    void theSameBufferServesAtAnyPositionAndLimit() throws IOException {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            ByteBuffer out = ByteBuffer.allocateDirect(6).put("abcdef".getBytes(US_ASCII));
            ByteBuffer in = ByteBuffer.allocateDirect(6);
            pair.left().send(out.position(1).limit(3), 0);
            assertEquals(3, out.position());
            pair.left().sendAll(out.clear().position(4), 0);
            assertEquals(6, out.position());
            assertEquals(3, pair.right().recvInto(in.position(0).limit(3)));
            assertEquals(1, pair.right().recvInto(in.limit(6)));
            assertEquals(4, in.position());
            assertArrayEquals("bcef".getBytes(US_ASCII), taken(in.flip()));
        }
    }

    @Test
    void buffersMayAlternate() throws IOException {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            ByteBuffer one = ByteBuffer.allocateDirect(1).put((byte) 1);
            ByteBuffer two = ByteBuffer.allocateDirect(2).put((byte) 2).put((byte) 3);
            pair.left().send(one.flip(), 0);
            pair.left().send(two.flip(), 0);
            pair.left().send(one.flip(), 0);
            pair.right().recvInto(one.clear());
            pair.right().recvInto(two.clear());
            assertArrayEquals(new byte[] {1}, taken(one.flip()));
            assertArrayEquals(new byte[] {2, 3}, taken(two.flip()));
            pair.right().recvInto(one.clear());
            assertArrayEquals(new byte[] {1}, taken(one.flip()));
        }
    }

    @Test
    void aBufferWhoseArenaIsClosedIsRefused() throws IOException {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            ByteBuffer buffer;
            try (Arena arena = Arena.ofConfined()) {
                buffer = arena.allocate(4).asByteBuffer();
                pair.left().send(buffer.clear(), 0);
                pair.right().recvInto(buffer.clear());
            }
            assertThrows(IllegalStateException.class, () -> pair.left().send(buffer.clear(), 0));
            assertThrows(IllegalStateException.class, () -> pair.right().recvInto(buffer.clear()));
        }
    }

    private static byte[] taken(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
