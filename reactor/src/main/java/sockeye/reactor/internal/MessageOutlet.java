// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.MessageTransport;

import java.nio.ByteBuffer;

/**
 * A transport of messages as the layer above it sends: a message is made first, in the memory that
 * it is sent from, and goes then. So whoever holds one meanwhile holds it with its address and all
 * that is beside it, and copies nothing.
 */
interface MessageOutlet extends MessageTransport {
    /**
     * Makes a message of what remains, and consumes that.
     *
     * @param peer to whom; null for who the socket is connected to
     * @return the caller's, to be dispatched or released; null if it is too late for any
     */
    @Nullable Chunk prepare(ByteBuffer message, @Nullable Endpoint peer);

    /** The same as an answer to the message that is shown; null too if that cannot be answered. */
    @Nullable Chunk prepareReply(ByteBuffer message);

    /** Sends what was made here, if anything was, and takes it over. */
    void dispatch(@Nullable Chunk message);

    @Override
    default void send(ByteBuffer message) {
        dispatch(prepare(message, null));
    }

    @Override
    default void send(ByteBuffer message, Endpoint peer) {
        dispatch(prepare(message, peer));
    }

    @Override
    default void reply(ByteBuffer message) {
        dispatch(prepareReply(message));
    }
}
