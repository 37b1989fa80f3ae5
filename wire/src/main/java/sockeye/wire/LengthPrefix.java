// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/** How a frame's length is written in front of it: the bytes behind the prefix, unsigned. */
public enum LengthPrefix {
    /** One byte. */
    U8(1, false),
    /** Two bytes, the higher first. */
    U16_BE(2, false),
    /** Two bytes, the lower first. */
    U16_LE(2, true),
    /** Four bytes, the highest first. */
    U32_BE(4, false),
    /** Four bytes, the lowest first. */
    U32_LE(4, true),
    /** Eight bytes, the highest first. */
    U64_BE(8, false),
    /** Eight bytes, the lowest first. */
    U64_LE(8, true),
    /**
     * Seven bits a byte, the lowest first, the eighth set in all but the last: LEB128, the varint
     * of Protocol Buffers, of up to ten bytes. Longer forms of a number than need be are read too.
     */
    VARINT(0, true);

    /** The most bytes that any prefix has. */
    static final int LONGEST = 10;

    private final int bytes;
    private final boolean little;

    LengthPrefix(int bytes, boolean little) {
        this.bytes = bytes;
        this.little = little;
    }

    /** The longest frame that it can announce, as far as a long can say it. */
    public long maxLength() {
        return bytes == 0 || bytes == 8 ? Long.MAX_VALUE : (1L << (8 * bytes)) - 1;
    }

    /** How many bytes the prefix of a frame has. */
    public int size(long length) {
        requireInRange(length);
        if (bytes != 0) {
            return bytes;
        }
        return Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(length) + 6) / 7);
    }

    /**
     * Writes the prefix of a frame, whatever the buffer's byte order is.
     *
     * @param length of the frame, 0 to {@link #maxLength()}
     * @throws java.nio.BufferOverflowException if there is no room
     */
    public void put(ByteBuffer out, long length) {
        int size = size(length);
        for (int i = 0; i < size; i++) {
            if (bytes == 0) {
                int more = i < size - 1 ? 0x80 : 0;
                out.put((byte) ((length >>> (7 * i) & 0x7f) | more));
            } else {
                out.put((byte) (length >>> (8 * (little ? i : size - 1 - i))));
            }
        }
    }

    private void requireInRange(long length) {
        if (length < 0 || length > maxLength()) {
            throw new IllegalArgumentException("%s cannot announce %d".formatted(this, length));
        }
    }

    /** How many bytes it always has, or 0 if that depends. */
    int fixedSize() {
        return bytes;
    }

    /** The number with one more byte of it, the {@code index}th. */
    long add(long before, int next, int index) {
        if (bytes == 0) {
            return before | (long) (next & 0x7f) << (7 * index);
        }
        return little ? before | (long) next << (8 * index) : before << 8 | next;
    }
}
