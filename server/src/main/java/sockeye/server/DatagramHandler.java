// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.MessageService;

/**
 * Serves one datagram. The calls come one after another, on the server's own virtual thread: a
 * handler that waits for something makes all others wait, unless it {@linkplain Request#copy
 * copies} the request and leaves it to another thread.
 *
 * <p>What it throws is reported ({@link ServerObserver#requestFailed}) and harms no other request.
 */
@FunctionalInterface
public interface DatagramHandler {
    /** Serves a request; it is valid until this returns. */
    void handle(Request request) throws Exception;

    /** The handler that answers each datagram by this service. */
    static DatagramHandler of(MessageService service) {
        return new DatagramDriver(service);
    }
}
