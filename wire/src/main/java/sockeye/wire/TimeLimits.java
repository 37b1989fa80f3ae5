// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.time.Duration;
import java.util.List;

/**
 * How long a connection may take for what. Zero is no limit. None is applied early; one may be some
 * {@link #lookEvery()} late.
 *
 * @param handshake from the accept until the handler begins: PROXY header and TLS together
 * @param idle how long nothing may come or go while the handler waits for input
 * @param message how long a message may take from its first byte to its last, while the handler
 *     waits for the rest; where nobody counts messages, one lasts until something is answered
 * @param stall how long the peer may take nothing of what is to be sent to it
 * @param lifetime from the accept to the end
 */
public record TimeLimits(
        Duration handshake, Duration idle, Duration message, Duration stall, Duration lifetime) {
    private static final Duration LONGEST = Duration.ofDays(36_500);
    private static final Duration SOONEST = Duration.ofMillis(5);
    private static final Duration LATEST = Duration.ofSeconds(5);

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

    /** The limit of this kind. */
    public Duration of(TimeLimit limit) {
        return switch (limit) {
            case HANDSHAKE -> handshake;
            case IDLE -> idle;
            case MESSAGE -> message;
            case STALL -> stall;
            case LIFETIME -> lifetime;
        };
    }

    /**
     * How often a {@link Vigil} has to look: an eighth of the shortest limit, from 5 ms to 5 s;
     * zero if there is nothing to look for.
     */
    public Duration lookEvery() {
        Duration shortest = LONGEST;
        for (Duration each : List.of(idle, message, stall, lifetime)) {
            if (!each.isZero() && each.compareTo(shortest) < 0) {
                shortest = each;
            }
        }
        if (shortest.equals(LONGEST)) {
            return Duration.ZERO;
        }
        long nanos = shortest.toNanos() / 8;
        return Duration.ofNanos(Math.clamp(nanos, SOONEST.toNanos(), LATEST.toNanos()));
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
