// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.ServiceProtocol;
import sockeye.wire.StreamService;

import java.nio.ByteBuffer;

/**
 * What a program does on one connection of bytes: called by the reactor, it acts through its {@link
 * Transport}. One object serves one connection at a time.
 *
 * <p>The calls come in this order, on the reactor's thread, never one inside another:
 *
 * <pre>
 *   opened  (received | writable | stopping)*  ended?  (received | writable | stopping)*  closed
 * </pre>
 *
 * <p>{@link #closed} is always the last, and comes exactly once if {@link #opened} came. An
 * exception thrown by any of them aborts this connection, and no other, and is what {@code closed}
 * is told.
 */
public interface Protocol {
    /** Makes the protocol of a connection that a listener has accepted. */
    @FunctionalInterface
    interface Factory {
        /**
         * The protocol for one more connection.
         *
         * @throws Exception to refuse the connection, which is then reset
         */
        Protocol protocol() throws Exception;
    }

    /**
     * Runs a service of {@code sockeye.wire} on each connection, by the contract that stands at
     * {@link sockeye.wire.StreamMachine}.
     */
    static Factory serving(StreamService service) {
        return () -> new ServiceProtocol(service);
    }

    /** The connection is there, and can be written to. */
    default void opened(Transport transport) throws Exception {}

    /**
     * Bytes have come.
     *
     * @param bytes from position to limit, at least one; read-write, the reactor's own, and valid
     *     until this returns. What is left unread stays: the transport is then {@linkplain
     *     Transport#pause() paused}, and what was left comes first after {@link
     *     Transport#resume()}. To hand this very buffer to {@link Transport#write(ByteBuffer)}
     *     costs no copy.
     */
    void received(Transport transport, ByteBuffer bytes) throws Exception;

    /**
     * The peer will send no more, or its input was {@linkplain Transport#shutdownInput() shut
     * down}. Unless overridden this closes; a protocol that goes on sending closes later.
     */
    default void ended(Transport transport) throws Exception {
        transport.close();
    }

    /**
     * More than the high mark waits to be sent ({@code false}), or less than the low mark again
     * ({@code true}). Each call is the opposite of the one before.
     */
    default void writable(Transport transport, boolean writable) throws Exception {}

    /**
     * The reactor, or the listener that the connection came by, stops in order ({@link
     * Reactor#stop(java.time.Duration)}): it is to come to its end soon, and is cut off if it does
     * not. Unless overridden the input is shut down: what has come by now is received, then comes
     * {@link #ended}. One who has a farewell to say, or requests to finish, overrides it and closes
     * in its own time.
     */
    default void stopping(Transport transport) throws Exception {
        transport.shutdownInput();
    }

    /**
     * The connection is over, and its descriptor closed.
     *
     * @param why null if both sides ended in order, or this one closed; else what went wrong: an
     *     {@link sockeye.ErrnoFailure}, the exception that the protocol threw, or {@link
     *     java.nio.channels.AsynchronousCloseException} if it was {@linkplain Transport#abort()
     *     aborted} or its reactor closed
     */
    default void closed(Transport transport, @Nullable Throwable why) throws Exception {}
}
