// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.ChildCommand;
import sockeye.wire.StreamService;

/**
 * Serves one connection: called once for each, on a virtual thread of its own, which may block.
 *
 * <p>When it returns, what it wrote is sent and the connection is closed so that the last bytes
 * arrive ({@link ServerSettings#linger}); it need not close the stream itself. What it throws is
 * reported ({@link ServerObserver#failed}), ends this connection and harms no other.
 *
 * <p>When the server stops, the stream ends as if the peer had ended it: a handler that serves
 * until the end of its input needs to know nothing about that.
 */
@FunctionalInterface
public interface StreamHandler {
    /** Serves a client until it has been served. */
    void handle(ByteStream client) throws Exception;

    /**
     * The handler that runs a machine of this service for each connection. It waits without a
     * buffer, allocates nothing per message, and answers all that one receive brought with one
     * send.
     */
    static StreamHandler of(StreamService service) {
        return new StreamDriver(service);
    }

    /**
     * The handler that starts a process for each connection, as inetd does and Python's {@code
     * ForkingMixIn} nearly: the connection is its standard input and output, and nothing of the
     * bytes passes through this JVM. The handler returns when the process has ended; one that does
     * not end with 0 is reported as a failure.
     *
     * <p>The process finds the client and the address he came to in the variables SOCKEYE_PEER and
     * SOCKEYE_LOCAL. How many there may be at a time is the limit on connections. A server that
     * stops ends its input, and kills it (SIGKILL) when the time to drain is over. Layers are not
     * for it.
     */
    static StreamHandler exec(ChildCommand command) {
        return new ChildHandler(command);
    }

    /**
     * The handler that does something before: {@code setup} of Python's request handlers. If that
     * throws, nothing follows.
     */
    default StreamHandler withSetup(StreamHandler setup) {
        return client -> {
            setup.handle(client);
            handle(client);
        };
    }

    /**
     * The handler that does something afterwards, whether this one returned or threw: {@code
     * finish} of Python's request handlers. What this one threw is what is reported.
     */
    default StreamHandler withFinish(StreamHandler finish) {
        return client -> Handling.finishing(client, this::handle, finish::handle);
    }

    /**
     * The handler that does something when this one has thrown, such as telling the client: {@code
     * handle_error} of Python's servers, but it may still answer. When it returns, the connection
     * has been served; what is to be reported it throws.
     */
    default StreamHandler withRescue(Rescue rescue) {
        return client -> Handling.rescuing(client, this::handle, rescue::handle);
    }

    /** Is called with what a handler has thrown. */
    @FunctionalInterface
    interface Rescue {
        /** Serves what can still be served. */
        void handle(ByteStream client, Throwable thrown) throws Exception;
    }
}
