// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

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

    /**
     * Writes a line for each connection when it is over, and for each that was turned away. Lines
     * are written whole, and a {@link java.io.Flushable} is flushed after each, on the thread of
     * the connection, or that which accepts: what is slow to take them holds up the ends of
     * connections, and in a flood of those that are turned away the beginnings, too.
     *
     * @param out a {@code Writer} or {@code System.out}, which stays the caller's and is never
     *     closed; what it throws costs lines, and is logged once
     */
    static ServerObserver accessLog(AccessFormat format, Appendable out) {
        return new AccessLog(format, out);
    }

    /** The observer that tells this one and then another. */
    default ServerObserver and(ServerObserver other) {
        return new ObserverPair(this, other);
    }

    /** A connection was accepted; its handler runs next, on this thread. */
    default void accepted(ServerConnection connection) {}

    /**
     * A connection was accepted and is not served: {@link #accepted} is not called for it, nor
     * {@link #closed}; but both are for one that came through a proxy and was rejected when that
     * had named its client. Called on the thread that accepts, which it holds up.
     *
     * @param local where it came to
     * @param peer whose it was; null if that is not known
     */
    default void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {}

    /** The handler threw, or the connection broke; {@link #closed} follows. */
    default void failed(ServerConnection connection, Throwable cause) {}

    /** The connection is closed. Called once for each that was accepted. */
    default void closed(ServerConnection connection) {}

    /** A turn of an action threw; the next one comes all the same. */
    default void actionFailed(ServiceAction action, Throwable cause) {}

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

    /**
     * The first answer to a datagram was not sent for this reason ({@link ServerLimits#answers()}).
     * Further ones are counted alone: an attack shall not fill a log.
     */
    default void answerRefused(Endpoint local, AnswerRules.Refusal why) {}
}
