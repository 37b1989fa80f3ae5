// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.SocketTraffic;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;

import java.io.IOException;
import java.util.Collection;
import java.util.EnumMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;

/**
 * Counts what a server does, being told of it as any observer is: a few additions a connection and
 * none a message, for what moves is counted by the sockets, and added here when one is closed.
 *
 * <p>The sums of a moment are those of the closed connections, looked at first, and of the open
 * ones. One that is just closing is in neither for a moment, never in both; what was said once is
 * not taken back, so that no reader sees a counter go down.
 */
final class ServerCounters implements ServerObserver {
    private final LongAdder accepted = new LongAdder();
    private final LongAdder finished = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder cutOff = new LongAdder();
    private final LongAdder failedHandshakes = new LongAdder();
    private final LongAdder failedRequests = new LongAdder();
    private final LongAdder failedActions = new LongAdder();
    private final LongAdder troubles = new LongAdder();
    private final Sum received = new Sum();
    private final Sum sent = new Sum();
    private final Sum messages = new Sum();

    /** What the closed ones had, and the most that was ever told of all. */
    private static final class Sum {
        private final LongAdder closed = new LongAdder();
        private final LongAccumulator told = new LongAccumulator(Math::max, 0);

        long tell(long openNow, long closedBefore) {
            told.accumulate(closedBefore + openNow);
            return told.get();
        }
    }

    @Override
    public void accepted(ServerConnection connection) {
        accepted.increment();
    }

    @Override
    public void closed(ServerConnection connection) {
        switch (connection.outcome()) {
            case FINISHED -> finished.increment();
            case FAILED -> {
                failed.increment();
                if (!connection.isEstablished()) {
                    failedHandshakes.increment();
                }
            }
            case CUT_OFF -> cutOff.increment();
            case REJECTED -> {
                // Counted by its reason.
            }
        }
        if (connection.count()) {
            SocketTraffic traffic = SocketTraffic.of(connection.socket());
            received.closed.add(traffic.received());
            sent.closed.add(traffic.sent());
            messages.closed.add(connection.messages().orElse(0));
        }
    }

    @Override
    public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
        failedRequests.increment();
    }

    @Override
    public void troubled(Endpoint local, IOException cause) {
        troubles.increment();
    }

    @Override
    public void actionFailed(ServiceAction action, Throwable cause) {
        failedActions.increment();
    }

    ServerStatistics.Connections connections(int active, Door door, Watch watch) {
        var rejected = new EnumMap<Rejection, Long>(Rejection.class);
        for (Rejection why : Rejection.values()) {
            rejected.put(why, door.rejected(why));
        }
        var exceeded = new EnumMap<TimeLimit, Long>(TimeLimit.class);
        for (TimeLimit limit : TimeLimit.values()) {
            exceeded.put(limit, watch.exceeded(limit));
        }
        return new ServerStatistics.Connections(
                accepted.sum(),
                active,
                finished.sum(),
                failed.sum(),
                failedHandshakes.sum(),
                cutOff.sum(),
                rejected,
                exceeded);
    }

    ServerStatistics.Traffic traffic(Collection<ServerConnection> open) {
        long receivedBefore = received.closed.sum();
        long sentBefore = sent.closed.sum();
        long messagesBefore = messages.closed.sum();
        long receivedNow = 0;
        long sentNow = 0;
        long messagesNow = 0;
        for (ServerConnection each : open) {
            if (!each.isCounted()) {
                SocketTraffic traffic = SocketTraffic.of(each.socket());
                receivedNow += traffic.received();
                sentNow += traffic.sent();
                messagesNow += each.messages().orElse(0);
            }
        }
        return new ServerStatistics.Traffic(
                received.tell(receivedNow, receivedBefore),
                sent.tell(sentNow, sentBefore),
                messages.tell(messagesNow, messagesBefore));
    }

    long failedRequests() {
        return failedRequests.sum();
    }

    long failedActions() {
        return failedActions.sum();
    }

    long troubles() {
        return troubles.sum();
    }
}
