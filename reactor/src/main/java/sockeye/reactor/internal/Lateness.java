// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;

import java.net.SocketTimeoutException;
import java.time.Duration;

/** How it is said that a connection has taken too long. */
final class Lateness {
    /** How long a connection may take to leave after it was told. */
    static final long GRACE = 1_000_000_000;

    private Lateness() {}

    /** {@code silent for 10 s}. */
    static SocketTimeoutException of(TimeLimits limits, TimeLimit over) {
        return new SocketTimeoutException(text(limits, over));
    }

    /** {@code tcp:192.0.2.1:4711: silent for 10 s}. */
    static SocketTimeoutException of(@Nullable Endpoint peer, TimeLimits limits, TimeLimit over) {
        return new SocketTimeoutException((peer == null ? "" : peer + ": ") + text(limits, over));
    }

    private static String text(TimeLimits limits, TimeLimit over) {
        Duration time = limits.of(over);
        return over
                + " "
                + (time.toMillisPart() == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms");
    }
}
