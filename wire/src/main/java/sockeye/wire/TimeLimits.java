// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.time.Duration;

/**
 * How long a connection may take for what. Zero is no limit. A limit is never early, and at most an
 * eighth of it, but no more than five seconds, late.
 *
 * @param handshake from the accept until the handler begins: PROXY header and TLS together
 * @param idle how long nothing may come or go while the handler waits for input
 * @param message how long a message may take from its first byte to its last
 * @param stall how long the peer may take nothing of what is to be sent to it
 * @param lifetime from the accept to the end
 */
public record TimeLimits(
        Duration handshake, Duration idle, Duration message, Duration stall, Duration lifetime) {
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Ten seconds to shake hands, a minute to take what is sent; the rest without limit. */
    public static final TimeLimits DEFAULT =
            new TimeLimits(
                    Duration.ofSeconds(10),
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ofMinutes(1),
                    Duration.ZERO);

    public TimeLimits {
        check(handshake);
        check(idle);
        check(message);
        check(stall);
        check(lifetime);
    }

    private static void check(Duration limit) {
        if (limit.isNegative() || limit.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("no limit on a time: " + limit);
        }
    }

    /** The same with another time for handshakes. */
    public TimeLimits withHandshake(Duration handshake) {
        return new TimeLimits(handshake, idle, message, stall, lifetime);
    }

    /** The same with another time of silence. */
    public TimeLimits withIdle(Duration idle) {
        return new TimeLimits(handshake, idle, message, stall, lifetime);
    }

    /** The same with another time for a message. */
    public TimeLimits withMessage(Duration message) {
        return new TimeLimits(handshake, idle, message, stall, lifetime);
    }

    /** The same with another time for a peer that takes nothing. */
    public TimeLimits withStall(Duration stall) {
        return new TimeLimits(handshake, idle, message, stall, lifetime);
    }

    /** The same with another time for the whole connection. */
    public TimeLimits withLifetime(Duration lifetime) {
        return new TimeLimits(handshake, idle, message, stall, lifetime);
    }
}
