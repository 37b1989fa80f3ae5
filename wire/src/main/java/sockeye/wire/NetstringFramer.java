// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Netstrings: {@code 5:hello,}. The length has no leading zeros, and the comma must be there;
 * whatever else comes is refused, and so is a length of more than {@link #maxLength()} before a
 * byte of the string is held.
 *
 * @see <a href="https://cr.yp.to/proto/netstrings.txt">Netstrings</a>
 */
public final class NetstringFramer extends Framer {
    private static final int DIGITS = 10;

    /**
     * Strings of up to so many bytes.
     *
     * @param maxLength 1 to 2^30
     */
    public NetstringFramer(int maxLength) {
        super(maxLength, DIGITS + 2);
    }

    /** What stands in front of a string of so many bytes; a comma follows it. */
    public static byte[] head(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("negative: " + length);
        }
        return (length + ":").getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    Found find(ByteBuffer input) {
        int there = heldLength() + input.remaining();
        long length = 0;
        for (int read = 0; read < there; read++) {
            int next = byteAt(input, read);
            if (next == ':' && read > 0) {
                return string(input, read + 1, (int) length, there);
            }
            if (next < '0' || next > '9' || (read == 1 && length == 0)) {
                return refuse("no netstring's length");
            }
            length = length * 10 + (next - '0');
            if (length > maxLength) {
                return refuse("a netstring is longer than %d bytes".formatted(maxLength));
            }
        }
        hold(input, input.remaining());
        return Found.MORE;
    }

    private Found string(ByteBuffer input, int head, int length, int there) {
        if (there > head + length && byteAt(input, head + length) != ',') {
            return refuse("a netstring does not end with a comma");
        }
        return whole(input, head, length, 1);
    }

    @Override
    Found finish() {
        return refuse("the stream ended inside a netstring");
    }
}
