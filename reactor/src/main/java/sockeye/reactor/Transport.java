// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.HasDescriptor;
import sockeye.reactor.internal.FileCopy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One connection of bytes, as its {@link Protocol} acts on it. Nothing here waits, and nothing
 * calls back: what follows is told later. For the reactor's own thread; another uses {@link
 * Reactor#execute}.
 */
public interface Transport {
    /** From how many bytes that wait to be sent on the transport counts as not writable. */
    int HIGH_MARK = 64 << 10;

    /** Below how many it counts as writable again. */
    int LOW_MARK = 16 << 10;

    /**
     * Sends all that remains, and consumes it: at once if the peer takes it, else later. What is
     * written in one callback leaves together. After {@link #close()}, {@link #shutdownOutput()} or
     * the end it is thrown away.
     *
     * <p>The bytes are copied, but for one case: of the buffer that {@link Protocol#received} was
     * given nothing is, and it is sent from where it is, also when that has returned. So what was
     * written of it is not to be changed any more. All other buffers are the caller's again.
     */
    void write(ByteBuffer bytes);

    /** The same for part of an array. */
    default void write(byte[] bytes, int offset, int length) {
        write(ByteBuffer.wrap(bytes, offset, length));
    }

    /** The same for an array. */
    default void write(byte[] bytes) {
        write(ByteBuffer.wrap(bytes));
    }

    /** The same for text in UTF-8. */
    default void write(String text) {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends part of a file: by sendfile(2), without a copy through this process, where what is
     * written goes to the kernel as it is. It goes behind what was written before, what is written
     * then goes behind it, and it counts in {@link #pending()}; {@link #close()} delivers it. No
     * disk keeps the reactor waiting: portions of at most 512 KiB are sent by threads that may
     * wait, one at a time.
     *
     * <p>Above a layer that changes the bytes, or has to see them, and in a simulator, the file is
     * read in pieces as fast as they are taken. Then nothing else is to be written until it is
     * done, for it would go between the pieces; and a close is the end of it.
     *
     * @param file opened when its turn comes; a regular file
     * @return completed, by the reactor's thread, with the count when all is with the kernel, or
     *     the layer below; or failed, and the connection with it: {@link java.io.EOFException} if
     *     the file is shorter
     * @throws IllegalArgumentException if the offset or the count is negative
     */
    default CompletableFuture<Long> sendFile(Path file, long offset, long count) {
        return FileCopy.send(this, file, offset, count);
    }

    /**
     * The same of an open file.
     *
     * @param file duplicated here, and so the caller's to close; its position is not used
     * @throws IOException if it is closed, or there are too many descriptors
     */
    default CompletableFuture<Long> sendFile(HasDescriptor file, long offset, long count)
            throws IOException {
        return FileCopy.send(this, file, offset, count);
    }

    /** How many bytes were written and have not been taken by the kernel. */
    long pending();

    /** Whether fewer bytes wait than the high mark, or since then have fallen below the low one. */
    boolean isWritable();

    /**
     * Sets the marks of {@link Protocol#writable}.
     *
     * @param low 0 to {@code high}
     * @param high 0 or more
     */
    void marks(int low, int high);

    /** Receives no more until {@link #resume()}. What had come by then is kept. */
    void pause();

    /** Receives again; what was kept or left unread comes first. */
    void resume();

    /** Whether it is paused. */
    boolean isPaused();

    /**
     * Ends the input with what has come by now: that is received, then the protocol is told {@link
     * Protocol#ended} as if the peer had ended. What comes later is thrown away. While it is paused
     * the end waits too.
     */
    void shutdownInput();

    /**
     * Ends this side's sending once what was written is on its way; the peer reads the end. What it
     * sends is still received.
     *
     * @throws UnsupportedOperationException if the family ends both directions at once: TIPC, SCTP
     */
    void shutdownOutput();

    /**
     * Sends what was written, ends the sending, reads on for a bounded time and amount so that the
     * last bytes arrive, and closes. The protocol is called once more, {@link Protocol#closed}. A
     * second call does nothing.
     */
    void close();

    /** Closes at once: what waits to be sent is lost, and a peer over TCP reads a reset. */
    void abort();

    /**
     * Whether neither {@link #close()} nor {@link #abort()} was called, nor the connection lost.
     */
    boolean isOpen();

    /**
     * From now on another protocol has this connection, in mid-stream: what the present one leaves
     * unread comes to it, without a pause. It is not told {@link Protocol#opened}, nor the one
     * before {@link Protocol#closed}.
     */
    void become(Protocol protocol);

    /** Whose it is now. */
    Protocol protocol();

    /** The loop that it belongs to. */
    Reactor reactor();

    /** Whom it is connected to, as far as it is known. */
    @Nullable Endpoint peer();

    /** This end's own address, as far as it is known. */
    @Nullable Endpoint local();

    /**
     * What this is made of, if it is of that kind: {@code unwrap(LinuxSocket.class)} for options.
     * The socket is the reactor's: who reads, writes or closes it does so behind its back.
     */
    <T> Optional<T> unwrap(Class<T> kind);
}
