// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.SocketType.SOCK_DGRAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Descriptors that come in a batch: each has an owner, whether or not anybody asks for it. */
@Tag("A4-18")
class BatchDescriptorsTest {
    private static final int ROOM = Ancillary.space(2 * Integer.BYTES);

    private static void pass(MessageSocket.Pair pair, HasDescriptor... descriptors)
            throws IOException {
        pair.left()
                .send(ByteBuffer.allocate(1), List.of(new Ancillary.Rights(List.of(descriptors))));
    }

    private static PassedDescriptor only(MessageBatch batch) {
        return ((Ancillary.Rights) batch.ancillary(0).getFirst()).descriptors().getFirst();
    }

    @Test
    void whatNobodyAskedForIsClosedByTheNextReceive() throws IOException {
        try (var pair = MessageSocket.pair(SOCK_DGRAM)) {
            var batch = new MessageBatch(2, 8, ROOM);
            int before = OpenDescriptors.count();
            for (int i = 0; i < 3; i++) {
                pass(pair, pair.left());
                assertEquals(1, pair.right().receive(batch));
                assertEquals(before + 1, OpenDescriptors.count());
            }
            batch.clear();
            assertEquals(before, OpenDescriptors.count());
        }
    }

    @Test
    void whatWasAskedForIsTheCallers() throws IOException {
        try (var pair = MessageSocket.pair(SOCK_DGRAM)) {
            var batch = new MessageBatch(2, 8, ROOM);
            pass(pair, pair.left());
            pair.right().receive(batch);
            try (PassedDescriptor passed = only(batch)) {
                assertSame(passed, only(batch));
                batch.clear();
                assertTrue(passed.isOpen());
                assertTrue(OpenDescriptors.exists(passed.fileno()));
            }
        }
    }

    @Test
    void ofTruncatedOnesNoneStaysOpen() throws IOException {
        try (var pair = MessageSocket.pair(SOCK_DGRAM)) {
            var batch = new MessageBatch(1, 8, ROOM);
            int before = OpenDescriptors.count();
            pass(pair, pair.left(), pair.left(), pair.left());
            pair.right().receive(batch);
            assertEquals(MessageFlag.MSG_CTRUNC, batch.flags(0));
            assertFalse(only(batch).isOpen());
            assertEquals(before, OpenDescriptors.count());
        }
    }

    @Test
    void aMessageToANameThatIsTooLongIsNotHalfAdded() {
        var batch = new MessageBatch(1, 8);
        ByteBuffer payload = ByteBuffer.allocate(4);
        Endpoint path = UnixEndpoint.of("/" + "x".repeat(120));
        assertThrows(
                IllegalArgumentException.class,
                () -> batch.add(payload, path, AddressFamily.AF_UNIX));
        assertEquals(0, batch.count());
        assertEquals(4, payload.remaining());
    }
}
