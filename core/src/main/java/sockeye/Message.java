// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One received message, or what one receive took from a stream, with all that came beside the
 * bytes: what recvmsg(2) returns.
 *
 * <p><b>Descriptors.</b> Those that came along belong to the receiver from here on: in {@link
 * #descriptors()}, and in {@link Ancillary.PidFd}. Whoever takes one closes it or makes a socket of
 * it. {@link #close()} closes all that were neither closed nor taken away by then, so a receiver
 * that expects descriptors reads
 *
 * <pre>{@code
 * try (Message message = socket.recvMsg(4096, Ancillary.Rights.space(16), 0)) {
 *     StreamSocket client = message.descriptors().getFirst().asStream();
 *     ...
 * }
 * }</pre>
 *
 * <p>and one that expects none may leave out the {@code try}: a message without descriptors holds
 * nothing that must be closed. Descriptors that are forgotten all the same are closed and reported
 * when the garbage collector finds them; see {@link PassedDescriptor}.
 *
 * <p>The record is immutable, but for the payload's position and limit, which are the reader's.
 *
 * @param payload the bytes, from position to limit
 * @param peer who sent it, or null if the kernel did not say: a connected stream, an unnamed peer
 * @param ancillary what came beside the bytes, in the kernel's order
 * @param flags the kernel's {@code msg_flags}, see {@link MessageFlag}
 * @param length how long the message was, in bytes: more than the payload if it was truncated and
 *     the receive asked for the real length ({@code MSG_TRUNC}), else the same
 */
public record Message(
        ByteBuffer payload,
        @Nullable Endpoint peer,
        List<Ancillary> ancillary,
        int flags,
        int length)
        implements AutoCloseable {

    public Message {
        Objects.requireNonNull(payload);
        ancillary = List.copyOf(ancillary);
    }

    /** The same message with other bytes; the descriptors are those of both. */
    Message withPayload(ByteBuffer other) {
        return new Message(other, peer, ancillary, flags, length);
    }

    /** Whether the end of the message did not fit into the payload and is lost. */
    public boolean truncated() {
        return (flags & MessageFlag.MSG_TRUNC) != 0;
    }

    /**
     * Whether control data is missing: there was no room for it, or the process had no descriptor
     * numbers left ({@code EMFILE}) for those that came.
     */
    public boolean ancillaryTruncated() {
        return (flags & MessageFlag.MSG_CTRUNC) != 0;
    }

    /** Whether a record ends here, on sockets that have records ({@code MSG_EOR}). */
    public boolean endOfRecord() {
        return (flags & MessageFlag.MSG_EOR) != 0;
    }

    /** Whether it is out of band: TCP's urgent byte ({@code MSG_OOB}). */
    public boolean outOfBand() {
        return (flags & MessageFlag.MSG_OOB) != 0;
    }

    /**
     * Whether it came from the error queue ({@code MSG_ERRQUEUE}): see {@link
     * Ancillary.ExtendedError}.
     */
    public boolean fromErrorQueue() {
        return (flags & MessageFlag.MSG_ERRQUEUE) != 0;
    }

    /** The first control message of a kind: {@code message.find(Ancillary.Credentials.class)}. */
    public <A extends Ancillary> Optional<A> find(Class<A> kind) {
        for (Ancillary each : ancillary) {
            if (kind.isInstance(each)) {
                return Optional.of(kind.cast(each));
            }
        }
        return Optional.empty();
    }

    /**
     * The descriptors that were passed, in the sender's order, closed ones included. The same
     * objects each time; they are still closed by {@link #close()} unless taken away, by {@link
     * PassedDescriptor#detach()} or one of its conversions to a socket.
     */
    public List<PassedDescriptor> descriptors() {
        var all = new ArrayList<PassedDescriptor>();
        for (Ancillary each : ancillary) {
            if (each instanceof Ancillary.Rights rights) {
                all.addAll(rights.descriptors());
            }
        }
        return all;
    }

    /**
     * Closes the received descriptors that are still open here; the rest of the message stays
     * readable. Never throws and may be called again.
     */
    @Override
    public void close() {
        for (Ancillary each : ancillary) {
            switch (each) {
                case Ancillary.Rights rights ->
                        rights.descriptors().forEach(PassedDescriptor::closeQuietly);
                case Ancillary.PidFd pidFd -> {
                    PassedDescriptor process = pidFd.descriptor();
                    if (process != null) {
                        process.closeQuietly();
                    }
                }
                default -> {}
            }
        }
    }
}
