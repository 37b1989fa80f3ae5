// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Objects;

/**
 * How fast bytes may come and go.
 *
 * @param reading how fast they are read from the peer
 * @param writing how fast they are sent to it
 */
public record Throughput(ByteRate reading, ByteRate writing) {
    /** No limit. */
    public static final Throughput NONE = new Throughput(ByteRate.NONE, ByteRate.NONE);

    public Throughput {
        Objects.requireNonNull(reading);
        Objects.requireNonNull(writing);
    }

    /** As fast in both directions, each with a budget of its own. */
    public static Throughput of(ByteRate both) {
        return new Throughput(both, both);
    }

    /** The same with another limit of what is read. */
    public Throughput withReading(ByteRate reading) {
        return new Throughput(reading, writing);
    }

    /** The same with another limit of what is sent. */
    public Throughput withWriting(ByteRate writing) {
        return new Throughput(reading, writing);
    }
}
