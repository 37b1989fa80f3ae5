// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Lines: a frame ends with LF or CRLF, which is not part of it ({@link #endLength()} tells which it
 * was). A CR anywhere else is a byte like any other, and so is every other byte: no charset is
 * assumed. An empty line is a frame of length 0. A line of more than {@link #maxLength()} bytes
 * before its end is refused, as soon as that many have come.
 */
public final class LineFramer extends Framer {
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
    private static final long LINE_FEEDS = ONES * '\n';

    /**
     * Lines of up to so many bytes, their ends not counted.
     *
     * @param maxLength 1 to 2^30
     */
    public LineFramer(int maxLength) {
        super(maxLength, 2);
    }

    @Override
    Found find(ByteBuffer input) {
        int start = input.position();
        // The longest line that may be: maxLength bytes, CR, LF.
        int scanned = Math.min(input.remaining(), maxLength + 2 - heldLength());
        int feed = indexOfLineFeed(input, start, start + scanned);
        if (feed < 0) {
            int length = heldLength() + scanned;
            if (length > maxLength) {
                byte last = scanned > 0 ? input.get(start + scanned - 1) : lastHeld();
                if (length > maxLength + 1 || last != '\r') {
                    return tooLong();
                }
            }
            hold(input, scanned);
            return Found.MORE;
        }
        int here = feed - start;
        byte before = here > 0 ? input.get(feed - 1) : heldLength() > 0 ? lastHeld() : 0;
        int end = before == '\r' ? 2 : 1;
        int length = heldLength() + here + 1 - end;
        if (length > maxLength) {
            return tooLong();
        }
        if (heldLength() == 0) {
            return frameIn(input, 0, length, end);
        }
        hold(input, here + 1);
        return frameHeld(0, length, end);
    }

    @Override
    Found finish() {
        // One byte more can be held: a CR that might have been half of an end.
        return heldLength() > maxLength ? tooLong() : frameHeld(0, heldLength(), 0);
    }

    private Found tooLong() {
        return refuse("a line is longer than %d bytes".formatted(maxLength));
    }

    /** Thirty-two bytes at a time, then eight, then one. */
    static int indexOfLineFeed(ByteBuffer bytes, int from, int to) {
        int i = from;
        while (i <= to - 4 * Long.BYTES
                && (marks(bytes.getLong(i))
                                | marks(bytes.getLong(i + 8))
                                | marks(bytes.getLong(i + 16))
                                | marks(bytes.getLong(i + 24)))
                        == 0) {
            i += 4 * Long.BYTES;
        }
        boolean big = bytes.order() == ByteOrder.BIG_ENDIAN;
        for (; i <= to - Long.BYTES; i += Long.BYTES) {
            long word = bytes.getLong(i);
            long marks = marks(big ? Long.reverseBytes(word) : word);
            if (marks != 0) {
                return i + (Long.numberOfTrailingZeros(marks) >>> 3);
            }
        }
        for (; i < to; i++) {
            if (bytes.get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    /**
     * Not zero if any byte is a line feed; then the lowest bit that is set is the highest of the
     * lowest such byte (bytes above it may be marked wrongly).
     */
    private static long marks(long word) {
        long zeros = word ^ LINE_FEEDS;
        return (zeros - ONES) & ~zeros & HIGHS;
    }
}
