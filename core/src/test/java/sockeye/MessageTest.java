// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

class MessageTest {
    private static Message message(int flags, Ancillary... ancillary) {
        return new Message(ByteBuffer.wrap(new byte[] {1, 2}), null, List.of(ancillary), flags, 2);
    }

    private static PassedDescriptor descriptor() {
        return PassedDescriptor.adopt(OpenDescriptors.duplicate());
    }

    @Test
    @Tag("A4-10")
    void eachFlagHasItsQuestion() {
        assertTrue(message(MessageFlag.MSG_TRUNC).truncated());
        assertTrue(message(MessageFlag.MSG_CTRUNC).ancillaryTruncated());
        assertTrue(message(MessageFlag.MSG_EOR).endOfRecord());
        assertTrue(message(MessageFlag.MSG_OOB).outOfBand());
        assertTrue(message(MessageFlag.MSG_ERRQUEUE).fromErrorQueue());
        Message plain = message(0);
        assertFalse(
                plain.truncated()
                        || plain.ancillaryTruncated()
                        || plain.endOfRecord()
                        || plain.outOfBand()
                        || plain.fromErrorQueue());
    }

    @Test
    void theFirstOfAKindIsFound() {
        Message message =
                message(
                        0,
                        new Ancillary.Drops(1),
                        Ancillary.TimeToLive.ipv4(2),
                        Ancillary.TimeToLive.ipv4(3));
        assertEquals(
                Optional.of(Ancillary.TimeToLive.ipv4(2)),
                message.find(Ancillary.TimeToLive.class));
        assertEquals(Optional.empty(), message.find(Ancillary.Mark.class));
    }

    @Test
    @Tag("H5")
    void closingClosesTheDescriptorsThatNobodyTook() throws IOException {
        int before = OpenDescriptors.count();
        PassedDescriptor first = descriptor();
        PassedDescriptor taken = descriptor();
        PassedDescriptor last = descriptor();
        PassedDescriptor process = descriptor();
        Message message =
                message(
                        0,
                        Ancillary.Rights.of(first, taken),
                        new Ancillary.PidFd(process, null),
                        new Ancillary.PidFd(null, Errno.ESRCH),
                        Ancillary.Rights.of(last, HasDescriptor.borrowed(2)));
        assertEquals(List.of(first, taken, last), message.descriptors());
        int number = taken.detach();
        message.close();
        message.close();
        for (PassedDescriptor each : List.of(first, taken, last, process)) {
            assertEquals(-1, each.fileno());
        }
        assertEquals(before + 1, OpenDescriptors.count());
        OpenDescriptors.close(PassedDescriptor.adopt(number));
        assertEquals(before, OpenDescriptors.count());
        assertTrue(OpenDescriptors.exists(2), "what is borrowed is left open");
    }

    @Test
    @Tag("H5")
    void aTruncationClosesTheDescriptorsAndKeepsTheRest() {
        int before = OpenDescriptors.count();
        var credentials = new Ancillary.Credentials(1, 2, 3);
        Message message =
                message(
                        MessageFlag.MSG_CTRUNC,
                        credentials,
                        Ancillary.Rights.of(descriptor(), descriptor()));
        var truncated = new AncillaryTruncatedException(message);
        assertEquals(before, OpenDescriptors.count());
        assertEquals(2, truncated.received());
        assertSame(message, truncated.message());
        assertTrue(truncated.getMessage().contains("2 descriptors"), truncated.getMessage());
        var other = ByteBuffer.wrap(new byte[] {7});
        var withBytes = truncated.withPayload(other);
        assertEquals(other, withBytes.message().payload());
        assertEquals(2, withBytes.received());
        assertEquals(
                Optional.of(credentials), withBytes.message().find(Ancillary.Credentials.class));
    }
}
