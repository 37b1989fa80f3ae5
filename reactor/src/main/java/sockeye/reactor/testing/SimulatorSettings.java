// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import java.time.Duration;

/**
 * What a simulated network does to what is sent over it. Streams and records are reliable and in
 * order, unless they are reset or cut short; datagrams may be lost, doubled and overtaken.
 *
 * @param leastDelay the shortest time that something is on its way
 * @param mostDelay the longest; not shorter than the least
 * @param partial whether sends and receives of a stream may move fewer bytes than they could
 * @param loss the probability that a datagram is lost, 0 to 1
 * @param duplicates the probability that one arrives twice, 0 to 1
 * @param resets the probability that a send over a stream breaks the connection, 0 to 1
 * @param halfCloses the probability that a send over a stream is cut off with all that follows in
 *     its direction, 0 to 1: the receiver reads what was sent before, wherever that ends, and then
 *     an end, as from a peer that dies or a proxy that gives up. The other direction goes on. The
 *     sender is not told: the window takes what it sends from then on, and when it is full nobody
 *     does; if the receiver closes, that is a reset
 * @param refusals the probability that a connect is refused though somebody listens, 0 to 1
 * @param window how many bytes one direction of a stream holds, 1 or more
 */
public record SimulatorSettings(
        Duration leastDelay,
        Duration mostDelay,
        boolean partial,
        double loss,
        double duplicates,
        double resets,
        double halfCloses,
        double refusals,
        int window) {
    /** A network that keeps all it is given: 0.1 to 1 ms, in pieces, 64 KiB. */
    public static final SimulatorSettings DEFAULT =
            new SimulatorSettings(
                    Duration.ofNanos(100_000), Duration.ofMillis(1), true, 0, 0, 0, 0, 0, 64 << 10);

    /** A network that does nothing of its own: no time on the way, no pieces. */
    public static final SimulatorSettings PLAIN =
            new SimulatorSettings(Duration.ZERO, Duration.ZERO, false, 0, 0, 0, 0, 0, 64 << 10);

    /** Checks the parts. */
    public SimulatorSettings {
        if (leastDelay.isNegative() || mostDelay.compareTo(leastDelay) < 0) {
            throw new IllegalArgumentException("delays of " + leastDelay + " to " + mostDelay);
        }
        requireProbability(loss);
        requireProbability(duplicates);
        requireProbability(resets);
        requireProbability(halfCloses);
        requireProbability(refusals);
        if (window < 1) {
            throw new IllegalArgumentException("a window of " + window);
        }
    }

    private static void requireProbability(double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("a probability of " + value);
        }
    }

    /** The same with other times on the way. */
    public SimulatorSettings withDelays(Duration least, Duration most) {
        return new SimulatorSettings(
                least, most, partial, loss, duplicates, resets, halfCloses, refusals, window);
    }

    /** The same with whole sends and receives, or with pieces. */
    public SimulatorSettings withPartial(boolean partial) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }

    /** The same with another fate of datagrams. */
    public SimulatorSettings withDatagrams(double loss, double duplicates) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }

    /** The same with connections that break. */
    public SimulatorSettings withResets(double resets) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }

    /** The same with directions that end before their time. */
    public SimulatorSettings withHalfCloses(double halfCloses) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }

    /** The same with connects that fail now and then. */
    public SimulatorSettings withRefusals(double refusals) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }

    /** The same with other windows. */
    public SimulatorSettings withWindow(int window) {
        return new SimulatorSettings(
                leastDelay,
                mostDelay,
                partial,
                loss,
                duplicates,
                resets,
                halfCloses,
                refusals,
                window);
    }
}
