// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

/**
 * How to get from the name in an {@link EndpointSpec} to a connection: whom to ask for addresses,
 * which of them to try, and when.
 *
 * <p>A stream goes by Happy Eyeballs, RFC 8305: the addresses of both families take turns, each
 * attempt begins when the one before has failed or is older than the delay, and the first that
 * connects wins. Nothing of the others is left when connect returns. Datagrams, whose connect waits
 * for nobody, take the first address that will do.
 *
 * @param resolver whom to ask; null for {@link NameResolver#current}
 * @param family {@link AddressFamily#AF_INET} or {@link AddressFamily#AF_INET6} for one family
 *     alone, {@link AddressFamily#AF_UNSPEC} for both
 * @param attemptDelay how long an attempt is alone before the next begins, at least 10 ms; with
 *     {@link #ONE_AFTER_THE_OTHER} the next begins only when the one before has failed
 */
public record ConnectSettings(@Nullable NameResolver resolver, int family, Duration attemptDelay) {
    /** The delay of {@link #sequential}. */
    public static final Duration ONE_AFTER_THE_OTHER = ChronoUnit.FOREVER.getDuration();

    /** The resolver in force, both families, 250 ms. */
    public static final ConnectSettings DEFAULT =
            new ConnectSettings(null, AddressFamily.AF_UNSPEC, HappyEyeballs.DELAY);

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException for another family, or a shorter delay
     */
    public ConnectSettings {
        if (family != AddressFamily.AF_UNSPEC
                && family != AddressFamily.AF_INET
                && family != AddressFamily.AF_INET6) {
            throw new IllegalArgumentException(
                    "AF_INET, AF_INET6 or AF_UNSPEC, not " + AddressFamily.nameOf(family));
        }
        if (attemptDelay.compareTo(HappyEyeballs.SHORTEST_DELAY) < 0) {
            throw new IllegalArgumentException("a delay of less than 10 ms: " + attemptDelay);
        }
    }

    /** The same with a resolver of its own. */
    public ConnectSettings withResolver(NameResolver resolver) {
        return new ConnectSettings(resolver, family, attemptDelay);
    }

    /** The same for one family. */
    public ConnectSettings withFamily(int family) {
        return new ConnectSettings(resolver, family, attemptDelay);
    }

    /** The same with another delay. */
    public ConnectSettings withAttemptDelay(Duration attemptDelay) {
        return new ConnectSettings(resolver, family, attemptDelay);
    }

    /**
     * The same with one attempt at a time, in the resolver's order. If there is a deadline each
     * attempt but the last gets its share of the time that is left, at least two seconds.
     */
    public ConnectSettings sequential() {
        return withAttemptDelay(ONE_AFTER_THE_OTHER);
    }

    boolean isSequential() {
        return attemptDelay.equals(ONE_AFTER_THE_OTHER);
    }

    NameResolver resolverInForce() {
        return resolver != null ? resolver : NameResolver.current();
    }
}
