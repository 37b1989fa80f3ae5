// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One socket of messages, as its {@link MessageProtocol} acts on it. Nothing here waits, and
 * nothing calls back. For the reactor's own thread; another uses {@link Reactor#execute}.
 */
public interface MessageTransport {
    /**
     * Sends what remains as one message to the peer that the socket is connected to, and consumes
     * it. The bytes are copied. A message that the kernel has no room for waits its turn; one that
     * it refuses is told to {@link MessageProtocol#failed}, EMSGSIZE for instance, or EDESTADDRREQ
     * if there is no such peer. After {@link #close()} or the end it is thrown away.
     *
     * @throws IllegalArgumentException if it has more than 69,376 bytes: no datagram has so many
     */
    void send(ByteBuffer message);

    /** The same for an array. */
    default void send(byte[] message) {
        send(ByteBuffer.wrap(message));
    }

    /** The same for text in UTF-8. */
    default void send(String message) {
        send(message.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends what remains as one message to an address.
     *
     * @throws IllegalArgumentException also if the address has no room in a sockaddr
     */
    void send(ByteBuffer message, Endpoint peer);

    /**
     * Inside {@link MessageProtocol#received}: sends what remains as one message to who sent the
     * one that is being handled, or to the peer of a connection; nothing is allocated for the
     * address. A sender without a name (an AF_UNIX socket that is not bound) cannot be answered:
     * then nothing is sent.
     *
     * @throws IllegalStateException outside
     */
    void reply(ByteBuffer message);

    /**
     * Inside {@link MessageProtocol#received}: who sent the message.
     *
     * @return the sender; of a connection its peer, null where the kernel does not say
     * @throws IllegalStateException outside
     */
    @Nullable Endpoint sender();

    /**
     * Inside {@link MessageProtocol#received}: whether the message was longer than there was room.
     */
    boolean isTruncated();

    /**
     * Connects a socket of datagrams to a peer, in place of whom it was connected to, if to
     * anybody: from then on it sends there what is sent without an address, and hears that one
     * alone. It keeps its port, and over IP takes the source address that the way to the new peer
     * has, unless it was bound to one. What was sent before goes to who was there before; what has
     * come already is received, whoever sent it, but AF_UNIX throws it away, and tells its sender
     * ECONNRESET. See connect(2).
     *
     * @return completed when it is connected; failed, for instance with ENETUNREACH or of AF_UNIX
     *     ECONNREFUSED: then it is connected to nobody, of AF_UNIX still to who was there before
     * @throws IllegalArgumentException if the address has no room in a sockaddr, a path of more
     *     than 108 bytes for instance
     * @throws UnsupportedOperationException if it is a {@linkplain #isConnection() connection}
     */
    CompletableFuture<Void> connect(Endpoint peer);

    /**
     * Dissolves that again: from then on it hears everybody, and needs an address to send to. It
     * keeps its port.
     *
     * @return completed when it is done; failed with {@link java.net.BindException} if somebody
     *     else took the port in the moment in which the kernel gives it up
     * @throws UnsupportedOperationException if it is a connection
     */
    CompletableFuture<Void> disconnect();

    /** Whether it is a connection, SOCK_SEQPACKET, which ends when the peer says so. */
    boolean isConnection();

    /** How many bytes of messages wait to be sent. */
    long pending();

    /**
     * Whether fewer than {@link Transport#HIGH_MARK} wait, or since then fell below the low mark.
     */
    boolean isWritable();

    /** Receives no more until {@link #resume()}; the kernel's queue fills, and then loses. */
    void pause();

    /** Receives again. */
    void resume();

    /** Whether it is paused. */
    boolean isPaused();

    /**
     * Ends the input with what is queued by now: that is received, then the protocol is told {@link
     * MessageProtocol#ended}.
     */
    void shutdownInput();

    /** Sends what waits, and closes. */
    void close();

    /** Closes at once. */
    void abort();

    /** Whether neither was called, nor the socket lost. */
    boolean isOpen();

    /** The loop that it belongs to. */
    Reactor reactor();

    /** Whom it is connected to, as far as it is known. */
    @Nullable Endpoint peer();

    /** Its own address, as far as it is known. */
    @Nullable Endpoint local();

    /** What this is made of, if it is of that kind; see {@link Transport#unwrap}. */
    <T> Optional<T> unwrap(Class<T> kind);
}
