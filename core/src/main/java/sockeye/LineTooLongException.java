// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;

/**
 * A line is longer than its reader accepts. What was read so far is not lost: the reader still
 * holds it.
 */
public final class LineTooLongException extends IOException {
    private static final long serialVersionUID = 1;

    private final int limit;

    LineTooLongException(int limit) {
        super("a line is longer than " + limit + " bytes");
        this.limit = limit;
    }

    /** The limit in bytes, without the line's end. */
    public int limit() {
        return limit;
    }
}
