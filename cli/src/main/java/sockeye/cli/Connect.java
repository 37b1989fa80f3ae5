// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;

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
    private static final Duration TO_ANSWER = Duration.ofSeconds(2);

    /** Returns the exit code. */
    int run(Stdio stdio, boolean terminal) throws IOException {
        var dialer = new Dialer(spec);
        Duration toConnect = timeout == null || timeout.isZero() ? TO_CONNECT : timeout;
        try (Role role = dialer.dial(toConnect)) {
            String server = server(dialer.spec(), role);
            if (verbose || terminal) {
                stdio.note("connected to " + server + (terminal ? "; Ctrl-D ends" : ""));
            }
            return switch (role) {
                case StreamSocket stream -> overStream(stdio, terminal, stream, server);
                case MessageSocket messages -> overMessages(stdio, terminal, messages, server);
                case Listener<?> impossible -> throw new IllegalStateException();
            };
        }
    }

    private int overStream(Stdio stdio, boolean terminal, StreamSocket socket, String server)
            throws IOException {
        if (terminal) {
            return new Dialogue(new Talk.OfStream(socket), server, answer()).run(stdio);
        }
        new StreamFilter(socket, server, timeout).run(stdio);
        return 0;
    }

    private int overMessages(Stdio stdio, boolean terminal, MessageSocket socket, String server)
            throws IOException {
        var talk = new Talk.OfMessages(socket);
        if (terminal) {
            return new Dialogue(talk, server, answer()).run(stdio);
        }
        new MessageFilter(talk, server, answer()).run(stdio);
        return 0;
    }

    private Duration answer() {
        return timeout == null ? TO_ANSWER : timeout;
    }

    /** The address that was reached, {@code tcp:127.0.0.1:80}. */
    private static String server(EndpointSpec spec, Role role) {
        Endpoint peer =
                switch (role) {
                    case StreamSocket stream -> stream.peer();
                    case MessageSocket messages -> messages.peer();
                    case Listener<?> impossible -> null;
                };
        return spec.scheme() + ":" + (peer == null ? spec.target() : peer);
    }
}
