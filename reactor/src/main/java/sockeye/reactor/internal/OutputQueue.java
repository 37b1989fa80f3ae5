// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/** What a connection has to send, in order; the first may be with the driver. */
final class OutputQueue {
    private final Driver driver;
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private long pending;
    private long gone;

    /** Whether nothing can be added to the last chunk: it is a receive's, or has no room. */
    private boolean sealed;

    OutputQueue(Driver driver) {
        this.driver = driver;
    }

    @Nullable Chunk first() {
        return first;
    }

    boolean isEmpty() {
        return first == null;
    }

    /** How many bytes. */
    long pending() {
        return pending;
    }

    /** How many bytes have been sent. */
    long gone() {
        return gone;
    }

    /**
     * Adds bytes, and consumes them: copied, or where they are.
     *
     * @param shown what is being shown to who adds them, if it is
     */
    @SuppressWarnings("ReferenceEquality") // It is about this very buffer.
    void add(ByteBuffer bytes, @Nullable Chunk shown) {
        pending += bytes.remaining();
        if (shown != null
                && shown.view == bytes
                && first == null
                && bytes.hasRemaining()
                && driver.mayLend(shown)) {
            shown.retain();
            shown.start = bytes.position();
            shown.end = bytes.limit();
            bytes.position(bytes.limit());
            shown.next = null;
            first = shown;
            last = shown;
            sealed = true;
        } else {
            while (bytes.hasRemaining()) {
                room(bytes.remaining()).append(bytes);
            }
        }
    }

    /** Adds bytes with descriptors beside the first of them. */
    void add(ByteBuffer bytes, Passing with) {
        sealed = true;
        room(bytes.remaining()).passing = with;
        add(bytes, (Chunk) null);
    }

    /** Adds part of a file. */
    void add(FilePart part) {
        sealed = true;
        room(1).file = part;
        sealed = true;
        pending += part.left();
    }

    private Chunk room(int bytes) {
        Chunk tail = last;
        if (tail != null && !sealed && tail.end < tail.capacity()) {
            return tail;
        }
        sealed = false;
        Chunk fresh = driver.chunks().forBytes(bytes);
        if (tail == null) {
            first = fresh;
        } else {
            tail.next = fresh;
        }
        last = fresh;
        return fresh;
    }

    /** So many bytes are gone. */
    void drop(long count) {
        long left = count;
        pending -= count;
        gone += count;
        Chunk head = first;
        if (head != null && head.file != null) {
            FilePart part = head.file;
            if (part.took(count)) {
                part.finish();
                unlink(head);
            }
            return;
        }
        if (head != null && count > 0) {
            head.passed();
        }
        while (head != null && head.length() <= left) {
            left -= head.length();
            unlink(head);
            if (left == 0) {
                return;
            }
            head = first;
        }
        if (head != null) {
            head.start += (int) left;
        }
    }

    private void unlink(Chunk head) {
        first = head.next;
        if (first == null) {
            last = null;
            sealed = false;
        }
        head.next = null;
        head.release();
    }

    /** Nothing of it will be sent. */
    void clear(Throwable why) {
        Chunk head;
        while ((head = first) != null) {
            FilePart part = head.file;
            if (part != null) {
                part.fail(why);
            }
            unlink(head);
        }
        pending = 0;
    }
}
