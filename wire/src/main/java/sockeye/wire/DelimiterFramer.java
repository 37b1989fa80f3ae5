// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Frames that end with a sequence of bytes, which is not part of them. Where the sequence could
 * begin in several places, the first whole one counts. A frame of more than {@link #maxLength()}
 * bytes is refused as soon as that many have come which cannot be its end. Lines have a {@link
 * LineFramer}, which is faster and takes LF and CRLF.
 */
public final class DelimiterFramer extends Framer {
    private final byte[] delimiter;

    /** How much of the delimiter is still matched after a mismatch behind so many bytes of it. */
    private final int[] fallback;

    private int matched;

    /**
     * Frames of up to so many bytes.
     *
     * @param delimiter 1 to 1024 bytes; copied
     * @param maxLength 1 to 2^30, the delimiter not counted
     */
    public DelimiterFramer(byte[] delimiter, int maxLength) {
        super(maxLength, delimiter.length);
        if (delimiter.length < 1 || delimiter.length > 1_024) {
            throw new IllegalArgumentException(
                    "a delimiter has 1 to 1024 bytes, not " + delimiter.length);
        }
        this.delimiter = delimiter.clone();
        this.fallback = new int[delimiter.length + 1];
        for (int i = 1, k = 0; i < delimiter.length; i++) {
            while (k > 0 && delimiter[i] != delimiter[k]) {
                k = fallback[k];
            }
            if (delimiter[i] == delimiter[k]) {
                k++;
            }
            fallback[i + 1] = k;
        }
    }

    @Override
    Found find(ByteBuffer input) {
        int start = input.position();
        int end = input.limit();
        // The longest frame that may be, and its end.
        int most = maxLength + delimiter.length - heldLength();
        int stop = end - start > most ? start + most : end;
        for (int i = start; i < stop; i++) {
            byte next = input.get(i);
            while (matched > 0 && next != delimiter[matched]) {
                matched = fallback[matched];
            }
            if (next == delimiter[matched]) {
                matched++;
            }
            if (matched == delimiter.length) {
                matched = 0;
                int length = heldLength() + i + 1 - start - delimiter.length;
                return length > maxLength ? tooLong() : whole(input, 0, length, delimiter.length);
            }
        }
        if (heldLength() + (stop - start) - matched > maxLength) {
            return tooLong();
        }
        hold(input, stop - start);
        return Found.MORE;
    }

    @Override
    Found finish() {
        matched = 0;
        // A part of a delimiter that came last turns out to have been none.
        return heldLength() > maxLength ? tooLong() : frameHeld(0, heldLength(), 0);
    }

    private Found tooLong() {
        return refuse("a frame is longer than %d bytes".formatted(maxLength));
    }
}
