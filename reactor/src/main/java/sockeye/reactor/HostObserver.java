// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

/**
 * Is told what happens at a {@link ServiceHost}, on the reactor's thread, which it holds up; what
 * it throws goes to {@link ReactorSettings#failures}. Every method does nothing unless it is
 * overridden.
 */
public interface HostObserver {
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

    /** The service threw over a datagram. */
    default void requestFailed(@Nullable Endpoint peer, Throwable cause) {}

    /**
     * The first answer to a datagram was not sent for this reason. Further ones are counted alone:
     * an attack shall not fill a log.
     */
    default void answerRefused(Endpoint local, AnswerRules.Refusal why) {}
}
