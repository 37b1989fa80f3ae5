// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;

/**
 * What a {@link ClientService} is doing.
 *
 * <pre>
 *   Stopped ──start──► Connecting ──connected──► Preparing ──prepared──► Connected
 *      ▲                 ▲     │                     │                      │
 *      │              time     └──── failed ─────────┴──────── lost ────────┤
 *    stop, and           │                                                  │
 *    it is over          └──────────────────── Waiting ◄────────────────────┘
 * </pre>
 *
 * @param <T> what it is connected by
 */
public sealed interface ClientState<T> {
    /**
     * Nothing.
     *
     * @param wasStarted whether it has been running before
     */
    record Stopped<T>(boolean wasStarted) implements ClientState<T> {}

    /**
     * An attempt to connect is under way.
     *
     * @param failures how many failed before, in a row
     */
    record Connecting<T>(int failures) implements ClientState<T> {}

    /** Connected, and not yet ready to be used: {@link ClientSettings#prepare()}. */
    record Preparing<T>(T transport) implements ClientState<T> {}

    /** Connected. */
    record Connected<T>(T transport) implements ClientState<T> {}

    /**
     * Between two attempts.
     *
     * @param failures how many failed in a row, with the connection that was lost; 1 or more
     * @param why what the last failed of, or the connection was lost by; an {@link
     *     java.io.EOFException} if that ended in order
     * @param delay how long after it the next is made
     */
    record Waiting<T>(int failures, Throwable why, Duration delay) implements ClientState<T> {}

    /** Stopped, but for the connection that is being closed. */
    record Stopping<T>(T transport) implements ClientState<T> {}
}
