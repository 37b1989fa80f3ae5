// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AccessLines;
import sockeye.wire.AccessRecord;
import sockeye.wire.Rejection;

import java.time.Instant;

/** Writes a line for each connection when it is over, or was not let in. */
final class HostAccessLog implements HostObserver {
    private final AccessLines lines;

    HostAccessLog(AccessFormat format, Appendable out) {
        this.lines =
                new AccessLines(
                        format,
                        out,
                        lost ->
                                System.getLogger("sockeye.reactor")
                                        .log(
                                                System.Logger.Level.WARNING,
                                                "the access log loses lines",
                                                lost));
    }

    @Override
    public void closed(HostedConnection connection, @Nullable Throwable why) {
        lines.write(connection.record(why));
    }

    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        lines.write(AccessRecord.rejected(Instant.now(), peer, local, why));
    }

    @Override
    public void rejected(HostedConnection connection, Rejection why) {} // it says so at its end
}
