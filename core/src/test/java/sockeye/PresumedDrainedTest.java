// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;
import java.util.List;

/** A short read of an AF_UNIX stream probably took all; what it did not take comes all the same. */
@Timeout(30)
class PresumedDrainedTest {
    @Test
    void whatIsQueuedBehindAPassedDescriptorIsReadWithoutAFurtherEvent() throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair();
                LinuxSocket.Pair other = LinuxSocket.socketPair()) {
            afterWaiting(pair, 1);
            pair.left()
                    .sendMsg(
                            new ByteBuffer[] {ByteBuffer.wrap(new byte[] {2})},
                            List.of(Ancillary.Rights.of(pair.left())),
                            0);
            pair.left().send(new byte[] {3});
            // Events come in order: with this one, those before it have been seen.
            afterWaiting(other, 4);
            assertArrayEquals(new byte[] {2}, pair.right().recv(100));
            assertArrayEquals(new byte[] {3}, pair.right().recv(100));
        }
    }

    /** Sends a byte to somebody who waits for it, and returns when it is there. */
    private static void afterWaiting(LinuxSocket.Pair pair, int value) throws Exception {
        Thread reader = Thread.ofVirtual().start(() -> receives(pair.right(), value));
        while (reader.getState() != Thread.State.WAITING
                && reader.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        pair.left().send(new byte[] {(byte) value});
        reader.join();
    }

    @Test
    void anIdleStreamThatWasPresumedEmptyStillWakesForTheNextBytes() throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            for (int turn = 1; turn < 100; turn++) {
                int expected = turn;
                Thread reader = Thread.ofVirtual().start(() -> receives(pair.right(), expected));
                pair.left().send(new byte[] {(byte) turn});
                reader.join();
            }
            assertEquals(0, pair.right().available());
        }
    }

    private static void receives(LinuxSocket socket, int expected) {
        try {
            assertArrayEquals(new byte[] {(byte) expected}, socket.recv(100));
        } catch (java.io.IOException failed) {
            throw new AssertionError(failed);
        }
    }
}
