// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.TimeLimit;

import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * A connection has exceeded one of its {@link sockeye.wire.TimeLimits}. Its handler sees a {@link
 * SocketTimeoutException} where it waits; this is what observers are told then.
 */
public final class TimeLimitException extends SocketTimeoutException {
    private static final long serialVersionUID = 1;

    /** Which limit. */
    private final TimeLimit limit;

    TimeLimitException(TimeLimit limit, Duration time, Throwable cause) {
        super(limit + " " + text(time));
        this.limit = limit;
        initCause(cause);
    }

    private static String text(Duration time) {
        return time.toMillisPart() == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    /** Which limit. */
    public TimeLimit limit() {
        return limit;
    }
}
