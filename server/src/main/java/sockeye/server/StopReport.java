// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.time.Duration;

/**
 * How a server stopped.
 *
 * @param finished connections that ended by themselves after the stop began
 * @param cutOff connections that were still there when the time was over, and were closed
 * @param took how long it took
 * @param delivery what became of what those connections had been sent
 * @param datagrams what became of the datagrams that were queued
 */
public record StopReport(
        int finished, int cutOff, Duration took, Delivery delivery, Datagrams datagrams) {

    /**
     * What the connections of a stop had written in their lives, and how much of it is known to
     * have arrived, as far as their send queues told at the moment of closing.
     *
     * <p>Of TCP, MPTCP and SCTP delivered is what the peer's kernel has acknowledged; whether the
     * peer's program has read it, nobody knows. Of AF_UNIX it is what the peer's program has read;
     * the kernel counts there what the queued messages take of its memory, so that what is missing
     * is an upper bound, though whether something is missing is certain. Families that do not tell
     * count as delivered.
     *
     * @param written bytes that the kernel has taken for them
     * @param delivered how many of them arrived, at most {@code written}
     * @param incomplete connections of which not all arrived
     */
    public record Delivery(long written, long delivered, int incomplete) {
        static final Delivery NOTHING = new Delivery(0, 0, 0);

        Delivery plus(Delivery other) {
            return new Delivery(
                    written + other.written,
                    delivered + other.delivered,
                    incomplete + other.incomplete);
        }
    }

    /**
     * Datagrams that were queued when the stop began. Of a server that {@linkplain Server#retire
     * retires} there are none: they are left to who has the socket now.
     *
     * @param handled how many the handler still got
     * @param dropped how many were thrown away, for there were too many or the time was over
     */
    public record Datagrams(long handled, long dropped) {
        static final Datagrams NONE = new Datagrams(0, 0);
    }
}
