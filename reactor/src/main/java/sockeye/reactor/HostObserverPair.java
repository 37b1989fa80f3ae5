// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

import java.util.function.Consumer;

/** Tells two observers, the second even if the first throws. */
record HostObserverPair(HostObserver first, HostObserver second) implements HostObserver {
    private void both(Consumer<HostObserver> event) {
        try {
            event.accept(first);
        } finally {
            event.accept(second);
        }
    }

    @Override
    public void accepted(HostedConnection connection) {
        both(each -> each.accepted(connection));
    }

    @Override
    public void closed(HostedConnection connection, @Nullable Throwable why) {
        both(each -> each.closed(connection, why));
    }

    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        both(each -> each.rejected(local, peer, why));
    }

    @Override
    public void rejected(HostedConnection connection, Rejection why) {
        both(each -> each.rejected(connection, why));
    }

    @Override
    public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
        both(each -> each.requestFailed(peer, cause));
    }

    @Override
    public void answerRefused(Endpoint local, AnswerRules.Refusal why) {
        both(each -> each.answerRefused(local, why));
    }
}
