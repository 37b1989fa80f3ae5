// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Two-way bytes in order, without boundaries: a {@link StreamSocket}, or anything that looks like
 * one. Code that only moves bytes is written against this, and never knows what carries them.
 *
 * <p>Against what you know: like {@link java.nio.channels.SocketChannel} in blocking mode it is a
 * {@link ByteChannel}; unlike it, it has deadlines in both directions, an interrupt does not close
 * it, and it reads lines.
 *
 * <p><b>Ends.</b> {@code read} waits until there is at least one byte, and returns −1 at the peer's
 * end; {@code write} writes everything. Only a stream that its owner has made non-blocking returns
 * 0 from {@code read}, or writes less.
 *
 * <p><b>Threads.</b> One thread may read while others write. Two reads at once share out the bytes;
 * a write is never torn apart by another. The {@link #reader()} is for one thread at a time.
 *
 * <p><b>Close</b> wakes every thread that waits, which throws {@link AsynchronousCloseException}; a
 * second close does nothing. What was written before is still delivered by the kernel.
 */
public interface ByteStream extends ByteChannel {

    /**
     * Reads up to {@code length} bytes.
     *
     * @return how many, or −1 at the end; 0 only for a length of 0, or in non-blocking mode
     * @throws java.net.SocketTimeoutException if the read deadline or the timeout has passed;
     *     nothing is lost
     * @throws SocketInterruptedException if the thread is interrupted while waiting; nothing is
     *     lost
     */
    int read(byte[] bytes, int offset, int length) throws IOException;

    /** The same for a whole array. */
    default int read(byte[] bytes) throws IOException {
        return read(bytes, 0, bytes.length);
    }

    @Override
    int read(ByteBuffer buffer) throws IOException;

    /**
     * Writes all of a part of an array.
     *
     * <p>It is sent at once, but for one case: while the {@link #reader()} still holds further
     * input and its thread is the one that writes, up to 32 KiB wait for the next read that goes to
     * the kernel, so that the answers to pipelined requests cost one send.
     *
     * @throws IOException with {@link ErrnoFailure#bytesDone()} or, of a timeout, {@code
     *     bytesTransferred}: how many bytes of this call went
     */
    void write(byte[] bytes, int offset, int length) throws IOException;

    /** The same for a whole array. */
    default void write(byte[] bytes) throws IOException {
        write(bytes, 0, bytes.length);
    }

    /** The same for text in UTF-8. */
    default void write(String text) throws IOException {
        write(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Writes all that remains in the buffer; its position moves as bytes are taken. Returns their
     * number.
     */
    @Override
    int write(ByteBuffer buffer) throws IOException;

    /** Sends what {@link #write} may have kept back. */
    void flush() throws IOException;

    /** Waits until a read would find something: bytes, the end, an error. May return early. */
    void awaitInput() throws IOException;

    /** Lines and other units of the input, buffered; the same object each time. */
    LineReader reader();

    /** Whom this stream is connected to, as far as it is known. */
    @Nullable Endpoint peer();

    /** This end's own address, as far as it is known. */
    @Nullable Endpoint local();

    /**
     * Ends this side's sending; the peer reads the end after what was written. Reading goes on.
     *
     * @throws UnsupportedOperationException if the family ends both directions at once: TIPC; to
     *     close is the only end there
     */
    void shutdownOutput() throws IOException;

    /**
     * Ends reading on this side.
     *
     * @throws UnsupportedOperationException as above
     */
    void shutdownInput() throws IOException;

    /**
     * Sets the time by which every read has to be done, waiting ones included; see {@link
     * LinuxSocket#readDeadline}.
     */
    void readDeadline(Deadline deadline);

    /** Sets the time by which every write has to be done, waiting ones included. */
    void writeDeadline(Deadline deadline);

    /**
     * What this stream is made of, if it is of that kind: {@code stream.unwrap(LinuxSocket.class)}.
     */
    <T> Optional<T> unwrap(Class<T> kind);

    /**
     * This stream in the form of java.io; what the reader holds comes first. Closing it closes the
     * stream.
     */
    default InputStream inputStream() {
        return new StreamAdapters.Input(this);
    }

    /** This stream in the form of java.io, unbuffered. Closing it closes the stream. */
    default OutputStream outputStream() {
        return new StreamAdapters.Output(this);
    }
}
