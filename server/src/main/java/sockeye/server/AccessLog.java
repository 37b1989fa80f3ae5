// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AccessLines;
import sockeye.wire.AccessRecord;
import sockeye.wire.Rejection;

import java.time.Instant;

/** Writes a line for each connection when it is over, or was not let in. */
final class AccessLog implements ServerObserver {
    private final AccessLines lines;

    AccessLog(AccessFormat format, Appendable out) {
        this.lines =
                new AccessLines(
                        format,
                        out,
                        lost ->
                                System.getLogger("sockeye.server")
                                        .log(
                                                System.Logger.Level.WARNING,
                                                "the access log loses lines",
                                                lost));
    }

    @Override
    public void closed(ServerConnection connection) {
        lines.write(connection.record());
    }

    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        if (!isServed(local)) {
            lines.write(AccessRecord.rejected(Instant.now(), peer, local, why));
        }
    }

    /** Whether it is the connection of this thread, which has a line when it is closed. */
    private static boolean isServed(Endpoint local) {
        return ServerConnection.CURRENT.isBound()
                && ServerConnection.CURRENT.get().local().equals(local);
    }
}
