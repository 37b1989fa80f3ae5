// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.io.IOException;

/** What goes wrong on the network is for debugging, what goes wrong here is a warning. */
final class LoggingObserver implements ServerObserver {
    /** Found when something is to be said, as looking for it costs the start of the JVM. */
    private static final class Log {
        static final System.Logger LOG = System.getLogger("sockeye.server");
    }

    @Override
    public void failed(ServerConnection connection, Throwable cause) {
        Log.LOG.log(
                cause instanceof IOException ? DEBUG : WARNING,
                () -> "connection from " + connection.peer() + " failed",
                cause);
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
}
