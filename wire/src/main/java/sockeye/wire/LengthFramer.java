// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Frames with their length in front ({@link LengthPrefix}), which is not part of them. A frame that
 * is announced to be longer than {@link #maxLength()} is refused before a byte of it is held; a
 * stream that ends inside a frame, too ({@link #rest()}).
 */
public final class LengthFramer extends Framer {
    private final LengthPrefix prefix;

    /**
     * Frames of up to so many bytes.
     *
     * @param maxLength 1 to 2^30
     */
    public LengthFramer(LengthPrefix prefix, int maxLength) {
        super(maxLength, LengthPrefix.LONGEST);
        this.prefix = prefix;
    }

    @Override
    Found find(ByteBuffer input) {
        int there = heldLength() + input.remaining();
        int size = prefix.fixedSize();
        long length = 0;
        int read = 0;
        for (boolean last = false; !last; read++) {
            if (read == there) {
                hold(input, input.remaining());
                return Found.MORE;
            }
            int next = byteAt(input, read);
            length = prefix.add(length, next, read);
            last = size == 0 ? next < 0x80 : read == size - 1;
            if (size == 0 && read == LengthPrefix.LONGEST - 1 && next > 1) {
                return refuse("a varint has more than 64 bits");
            }
        }
        if (length < 0 || length > maxLength) {
            String announced = Long.toUnsignedString(length);
            return refuse("a frame of %s bytes, more than %d".formatted(announced, maxLength));
        }
        return whole(input, read, (int) length, 0);
    }

    @Override
    Found finish() {
        return refuse("the stream ended inside a frame");
    }
}
