// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;

import java.io.EOFException;
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

    /** Where the reader gets its bytes, beneath its own buffer. */
    interface Source {
        /** Before each read: sends what was kept back, unless another thread is about to. */
        void flushHeld() throws IOException;

        int read(byte[] bytes, int offset, int length) throws IOException;
    }

    LineReader(ByteStream source, Source bytes) {
        this.source = source;
        this.bytes = bytes;
    }

    /** Sets the longest line accepted from now on, in bytes without its end: at least 1. */
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
     * @throws EOFException if the stream ends before; what there was is still to be read
     */
    public byte[] readExactly(int count) throws IOException {
        if (count < 0) {
            throw new IllegalArgumentException("so many bytes: " + count);
        }
        while (to - from < count) {
            int held = to - from;
            if (!fill(held + Math.min(count - held, CHUNK))) {
                throw new EOFException(
                        "the stream ended after " + (to - from) + " of " + count + " bytes");
            }
        }
        byte[] exactly = Arrays.copyOfRange(buffer, from, from + count);
        consume(count);
        return exactly;
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
     * asking the kernel.
     */
    boolean hasMore() {
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
                throw new LineTooLongException(limit);
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
            throw new LineTooLongException(limit);
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
