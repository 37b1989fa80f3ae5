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

    /**
     * The same on a virtual thread of its own for each datagram, for handlers that wait. The
     * request is a copy then, valid for as long as the handler runs, and answered at once rather
     * than together with others. A server that stops waits for those that run, within its time to
     * drain.
     *
     * @param most how many at a time, at least 1; when all are busy the server receives no more,
     *     and the kernel keeps what comes as long as the socket's buffer has room
     */
    default DatagramHandler concurrent(int most) {
        return new ConcurrentDatagrams(this, most);
    }

    /** The handler that answers each datagram by this service. */
    static DatagramHandler of(MessageService service) {
        return new DatagramDriver(service);
    }
}
