// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.PeerCredentials;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A datagram that came, and the way to answer it. It is valid, and its payload stays as it is,
 * until the handler returns; {@link #copy()} keeps it.
 */
public sealed interface Request permits DatagramLoop.Received, DatagramLoop.Kept {
    /** The bytes, from position to limit, which are the handler's to move; maybe none. */
    ByteBuffer payload();

    /** Who sent it; null if the sender has no address, and then there is no way to answer. */
    @Nullable Endpoint peer();

    /**
     * The address of this server that it was sent to, from which it is answered, also where the
     * server is bound to all addresses.
     */
    Endpoint local();

    /**
     * Process, user and group of the sender, as the kernel vouches: over AF_UNIX, if the server's
     * socket was made with {@code SoOption.PASS_CRED} or has rules about users; else null.
     */
    @Nullable PeerCredentials credentials();

    /**
     * The most bytes that an answer may have: over IP, where anybody may have written the sender's
     * address, in proportion to the question ({@link ServerLimits#answers()}); else {@link
     * Integer#MAX_VALUE}.
     */
    int answerRoom();

    /**
     * Sends what remains of the buffer to who asked, and consumes it. It never waits: an answer
     * that the kernel does not take, since the peer's queue stays full, is gone, or refuses its
     * length, is dropped and {@linkplain Server#undelivered counted}, as the network might have
     * dropped it; so is one that {@link ServerLimits#answers()} forbids, by its reason.
     *
     * @throws IOException if the server is closed
     */
    void reply(ByteBuffer answer) throws IOException;

    /** The same for an array. */
    default void reply(byte[] answer) throws IOException {
        reply(ByteBuffer.wrap(answer));
    }

    /** The same for text in UTF-8. */
    default void reply(String answer) throws IOException {
        reply(answer.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The same request with a payload of its own, valid for as long as one likes, to be answered by
     * any thread at any time.
     */
    Request copy();
}
