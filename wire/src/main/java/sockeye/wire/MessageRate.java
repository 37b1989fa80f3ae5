// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;

/**
 * How fast messages may come and go, whatever their length; the counterpart of {@link Throughput}.
 *
 * @param reading how fast they are received
 * @param writing how fast they are sent
 */
public record MessageRate(RateLimit reading, RateLimit writing) {
    /** No limit. */
    public static final MessageRate NONE = new MessageRate(RateLimit.NONE, RateLimit.NONE);

    public MessageRate {
        Objects.requireNonNull(reading);
        Objects.requireNonNull(writing);
    }

    /** As fast in both directions, each counted by itself. */
    public static MessageRate of(RateLimit both) {
        return new MessageRate(both, both);
    }

    /** The same with another limit of what is received. */
    public MessageRate withReading(RateLimit reading) {
        return new MessageRate(reading, writing);
    }

    /** The same with another limit of what is sent. */
    public MessageRate withWriting(RateLimit writing) {
        return new MessageRate(reading, writing);
    }
}
