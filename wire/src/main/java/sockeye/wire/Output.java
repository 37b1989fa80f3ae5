// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * What one call of a machine wants to be sent and done, as a value that the driver carries out when
 * the call has returned.
 *
 * <p>It holds, in the order in which they go out:
 *
 * <ol>
 *   <li>the <em>collected</em> bytes: what the machine put into {@link #buffer()}, of a capacity
 *       that the driver chose and that bounds how much one call can answer;
 *   <li>at most one range of <em>passed</em> bytes ({@link #pass}): they stay in the buffer where
 *       they are, most often the driver's own receive buffer, and are sent from there without a
 *       copy;
 *   <li>the {@link #ending()}: whether writing, or the whole connection, ends after these bytes.
 * </ol>
 *
 * <p>Two phases follow each other. The machine fills an empty output; then the driver asks {@link
 * #collected()} and {@link #passed()}, sends both in one send, obeys {@link #ending()} and calls
 * {@link #clear()}. Until it has, it calls no machine with this output, and not the machine that
 * passed bytes with any other, so that these bytes stay as they are.
 *
 * <p>An empty output belongs to nobody: a driver keeps one per loop or thread, or in a pool, rather
 * than one per connection. Not safe for use by several threads at a time. Nothing here allocates
 * but the constructor.
 */
public final class Output {
    /** The least capacity in bytes: a machine may rely on so much room in an empty output. */
    public static final int MINIMUM = 512;

    /** What comes after the bytes of an output. */
    public enum Ending {
        /** The connection goes on. */
        NONE,
        /** Writing is shut down; what the peer sends is still read and fed. */
        HALF_CLOSE,
        /**
         * The connection is closed lingeringly: writing is shut down, what the peer still sends is
         * read and thrown away, bounded in amount and time, until its end comes; then the socket is
         * closed. Closed at once instead, unread input would turn into a reset that may overtake
         * the last bytes (RFC 2525, section 2.17). A peer that has ended already is simply closed.
         */
        CLOSE
    }

    private final ByteBuffer buffer;
    private Ending ending = Ending.NONE;
    private boolean sending;
    private @Nullable ByteBuffer passed;
    private int passedStart;
    private int passedEnd;
    private int resumePosition;
    private int resumeLimit;

    /**
     * An empty output that collects in this buffer, from 0 to its capacity, and owns it from now
     * on.
     *
     * @param buffer heap or direct; the driver's size of one send: 16 to 64 KiB serve well
     * @throws IllegalArgumentException if it holds less than {@link #MINIMUM} or is read-only
     */
    public Output(ByteBuffer buffer) {
        if (buffer.capacity() < MINIMUM) {
            throw new IllegalArgumentException(
                    "an output needs %d bytes, not %d".formatted(MINIMUM, buffer.capacity()));
        }
        if (buffer.isReadOnly()) {
            throw new IllegalArgumentException("an output needs a buffer that it can write to");
        }
        this.buffer = buffer.clear();
    }

    /** An empty output with a heap buffer of its own. */
    public static Output ofCapacity(int capacity) {
        return new Output(ByteBuffer.allocate(Math.max(capacity, MINIMUM)));
    }

    // ---- for the machine

    /**
     * Where answers are put, at its position; what remains to its limit is the room that is left. A
     * machine moves the position forward by putting, and changes nothing else.
     *
     * @throws IllegalStateException after {@link #pass} or an ending: nothing may follow these in
     *     one call
     */
    public ByteBuffer buffer() {
        if (!open()) {
            throw new IllegalStateException("nothing can follow passed bytes or an ending");
        }
        return buffer;
    }

    /** Whether more may be put or passed in this call. */
    public boolean open() {
        return passed == null && ending == Ending.NONE && !sending;
    }

    /**
     * Passes on what remains of these bytes, and consumes it.
     *
     * @see #pass(ByteBuffer, int, int)
     */
    public void pass(ByteBuffer bytes) {
        int start = bytes.position();
        pass(bytes, start, bytes.remaining());
        bytes.position(bytes.limit());
    }

    /**
     * Has the driver send this range of a buffer, after what was collected, from where it is. The
     * range must stay as it is until the machine is called next. If the buffer is the input of this
     * call, the machine consumes the range itself: the position is left alone here, and the driver
     * finds it again after {@link #clear()}. An empty range counts as an answer: on a message
     * socket, an empty message.
     *
     * @param bytes heap or direct; its position and limit move while the driver sends
     * @param offset where the range begins, an index into the buffer
     * @param length bytes, 0 or more
     * @throws IllegalStateException if something was passed already, or after an ending
     * @throws IndexOutOfBoundsException if the range is not inside the buffer's capacity
     */
    public void pass(ByteBuffer bytes, int offset, int length) {
        if (!open()) {
            throw new IllegalStateException("nothing can follow passed bytes or an ending");
        }
        if ((offset | length) < 0 || length > bytes.capacity() - offset) {
            throw new IndexOutOfBoundsException(
                    "%d bytes at %d of %d".formatted(length, offset, bytes.capacity()));
        }
        passed = bytes;
        passedStart = offset;
        passedEnd = offset + length;
    }

    /**
     * After these bytes the driver shuts down writing; the machine is still fed, and sends no more.
     */
    public void halfClose() {
        if (ending == Ending.NONE) {
            ending = Ending.HALF_CLOSE;
        }
    }

    /**
     * After these bytes the driver closes lingeringly ({@link Ending#CLOSE}); the machine is done.
     */
    public void close() {
        ending = Ending.CLOSE;
    }

    // ---- for the driver

    /** Whether there is nothing to send and nothing to end. */
    public boolean isEmpty() {
        return remaining() == 0 && ending == Ending.NONE;
    }

    /**
     * Whether the machine answered at all: on a message socket, an answer of no bytes is sent as an
     * empty message, while no answer is not sent.
     */
    public boolean answered() {
        return passed != null || (sending ? buffer.limit() : buffer.position()) > 0;
    }

    /** How many bytes are still to be sent, collected and passed together. */
    public int remaining() {
        int collected = sending ? buffer.remaining() : buffer.position();
        ByteBuffer bytes = passed;
        if (bytes == null) {
            return collected;
        }
        return collected + (sending ? bytes.remaining() : passedEnd - passedStart);
    }

    /**
     * The collected bytes, to be sent first: from position to limit, which may be none. Always the
     * same buffer; sending moves its position.
     */
    public ByteBuffer collected() {
        startSending();
        return buffer;
    }

    /**
     * The passed bytes, to be sent after the collected ones: from position to limit, which may be
     * none; null if nothing was passed. For an echo it is the very buffer that the driver received
     * into. Sending moves the position; {@link #clear()} puts position and limit back to where the
     * machine had left them.
     */
    public @Nullable ByteBuffer passed() {
        startSending();
        return passed;
    }

    /** What is to be done when all bytes have been sent. */
    public Ending ending() {
        return ending;
    }

    /** Makes it empty for the next call, whether or not everything was sent. */
    public void clear() {
        ByteBuffer bytes = passed;
        if (bytes != null) {
            if (sending) {
                bytes.limit(resumeLimit).position(resumePosition);
            }
            passed = null;
        }
        sending = false;
        ending = Ending.NONE;
        buffer.clear();
    }

    private void startSending() {
        if (sending) {
            return;
        }
        sending = true;
        buffer.flip();
        ByteBuffer bytes = passed;
        if (bytes != null) {
            resumePosition = bytes.position();
            resumeLimit = bytes.limit();
            bytes.limit(passedEnd).position(passedStart);
        }
    }
}
