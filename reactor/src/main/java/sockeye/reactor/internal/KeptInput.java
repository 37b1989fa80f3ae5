// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;

/** What came and was left unread, or is not to be shown yet, in order. */
final class KeptInput {
    private final Driver driver;
    private @Nullable Chunk first;
    private @Nullable ArrayDeque<Chunk> more;
    private int bytes;

    /** What of the first counts: its own range is for all of it, which others may be using. */
    private int from;

    private int to;

    KeptInput(Driver driver) {
        this.driver = driver;
    }

    boolean isEmpty() {
        return first == null;
    }

    int bytes() {
        return bytes;
    }

    /** Where the bytes of the first begin. */
    int from() {
        return from;
    }

    /** Where they end. */
    int to() {
        return to;
    }

    /** The first, the caller's from now on. */
    Chunk take() {
        Chunk taken = first;
        if (taken == null) {
            throw new AssertionError("nothing is kept");
        }
        bytes -= to - from;
        Chunk next = more == null ? null : more.poll();
        first = next;
        if (next == null) {
            more = null;
        } else {
            from = next.start;
            to = next.end;
        }
        return taken;
    }

    /** Adds what was received, and takes it over. */
    void add(Chunk received) {
        Chunk chunk = driver.settle(received, received.start, received.end);
        received.release();
        bytes += chunk.length();
        if (first == null) {
            first = chunk;
            from = chunk.start;
            to = chunk.end;
        } else {
            more().add(chunk);
        }
    }

    /** Puts back what was shown and is left of it. */
    void addFirst(Chunk shown, int left, int end) {
        Chunk chunk = driver.settle(shown, left, end);
        Chunk before = first;
        if (before != null) {
            before.start = from;
            before.end = to;
            more().addFirst(before);
        }
        first = chunk;
        from = chunk == shown ? left : chunk.start;
        to = chunk == shown ? end : chunk.end;
        bytes += end - left;
    }

    private ArrayDeque<Chunk> more() {
        ArrayDeque<Chunk> all = more;
        if (all == null) {
            all = new ArrayDeque<>();
            more = all;
        }
        return all;
    }

    void clear() {
        while (first != null) {
            take().release();
        }
    }
}
