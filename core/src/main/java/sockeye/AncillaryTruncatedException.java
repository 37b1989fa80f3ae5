// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Descriptors may have been lost: a receive over AF_UNIX gave room for control data, and the kernel
 * says that not all of it could be delivered ({@code MSG_CTRUNC}). Either the room was too small,
 * or the process, at its limit of open files, could not take the descriptors.
 *
 * <p>The descriptors that did arrive have been closed, since nobody can tell which ones they were
 * meant to be; {@link #received()} says how many. The bytes and the rest are not lost: {@link
 * #message()}. The socket is as usable as before.
 */
public final class AncillaryTruncatedException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Message message;
    private final int received;

    /**
     * Closes what the message brought.
     *
     * @param message a message whose {@link Message#ancillaryTruncated()} is true
     */
    public AncillaryTruncatedException(Message message) {
        this(message, message.descriptors().size());
    }

    private AncillaryTruncatedException(Message message, int received) {
        super(
                "control data truncated (MSG_CTRUNC): "
                        + received
                        + " descriptors arrived and were closed, others are lost;"
                        + " the room for control data or the limit of open files is too small");
        message.close();
        this.message = message;
        this.received = received;
    }

    /** The same, about the message with its bytes. */
    AncillaryTruncatedException withPayload(ByteBuffer payload) {
        return new AncillaryTruncatedException(message.withPayload(payload), received);
    }

    /** What was received, its descriptors closed. Null only in a deserialized copy. */
    public Message message() {
        return message;
    }

    /** How many descriptors arrived, and were closed. */
    public int received() {
        return received;
    }
}
