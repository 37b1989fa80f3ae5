// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AnswerRules;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What goes wrong on the network is for debugging, what goes wrong here is a warning. */
final class LoggingObserver implements ServerObserver {
    /** Found when something is to be said, as looking for it costs the start of the JVM. */
    private static final class Log {
        static final System.Logger LOG = System.getLogger("sockeye.server");
    }

    private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

    private final AtomicLong nextRejection = new AtomicLong(System.nanoTime());
    private final AtomicLong rejections = new AtomicLong();

    @Override
    public void failed(ServerConnection connection, Throwable cause) {
        Log.LOG.log(
                cause instanceof IOException ? DEBUG : WARNING,
                () -> "connection from " + connection.peer() + " failed",
                cause);
    }

    /** In a flood, one line a minute. */
    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        long now = System.nanoTime();
        long due = nextRejection.get();
        long count = rejections.incrementAndGet();
        if (now - due >= 0 && nextRejection.compareAndSet(due, now + MINUTE)) {
            rejections.addAndGet(-count);
            String others = count > 1 ? ", and " + (count - 1) + " others since the last line" : "";
            Log.LOG.log(INFO, "on " + local + ": rejected " + peer + ": " + why + others);
        }
    }

    @Override
    public void actionFailed(ServiceAction action, Throwable cause) {
        Log.LOG.log(WARNING, () -> "action " + action.name() + " failed", cause);
    }

    @Override
    public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
        Log.LOG.log(
                cause instanceof IOException ? DEBUG : WARNING,
                () -> "request from " + peer + " failed",
                cause);
    }

    @Override
    public void troubled(Endpoint local, IOException cause) {
        Log.LOG.log(WARNING, "on " + local + ": " + cause.getMessage());
    }

    @Override
    public void recovered(Endpoint local, long turnedAway) {
        Log.LOG.log(INFO, "on " + local + ": recovered, turned away " + turnedAway);
    }

    @Override
    public void answerRefused(Endpoint local, AnswerRules.Refusal why) {
        String cause =
                switch (why) {
                    case NO_PORT -> "questions come from port 0";
                    case SERVICE_PORT -> "questions come from the ports of services";
                    case OWN_PORT -> "questions come from the ports of our own servers";
                    case RATE -> "a peer asks too often";
                    case SIZE -> "answers are too long for their questions";
                };
        Log.LOG.log(
                WARNING,
                "on " + local + ": not all is answered: " + cause + "; see ServerLimits.answers");
    }
}
