// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

/**
 * Is told what happens at a {@link ServiceHost}, on the reactor's thread, which it holds up; what
 * it throws goes to {@link ReactorSettings#failures}. Every method does nothing unless it is
 * overridden.
 */
public interface HostObserver {
    /**
     * Writes a line for each connection when it is over, and for each that was turned away, whole,
     * on the reactor's thread: so it had better be taken by something that does not wait.
     *
     * @param out stays the caller's and is never closed; a {@link java.io.Flushable} is flushed
     *     after each line. What it throws costs lines, and is logged once
     */
    static HostObserver accessLog(AccessFormat format, Appendable out) {
        return new HostAccessLog(format, out);
    }

    /** The observer that tells this one and then another. */
    default HostObserver and(HostObserver other) {
        return new HostObserverPair(this, other);
    }

    /** A connection is served from now on. */
    default void accepted(HostedConnection connection) {}

    /**
     * A connection is closed that was {@link #accepted}.
     *
     * @param why null if it ended in order, or with its host; else what went wrong, a limit on time
     *     being told as a {@link java.net.SocketTimeoutException}
     */
    default void closed(HostedConnection connection, @Nullable Throwable why) {}

    /**
     * A connection has come and is not served.
     *
     * @param local where it came to
     * @param peer whose it was; null if that is not known
     */
    default void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {}

    /**
     * A connection that came through a proxy was {@link #accepted}, and is not served now that its
     * client is named; {@link #closed} follows. Tells {@link #rejected(Endpoint, Endpoint,
     * Rejection)}, unless it is overridden.
     */
    default void rejected(HostedConnection connection, Rejection why) {
        rejected(connection.local(), connection.peer(), why);
    }

    /** The service threw over a datagram. */
    default void requestFailed(@Nullable Endpoint peer, Throwable cause) {}

    /**
     * The first answer to a datagram was not sent for this reason. Further ones are counted alone:
     * an attack shall not fill a log.
     */
    default void answerRefused(Endpoint local, AnswerRules.Refusal why) {}
}
