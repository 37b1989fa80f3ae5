// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.MessageStream;
import sockeye.wire.MessageService;

/**
 * Serves one connection of messages (SOCK_SEQPACKET): called once for each, on a virtual thread of
 * its own, which may block. Otherwise as {@link StreamHandler} has it.
 */
@FunctionalInterface
public interface MessageHandler {
    /** Serves a client until it has been served. */
    void handle(MessageStream client) throws Exception;

    /** The handler that answers each record by this service. */
    static MessageHandler of(MessageService service) {
        return new RecordDriver(service);
    }

    /**
     * The handler that does something before: {@code setup} of Python's request handlers. If that
     * throws, nothing follows.
     */
    default MessageHandler withSetup(MessageHandler setup) {
        return client -> {
            setup.handle(client);
            handle(client);
        };
    }

    /**
     * The handler that does something afterwards, whether this one returned or threw: {@code
     * finish} of Python's request handlers. What this one threw is what is reported.
     */
    default MessageHandler withFinish(MessageHandler finish) {
        return client -> Handling.finishing(client, this::handle, finish::handle);
    }

    /**
     * The handler that does something when this one has thrown, such as telling the client: {@code
     * handle_error} of Python's servers, but it may still answer. When it returns, the connection
     * has been served; what is to be reported it throws.
     */
    default MessageHandler withRescue(Rescue rescue) {
        return client -> Handling.rescuing(client, this::handle, rescue::handle);
    }

    /** Is called with what a handler has thrown. */
    @FunctionalInterface
    interface Rescue {
        /** Serves what can still be served. */
        void handle(MessageStream client, Throwable thrown) throws Exception;
    }
}
