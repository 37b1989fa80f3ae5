// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.ThrottledMessages;
import sockeye.wire.ThroughputBudgets;

/**
 * Holds the messages of its sockets to rates, in bytes ({@link MessageLimits#throughput}) or in
 * messages ({@link MessageLimits#rate}); to hold them to both, put one on the other.
 *
 * <p><b>Receiving:</b> after what has come too fast the transport below is paused, and what comes
 * then stays in the kernel: the peer of a connection has to wait, datagrams are lost when the
 * socket's buffer is full. The protocol above does not see that.
 *
 * <p><b>Sending:</b> what is sent too fast is held here, with its address. It counts in {@link
 * MessageTransport#pending()}; beyond the high mark, or 1,024 messages, {@link
 * MessageProtocol#writable} is told; {@link MessageTransport#close()} delivers it, at its rate.
 *
 * <p><b>By peer:</b> the connections of a peer share what it has, and are told apart by {@link
 * MessageTransport#peer()}, on AF_UNIX by user. Of a socket of datagrams nobody can be paused
 * alone: so what a peer sends beyond his own rate is not told to the protocol, what is sent to him
 * beyond it is not sent, and either counts for nobody else. Memory is fixed, however many senders
 * there are or are forged ({@link sockeye.wire.PeerBuckets}). On AF_UNIX what a user sends is
 * counted, and nobody for what is sent.
 *
 * <p>All budgets are full at first. Of messages that carry descriptors none are counted, so there
 * is no {@link MessagePassing} above. Nothing is allocated for a message over IP.
 *
 * <p>Safe for any thread.
 */
public final class MessageThrottle implements MessageLayer {
    private final ThrottledMessages.Rules rules;

    MessageThrottle(ThroughputBudgets budgets) {
        this.rules = new ThrottledMessages.Rules(budgets);
    }

    @Override
    public MessageProtocol over(MessageProtocol above) {
        return new ThrottledMessages(rules, above);
    }

    /** How many datagrams were not told, their peers having sent too much. */
    public long lostComing() {
        return rules.lostComing();
    }

    /** How many datagrams were not sent, their peers having been sent too much. */
    public long lostGoing() {
        return rules.lostGoing();
    }

    @Override
    public String toString() {
        return "MessageThrottle[lost " + lostComing() + " coming, " + lostGoing() + " going]";
    }
}
