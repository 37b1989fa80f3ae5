// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/** Frames that all have the same length. A stream that ends inside one is refused. */
public final class FixedFramer extends Framer {
    /**
     * Frames of so many bytes.
     *
     * @param length 1 to 2^30
     */
    public FixedFramer(int length) {
        super(length, 0);
    }

    @Override
    Found find(ByteBuffer input) {
        return whole(input, 0, maxLength, 0);
    }

    @Override
    Found finish() {
        return refuse("the stream ended %d bytes into a frame of %d".formatted(held(), maxLength));
    }
}
