// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.EOFException;

/**
 * A stream ended before what was to be read had come. asyncio's {@code IncompleteReadError}: what
 * did come is in {@link #partial}; the reader still holds it too.
 */
public final class IncompleteReadException extends EOFException {
    private static final long serialVersionUID = 1;

    private final byte[] partial;
    private final int expected;

    IncompleteReadException(byte[] partial, int expected) {
        super(
                "the stream ended after "
                        + partial.length
                        + (expected < 0
                                ? " bytes without a separator"
                                : " of " + expected + " bytes"));
        this.partial = partial;
        this.expected = expected;
    }

    /** What there was: the bytes before the end. */
    public byte[] partial() {
        return partial.clone();
    }

    /** How many bytes were to be read; −1 where it was up to a separator. */
    public int expected() {
        return expected;
    }
}
