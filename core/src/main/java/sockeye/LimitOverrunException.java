// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;

/**
 * What a reader was to find did not come within its limit. Nothing is lost: the reader still holds
 * what it has read, and {@link LineReader#readExactly} with {@link #held} takes what is known not
 * to have it. asyncio's {@code LimitOverrunError}.
 */
public sealed class LimitOverrunException extends IOException permits LineTooLongException {
    private static final long serialVersionUID = 1;

    private final int limit;
    private final int held;

    LimitOverrunException(String message, int limit, int held) {
        super(message);
        this.limit = limit;
        this.held = held;
    }

    /** The limit in bytes, without the line's end or the separator. */
    public int limit() {
        return limit;
    }

    /**
     * How many bytes the reader holds that are before any separator: asyncio's {@code consumed}.
     */
    public int held() {
        return held;
    }
}
