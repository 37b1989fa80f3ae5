// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * One frame: all that comes until the peer ends. {@link #next} holds it and finds nothing, {@link
 * #rest()} is it; an empty one is none. More than {@link #maxLength()} bytes are refused.
 */
public final class RestFramer extends Framer {
    /**
     * All there is, of up to so many bytes.
     *
     * @param maxLength 1 to 2^30
     */
    public RestFramer(int maxLength) {
        super(maxLength, 0);
    }

    @Override
    Found find(ByteBuffer input) {
        if (input.remaining() > maxLength - heldLength()) {
            return refuse("the peer has sent more than %d bytes".formatted(maxLength));
        }
        hold(input, input.remaining());
        return Found.MORE;
    }

    @Override
    Found finish() {
        return frameHeld(0, heldLength(), 0);
    }
}
