// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;

import java.io.IOException;
import java.time.Duration;

/**
 * The command {@code connect}.
 *
 * @param spec whom to connect to
 * @param timeout how long to wait for the connection, and for answers; null for what is usual
 * @param verbose whether to tell what happens
 */
record Connect(EndpointSpec spec, @Nullable Duration timeout, boolean verbose) {
    private static final Duration TO_CONNECT = Duration.ofSeconds(10);

    /** Returns the exit code. */
    int run(Stdio stdio, boolean terminal) throws IOException {
        var dialer = new Dialer(spec);
        Duration toConnect = timeout == null || timeout.isZero() ? TO_CONNECT : timeout;
        try (Talk talk = dialer.dial(toConnect)) {
            Endpoint peer = talk.peer();
            EndpointSpec reached = dialer.spec();
            String server = reached.scheme() + ":" + (peer == null ? reached.target() : peer);
            if (verbose || terminal) {
                stdio.note("connected to " + server + (terminal ? "; Ctrl-D ends" : ""));
            }
            if (terminal) {
                var patience = timeout == null ? Talk.OfMessages.PATIENCE : timeout;
                return new Dialogue(talk, server, patience).run(stdio);
            }
            talk.pipe(stdio, server, timeout);
            return 0;
        }
    }
}
