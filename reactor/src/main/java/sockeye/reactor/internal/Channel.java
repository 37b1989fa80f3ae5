// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.PeerCredentials;

import java.io.IOException;
import java.util.Optional;

/** A socket as a driver knows it. */
abstract sealed class Channel permits KernelChannel, PairChannel, SimulatedChannel {
    /** The operation in flight that brings something in, and that which takes something out. */
    @Nullable Operation input;

    @Nullable Operation output;

    abstract int type();

    /** Whether descriptors can go beside the bytes. */
    boolean isUnixStream() {
        return false;
    }

    /** Whether descriptors can go beside a message. */
    boolean isUnixMessages() {
        return false;
    }

    /** Whether one direction can be ended alone. */
    abstract boolean halfCloses();

    /** Whether a peer's end can be waited for after the sending was ended. */
    boolean lingers() {
        return halfCloses();
    }

    /** Whether the sending is ended before it is closed, if it is a stream. */
    boolean endsOutput() {
        return lingers();
    }

    /** Whether the input goes on if nobody reads the output any more. */
    boolean readsOn() {
        return false;
    }

    /** Whether it has no output. */
    boolean isInputAlone() {
        return false;
    }

    /** Whether sendfile(2) does not wait for it. */
    boolean takesFiles() {
        return false;
    }

    /** Has something done when its input is closed, and when its output is. */
    void whenClosed(Runnable input, Runnable output) {
        throw new UnsupportedOperationException();
    }

    /** What receives of a stream. */
    Receive receive(Operation.Owner owner) {
        return new Receive(this, owner);
    }

    /** What sends on a stream. */
    Send send(Operation.Owner owner) {
        return new Send(this, owner);
    }

    abstract @Nullable Endpoint peer();

    abstract @Nullable Endpoint local();

    /**
     * Whether it could be connected to such a peer, as far as the address tells.
     *
     * @throws IllegalArgumentException if it could not
     */
    void requireOfMine(Endpoint peer) {}

    /**
     * Connects a socket of datagrams to somebody else, or, for null, to nobody. Nothing is under
     * way that sends.
     */
    void associate(@Nullable Endpoint with) throws IOException {
        throw new UnsupportedOperationException("no socket of datagrams");
    }

    abstract <T> Optional<T> unwrap(Class<T> kind);

    /** The exception for a negated errno. */
    abstract IOException failure(String operation, int result, @Nullable Endpoint peer);

    /** Writes an address where a message's name goes; its length. */
    abstract int encode(Endpoint peer, Chunk chunk);

    /**
     * Has the kernel say of each message to which of its addresses it came, where it has several:
     * so that answers can be sent from there.
     */
    void askAddress() {}

    /** Has the kernel say of each message who has sent it, where the family knows. */
    void askCredentials() {}

    /**
     * Who has sent a message over IP.
     *
     * @param address gets the 16 bytes
     * @return the port; −1 if it did not come over IP
     */
    abstract int sender(Chunk chunk, byte[] address);

    /** To which of its addresses a message came; null if nobody said. */
    @Nullable Endpoint receiver(Chunk chunk) {
        return null;
    }

    /** Who has sent a message, as the kernel vouches; null if nobody asked it. */
    @Nullable PeerCredentials credentials(Chunk chunk) {
        return null;
    }

    /** Writes beside an answer from where it is to be sent: from where the question was sent to. */
    void answerFrom(Chunk question, Chunk answer) {}

    /** Closes what came beside a message and nobody has taken. */
    void forget(Chunk chunk) {}

    /** What stands in a message's name. */
    abstract @Nullable Endpoint decode(Chunk chunk);
}
