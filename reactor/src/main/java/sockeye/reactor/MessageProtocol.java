// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.ServiceMessages;
import sockeye.wire.MessageService;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What a program does with messages: with all datagrams of a bound or connected socket, or with the
 * records of one connection. Called by the reactor, in this order, never one call inside another:
 *
 * <pre>
 *   opened  (received | failed | writable)*  ended?  closed
 * </pre>
 *
 * <p>An exception thrown by any of them closes this socket, and no other.
 */
public interface MessageProtocol {
    /** Makes the protocol of a connection that a listener has accepted. */
    @FunctionalInterface
    interface Factory {
        /**
         * The protocol for one more connection.
         *
         * @throws Exception to refuse the connection, which is then closed
         */
        MessageProtocol protocol() throws Exception;
    }

    /** Answers each message by a service of {@code sockeye.wire}; for sockets of one reactor. */
    static MessageProtocol serving(MessageService service) {
        return new ServiceMessages(service);
    }

    /** The socket is there, and can be sent on. */
    default void opened(MessageTransport transport) throws Exception {}

    /**
     * A message has come, whole unless {@link MessageTransport#isTruncated()}.
     *
     * @param message from position to limit, possibly empty; the reactor's own, and valid until
     *     this returns. Who sent it {@link MessageTransport#sender()} tells, meanwhile.
     */
    void received(MessageTransport transport, ByteBuffer message) throws Exception;

    /**
     * A message could not be sent or received, and the socket goes on: nobody listens at the peer's
     * port (ECONNREFUSED), the message was too long (EMSGSIZE) …
     */
    default void failed(MessageTransport transport, IOException why) throws Exception {}

    /**
     * The peer of a connection will send no more, or the input was {@linkplain
     * MessageTransport#shutdownInput() shut down}. Unless overridden this closes.
     */
    default void ended(MessageTransport transport) throws Exception {
        transport.close();
    }

    /** More than the high mark waits to be sent, or less than the low mark again. */
    default void writable(MessageTransport transport, boolean writable) throws Exception {}

    /**
     * The reactor, or the listener that the connection came by, stops in order; see {@link
     * Protocol#stopping}. Unless overridden the input is shut down: what is queued by now is
     * received, then comes {@link #ended}, of sockets without a connection too.
     */
    default void stopping(MessageTransport transport) throws Exception {
        transport.shutdownInput();
    }

    /**
     * The socket is closed; the last call.
     *
     * @param why null if it was closed in order; else as with {@link Protocol#closed}
     */
    default void closed(MessageTransport transport, @Nullable Throwable why) throws Exception {}
}
