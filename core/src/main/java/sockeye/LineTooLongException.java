// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * A line is longer than its reader accepts. What was read so far is not lost: the reader still
 * holds it, and reading on by another way than lines takes it.
 */
public final class LineTooLongException extends LimitOverrunException {
    private static final long serialVersionUID = 1;

    LineTooLongException(int limit, int held) {
        super("a line is longer than " + limit + " bytes", limit, held);
    }
}
