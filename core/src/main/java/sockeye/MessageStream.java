// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Messages to and from one peer, each whole: the sibling of {@link ByteStream}. A connected {@link
 * MessageSocket}, or anything that looks like one.
 *
 * <p>Any method may be called by any thread. Close wakes every thread that waits, which throws
 * {@link java.nio.channels.AsynchronousCloseException}.
 */
public interface MessageStream extends AutoCloseable {
    /**
     * Waits for a message and puts it into what remains of the buffer.
     *
     * @return the message, its payload a view of what was received into the buffer; {@link
     *     Message#truncated()} if it was longer. Null at the peer's end, on connections that have
     *     one (SOCK_SEQPACKET); an empty message is none.
     */
    @Nullable Message receive(ByteBuffer buffer) throws IOException;

    /** Sends what remains of the buffer as one message; its position moves. */
    void send(ByteBuffer message) throws IOException;

    /** Sends an array as one message. */
    default void send(byte[] message) throws IOException {
        send(ByteBuffer.wrap(message));
    }

    /** Sends text in UTF-8 as one message. */
    default void send(String message) throws IOException {
        send(message.getBytes(StandardCharsets.UTF_8));
    }

    /** Whom this is connected to, as far as it is known. */
    @Nullable Endpoint peer();

    /** This end's own address, as far as it is known. */
    @Nullable Endpoint local();

    /** Sets the time by which every receive has to be done, waiting ones included. */
    void readDeadline(Deadline deadline);

    /** Sets the time by which every send has to be done, waiting ones included. */
    void writeDeadline(Deadline deadline);

    /** What this is made of, if it is of that kind. */
    <T> Optional<T> unwrap(Class<T> kind);

    /** Whether it has not been closed. */
    boolean isOpen();

    @Override
    void close() throws IOException;
}
