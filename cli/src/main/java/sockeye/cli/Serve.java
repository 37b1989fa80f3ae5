// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.EndpointSpec;
import sockeye.wire.StampFormat;
import sockeye.wire.TimestampService.Framing;

import java.time.Duration;
import java.time.ZoneId;
import java.util.List;

/** The command {@code serve}. */
record Serve(
        List<EndpointSpec> specs,
        String service,
        StampFormat time,
        @Nullable ZoneId zone,
        Framing framing,
        Duration flushAfter,
        int maxMessage,
        int backlog,
        Duration drain,
        boolean quiet,
        boolean verbose) {

    /** Returns the exit code. */
    int run(Stdio stdio) {
        stdio.note("serve is still being built");
        return 1;
    }
}
