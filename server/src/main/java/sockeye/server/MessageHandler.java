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
}
