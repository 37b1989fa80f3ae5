// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.TimedMessages;
import sockeye.wire.MessageRateLimits;
import sockeye.wire.ThroughputBudgets;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

/**
 * {@link Limits} for datagrams and records, for any {@link MessageProtocol}, in either role:
 *
 * <pre>{@code
 * MessageLayer limits = MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(5)))
 *         .then(MessageLimits.rate(MessageRateLimits.NONE
 *                 .withPeer(MessageRate.NONE.withReading(RateLimit.perSecond(100)))));
 * reactor.listenRecords(endpoint, limits.over(protocols));
 * }</pre>
 *
 * <p>Who may come with records, and how many, is for {@link Doorkeeper#forRecords}. What a layer
 * counts by peer or in all, it counts for all sockets that it is put on, and of all reactors of a
 * group. So make it once, and not for each socket.
 */
public final class MessageLimits {
    private MessageLimits() {}

    /**
     * Ends a connection of records that takes longer than it may, as {@link Limits#times} does one
     * of bytes; best as the layer nearest to the socket. A message is whole when it comes, so
     * {@link TimeLimits#message} is never exceeded.
     *
     * <p>A socket of datagrams is closed by the same rules: when nothing has come or gone for so
     * long, whoever sent it.
     */
    public static MessageLayer times(TimeLimits limits) {
        return TimedMessages.layer(limits);
    }

    /**
     * Holds messages to rates in bytes, of which empty ones have none.
     *
     * @see MessageThrottle
     */
    public static MessageThrottle throughput(ThroughputLimits limits) {
        return throughput(new ThroughputBudgets(limits));
    }

    /**
     * Holds them to rates in messages.
     *
     * @see MessageThrottle
     */
    public static MessageThrottle rate(MessageRateLimits limits) {
        return throughput(new ThroughputBudgets(limits));
    }

    /**
     * Either with budgets that another layer has too, or that are inside others: a tree.
     *
     * @param budgets safe for all reactors
     */
    public static MessageThrottle throughput(ThroughputBudgets budgets) {
        return new MessageThrottle(budgets);
    }
}
