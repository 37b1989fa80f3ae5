// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Bytes that say they are a notification of SCTP: read, whatever they are, and never more. */
@Tag("A6-01")
class SctpNotificationTest {
    @Property(tries = 4_000, seed = "8")
    void anyBytesAreSomeNotification(
            @ForAll @Size(max = 200) byte[] bytes, @ForAll @IntRange(max = 15) int type) {
        var in = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        if (bytes.length >= 8) {
            in.putShort(0, (short) (0x8000 + type)).putInt(4, bytes.length);
        }
        SctpNotification news = SctpNotification.decode(in);
        assertEquals(bytes.length, in.remaining(), "the caller's buffer is as it was");
        int rest =
                switch (news) {
                    case SctpNotification.AssociationChange change -> change.details().remaining();
                    case SctpNotification.RemoteError error -> error.details().remaining();
                    case SctpNotification.SendFailed failed -> failed.data().remaining();
                    case SctpNotification.StreamReset reset -> 2 * reset.streams().size();
                    case SctpNotification.Unknown unknown -> unknown.bytes().remaining();
                    default -> 0;
                };
        assertTrue(rest <= bytes.length, "more than there was");
        if (bytes.length < 12) {
            assertTrue(news instanceof SctpNotification.Unknown, "too short to be one");
        }
    }
}
