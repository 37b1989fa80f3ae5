// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.PeerCredentials;

/**
 * What a driver knows about the other end of a connection, or about who sent a message: the
 * argument of services that tell their clients apart.
 *
 * <p>Most services ask nothing, so a driver may find out what is asked when it is asked, and hand
 * over the same object for each message. All answers may be null: not every transport knows.
 */
public interface PeerFacts {
    /** Of somebody of whom nothing is known. */
    PeerFacts UNKNOWN = () -> null;

    /** Who it is: behind a proxy, the client that the proxy vouches for. */
    @Nullable Endpoint peer();

    /** Who has connected to the socket: the proxy, if there is one between, else the peer. */
    default @Nullable Endpoint carrier() {
        return peer();
    }

    /** The address that the peer came to. */
    default @Nullable Endpoint local() {
        return null;
    }

    /** Process, user and group at the other end, as the kernel vouches: of AF_UNIX alone. */
    default @Nullable PeerCredentials credentials() {
        return null;
    }

    /** What the handshake of TLS came to; null if the connection has none. */
    default @Nullable TlsDetails tls() {
        return null;
    }

    /**
     * The most bytes that an answer to this message may have, or {@link Integer#MAX_VALUE}: a
     * server does not send more to an address that anyone could have written there ({@link
     * AnswerRules}). A service that can be brief is.
     */
    default int answerRoom() {
        return Integer.MAX_VALUE;
    }
}
