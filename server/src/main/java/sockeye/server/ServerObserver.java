// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.io.IOException;

/**
 * Is told what happens in a server. Every method does nothing unless it is overridden.
 *
 * <p>The calls come on the thread on which it happens, several at once; what they throw is thrown
 * away. They hold up that thread and no other.
 */
public interface ServerObserver {
    /** Tells the loggers of {@link System.Logger}, under the name {@code sockeye.server}. */
    static ServerObserver logging() {
        return new LoggingObserver();
    }

    /** A connection was accepted; its handler runs next, on this thread. */
    default void accepted(ServerConnection connection) {}

    /** The handler threw, or the connection broke; {@link #closed} follows. */
    default void failed(ServerConnection connection, Throwable cause) {}

    /** The connection is closed. Called once for each that was accepted. */
    default void closed(ServerConnection connection) {}

    /** The handler of a datagram threw. */
    default void requestFailed(@Nullable Endpoint peer, Throwable cause) {}

    /**
     * Accepting connections, or receiving datagrams, fails: descriptors or memory are short. Called
     * once, at the first failure; the server goes on trying.
     */
    default void troubled(Endpoint local, IOException cause) {}

    /**
     * The trouble is over.
     *
     * @param turnedAway how many connections were accepted meanwhile only to be closed, so that
     *     their peers were told
     */
    default void recovered(Endpoint local, long turnedAway) {}
}
