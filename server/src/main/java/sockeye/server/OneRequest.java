// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Deadline;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Serves a single connection or datagram on the calling thread: {@code handle_request} of Python's
 * {@code socketserver}. The socket stays the caller's, and stays open; what comes later waits in
 * its queue for the next call, so that a loop of these calls is a server that one thread steps
 * through.
 *
 * <pre>{@code
 * try (var listener = Listener.stream(InetEndpoint.any(21567))) {
 *     var settings = ServerSettings.DEFAULT;
 *     while (OneRequest.stream(listener, settings, handler, Duration.ofMinutes(1))) {}
 * }
 * }</pre>
 *
 * <p>All that the settings say holds as it does in a server, limits, layers and the verifier
 * included, but for the drain, the threads and the actions; limits on rates begin anew with each
 * call. What a handler throws is told to the observer, not to the caller. A handler that does not
 * leave when a limit on its time is exceeded is interrupted, which the caller does not notice.
 */
public final class OneRequest {
    private OneRequest() {}

    /**
     * Accepts a stream and serves it until it has been served. Sets the listener's deadline, and
     * clears it.
     *
     * @param timeout how long to wait for somebody to come, from zero on
     * @return whether somebody has come, even if he was rejected
     * @throws IOException if accepting fails
     */
    public static boolean stream(
            Listener<StreamSocket> listener,
            ServerSettings settings,
            StreamHandler handler,
            Duration timeout)
            throws IOException {
        return serve("accept", settings, listener, Server.streams(settings, handler), timeout);
    }

    /** The same for a connection of messages. */
    public static boolean seqpacket(
            Listener<MessageSocket> listener,
            ServerSettings settings,
            MessageHandler handler,
            Duration timeout)
            throws IOException {
        return serve("accept", settings, listener, Server.records(settings, handler), timeout);
    }

    /**
     * Receives a datagram and has it handled. Sets the socket's read deadline, and clears it.
     *
     * @return whether one has come in time, even if it was too long and was dropped
     * @throws IOException if receiving fails
     */
    public static boolean datagram(
            MessageSocket socket,
            ServerSettings settings,
            DatagramHandler handler,
            Duration timeout)
            throws IOException {
        DatagramHandler plain =
                handler instanceof ConcurrentDatagrams concurrent ? concurrent.handler() : handler;
        return serve(
                "receive",
                settings,
                socket,
                (server, role) -> new DatagramLoop(server, role, plain, 1),
                timeout);
    }

    private static <R extends Role> boolean serve(
            String kind,
            ServerSettings settings,
            R socket,
            ServerTasks.IntakeMaker<R> maker,
            Duration timeout)
            throws IOException {
        Deadline by = Deadline.after(timeout);
        var server = new Server(kind, settings, List.of(socket), maker);
        return switch (server.intake()) {
            case AcceptLoop<?> loop -> {
                server.watch.start();
                try {
                    yield loop.serveOne(by);
                } finally {
                    server.watch.end();
                }
            }
            case DatagramLoop loop -> loop.serveOne(by);
        };
    }
}
