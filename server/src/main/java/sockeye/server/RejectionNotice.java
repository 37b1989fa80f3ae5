// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.wire.Rejection;

import java.nio.charset.StandardCharsets;

/**
 * What a peer is told whose connection is rejected: bytes of the protocol that it expects, such as
 * {@code "421 too many connections\r\n"}. They are sent as they are, before any layer: to a client
 * that expects TLS, a record of TLS is all that it understands.
 */
@FunctionalInterface
public interface RejectionNotice {
    /** Nothing: the connection is closed, as a server does that has nothing to say. */
    RejectionNotice NONE = why -> null;

    /**
     * What to send; null for nothing. Called for each rejected connection, so it had better be
     * ready.
     */
    byte @Nullable [] of(Rejection why);

    /** The same text, in UTF-8, for whatever reason. */
    static RejectionNotice text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return why -> bytes;
    }
}
