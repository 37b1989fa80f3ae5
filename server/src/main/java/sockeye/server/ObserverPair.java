// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.util.function.Consumer;

/** Tells two observers, the second even if the first throws. */
record ObserverPair(ServerObserver first, ServerObserver second) implements ServerObserver {
    private void both(Consumer<ServerObserver> event) {
        try {
            event.accept(first);
        } finally {
            event.accept(second);
        }
    }

    @Override
    public void accepted(ServerConnection connection) {
        both(each -> each.accepted(connection));
    }

    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        both(each -> each.rejected(local, peer, why));
    }

    @Override
    public void failed(ServerConnection connection, Throwable cause) {
        both(each -> each.failed(connection, cause));
    }

    @Override
    public void closed(ServerConnection connection) {
        both(each -> each.closed(connection));
    }

    @Override
    public void actionFailed(ServiceAction action, Throwable cause) {
        both(each -> each.actionFailed(action, cause));
    }

    @Override
    public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
        both(each -> each.requestFailed(peer, cause));
    }

    @Override
    public void troubled(Endpoint local, IOException cause) {
        both(each -> each.troubled(local, cause));
    }

    @Override
    public void recovered(Endpoint local, long turnedAway) {
        both(each -> each.recovered(local, turnedAway));
    }

    @Override
    public void answerRefused(Endpoint local, AnswerRules.Refusal why) {
        both(each -> each.answerRefused(local, why));
    }
}
