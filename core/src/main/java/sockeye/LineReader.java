// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Lines and other units of a stream's input. It reads ahead, and holds a buffer only while there is
 * something in it.
 *
 * <p>Bounded: a line may have {@value #DEFAULT_LIMIT} bytes unless {@link #limit(int)} says
 * otherwise, so that a peer who never ends a line costs no more than that.
 *
 * <p>For one thread at a time.
 */
public final class LineReader {
    /** The longest line by default, in bytes without its end. */
    public static final int DEFAULT_LIMIT = 64 << 10;

    private static final int CHUNK = 16 << 10;
    private static final StripedPool<byte[]> CHUNKS = new StripedPool<>(() -> new byte[CHUNK]);
    private static final byte[] NONE = {};

    private final ByteStream source;
    private final Source bytes;
    private byte[] buffer = NONE;
    private int from;
    private int to;
    private int limit = DEFAULT_LIMIT;
    private @Nullable Thread thread;

    /** Where the reader of a stream gets its bytes, beneath its own buffer. */
    public interface Source {
        /**
         * Before each read: sends what {@link ByteStream#write} has kept back, unless another
         * thread is about to.
         */
        void flushHeld() throws IOException;

        /** Reads as {@link ByteStream#read(byte[], int, int)} does, past what the reader holds. */
        int read(byte[] bytes, int offset, int length) throws IOException;
    }

    LineReader(ByteStream source, Source bytes) {
        this.source = source;
        this.bytes = bytes;
    }

    /**
     * A reader for a {@link ByteStream} of one's own, which keeps it, and has its own reads ask the
     * reader first ({@link #read}), since that has read ahead.
     *
     * @param stream the stream; the reader waits by its {@link ByteStream#awaitInput}
     * @param bytes what the stream reads itself
     */
    public static LineReader over(ByteStream stream, Source bytes) {
        return new LineReader(stream, bytes);
    }

    /**
     * Sets the longest line, or unit before a separator, that is accepted from now on: in bytes
     * without its end, at least 1.
     */
    public LineReader limit(int bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("a limit of at least 1 byte: " + bytes);
        }
        limit = bytes;
        return this;
    }

    /**
     * Reads a line in UTF-8, without its end, LF or CRLF. Malformed bytes become U+FFFD.
     *
     * @return the line, the rest before the end if that lacks a line's end, or null at the end
     * @throws LineTooLongException if the line exceeds the limit; the same again at the next call
     */
    public @Nullable String readLine() throws IOException {
        int length = findLine();
        if (length < 0) {
            return null;
        }
        String line = new String(buffer, from, length(length), StandardCharsets.UTF_8);
        consume(length);
        return line;
    }

    /** The same, as bytes. */
    public byte @Nullable [] readLineBytes() throws IOException {
        int length = findLine();
        if (length < 0) {
            return null;
        }
        byte[] line = Arrays.copyOfRange(buffer, from, from + length(length));
        consume(length);
        return line;
    }

    /**
     * Reads so many bytes. The memory for them grows as they come, so that a count which the peer
     * has named costs nothing before he has sent something; but bound it.
     *
     * @param count 0 or more
     * @throws IncompleteReadException if the stream ends before; what there was is in it, and is
     *     still to be read
     */
    public byte[] readExactly(int count) throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("so many bytes: " + count);
        }
        while (to - from < count) {
            int held = to - from;
            if (!fill(held + Math.min(count - held, CHUNK))) {
                throw new IncompleteReadException(held(), count);
            }
        }
        byte[] exactly = Arrays.copyOfRange(buffer, from, from + count);
        consume(count);
        return exactly;
    }

    /**
     * Reads up to a separator; the bytes end with it. Of several that match, the one that ends
     * first counts, and of those the longest.
     *
     * <pre>{@code
     * byte[] head = stream.reader().limit(8192).readUntil("\r\n\r\n".getBytes(US_ASCII));
     * }</pre>
     *
     * @param separators at least one, none empty
     * @return the bytes, or null at the end
     * @throws LimitOverrunException if there are more than the limit before a separator
     * @throws IncompleteReadException if the stream ends before one; what there was is in it, and
     *     is still to be read
     */
    public byte @Nullable [] readUntil(byte[]... separators) throws IOException {
        int longest = 0;
        for (byte[] separator : separators) {
            if (separator.length == 0) {
                throw new IllegalArgumentException("an empty separator");
            }
            longest = Math.max(longest, separator.length);
        }
        if (longest == 0) {
            throw new IllegalArgumentException("no separator");
        }
        int scanned = 0;
        while (true) {
            for (int end = scanned + 1; end <= to - from; end++) {
                int separator = endsWith(from + end, end, separators);
                if (separator > 0) {
                    return unit(end, separator);
                }
            }
            scanned = to - from;
            int without = scanned - longest + 1;
            if (without > limit) {
                throw overrun(without);
            }
            if (!fill(scanned + 1)) {
                if (scanned == 0) {
                    return null;
                }
                throw new IncompleteReadException(held(), -1);
            }
        }
    }

    /** The length of the longest separator that ends at a place in the buffer; 0 for none. */
    private int endsWith(int end, int most, byte[]... separators) {
        int longest = 0;
        for (byte[] separator : separators) {
            int length = separator.length;
            if (length > longest
                    && length <= most
                    && Arrays.equals(buffer, end - length, end, separator, 0, length)) {
                longest = length;
            }
        }
        return longest;
    }

    private byte[] unit(int length, int separator) throws IOException {
        if (length - separator > limit) {
            throw overrun(length - separator);
        }
        byte[] unit = Arrays.copyOfRange(buffer, from, from + length);
        consume(length);
        return unit;
    }

    private LimitOverrunException overrun(int without) {
        return new LimitOverrunException("no separator within " + limit + " bytes", limit, without);
    }

    /**
     * Reads what is there, but at most so many bytes: what is held, else what one read of the
     * stream gives.
     *
     * @param count at least 1
     * @return at least one byte, or null at the end
     */
    public byte @Nullable [] readAtMost(int count) throws IOException {
        if (count < 1) {
            throw new IllegalArgumentException("so many bytes: " + count);
        }
        if (to == from && !fill(1)) {
            return null;
        }
        int length = Math.min(count, to - from);
        byte[] some = Arrays.copyOfRange(buffer, from, from + length);
        consume(length);
        return some;
    }

    /**
     * Reads everything up to the end of the stream.
     *
     * @param most how much is accepted
     * @throws LimitOverrunException if there is more; it is still to be read
     */
    public byte[] readAll(int most) throws IOException {
        if (most < 0) {
            throw new IllegalArgumentException("so many bytes: " + most);
        }
        while (true) {
            int held = to - from;
            if (held > most) {
                throw new LimitOverrunException("more than " + most + " bytes", most, held);
            }
            if (!fill(held + 1)) {
                byte[] all = held();
                consume(held);
                return all;
            }
        }
    }

    /**
     * Whether nothing is left to read. It waits until that is known: until there is a byte, which
     * stays to be read, or the end. asyncio's {@code at_eof} does not wait, and may say no when the
     * end is all that is left.
     */
    public boolean isAtEnd() throws IOException {
        return to == from && !fill(1);
    }

    private byte[] held() {
        return Arrays.copyOfRange(buffer, from, to);
    }

    /** Reads what is held, else what the stream gives; −1 at the end. */
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        int held = Math.min(to - from, length);
        if (held == 0) {
            if (length == 0) {
                return 0;
            }
            thread = Thread.currentThread();
            bytes.flushHeld();
            return bytes.read(target, offset, length);
        }
        System.arraycopy(buffer, from, target, offset, held);
        consume(held);
        return held;
    }

    /** How many bytes are held here, read from the stream but not from the reader. */
    public int available() {
        return to - from;
    }

    /**
     * Whether the calling thread is the one that reads here, and there is more for it without
     * asking the kernel: then {@link ByteStream#write} may keep back what it is given.
     */
    public boolean hasMore() {
        return to > from && thread == Thread.currentThread();
    }

    /** The length of the next line with its end, or −1. */
    private int findLine() throws IOException {
        int scanned = 0;
        while (true) {
            for (int i = from + scanned; i < to; i++) {
                if (buffer[i] == '\n') {
                    return i - from + 1;
                }
            }
            scanned = to - from;
            int over = scanned - limit;
            if (over > 1 || (over == 1 && buffer[to - 1] != '\r')) {
                throw new LineTooLongException(limit, to - from);
            }
            if (!fill(scanned + 1)) {
                return scanned == 0 ? -1 : scanned;
            }
        }
    }

    /** Without CR and LF; throws if still longer than the limit. */
    private int length(int whole) throws IOException {
        int length = whole;
        if (length > 0 && buffer[from + length - 1] == '\n') {
            length--;
            if (length > 0 && buffer[from + length - 1] == '\r') {
                length--;
            }
        }
        if (length > limit) {
            throw new LineTooLongException(limit, to - from);
        }
        return length;
    }

    /**
     * Gets at least one byte more, into a buffer that can hold {@code capacity}; false at the end.
     */
    private boolean fill(int capacity) throws IOException {
        thread = Thread.currentThread();
        bytes.flushHeld();
        if (from == to) {
            source.awaitInput();
        }
        makeRoom(capacity);
        int count = 0;
        try {
            count = bytes.read(buffer, to, buffer.length - to);
        } finally {
            if (count <= 0 && from == to) {
                release();
            }
        }
        if (count < 0) {
            return false;
        }
        if (count == 0) {
            // In non-blocking mode, where a line cannot be waited for.
            throw ErrnoFailure.of(
                    "recv", LinuxSocket.EAGAIN, null, source.local(), source.peer(), 0);
        }
        to += count;
        return true;
    }

    private void makeRoom(int capacity) {
        if (buffer.length == 0) {
            buffer = capacity <= CHUNK ? CHUNKS.take() : new byte[capacity];
            return;
        }
        int held = to - from;
        if (to < buffer.length && from + capacity <= buffer.length) {
            return;
        }
        if (capacity <= buffer.length) {
            System.arraycopy(buffer, from, buffer, 0, held);
        } else {
            byte[] larger = new byte[Math.max(capacity, buffer.length * 2)];
            System.arraycopy(buffer, from, larger, 0, held);
            recycle();
            buffer = larger;
        }
        from = 0;
        to = held;
    }

    private void consume(int count) {
        from += count;
        if (from == to) {
            release();
        }
    }

    private void release() {
        recycle();
        buffer = NONE;
        from = 0;
        to = 0;
    }

    private void recycle() {
        if (buffer.length == CHUNK) {
            CHUNKS.give(buffer);
        }
    }
}
