// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;

import java.nio.ByteBuffer;

/** What both directions of a {@link TlsStream} borrow, for as long as there is something in it. */
final class TlsBuffers {
    /** Holds two records of the largest kind that an engine makes, or one that it may be sent. */
    static final int SIZE = 34 << 10;

    static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static final StripedPool<ByteBuffer> POOL =
            new StripedPool<>(() -> ByteBuffer.allocate(SIZE));

    private TlsBuffers() {}

    /** An empty one with so much room; more than any engine of ours needs is not pooled. */
    static ByteBuffer take(int room) {
        return room > SIZE ? ByteBuffer.allocate(room) : POOL.take().clear();
    }

    /** Null, if nothing remains in it: then it is given back. */
    static @Nullable ByteBuffer giveBack(@Nullable ByteBuffer buffer) {
        if (buffer == null || buffer.hasRemaining()) {
            return buffer;
        }
        recycle(buffer);
        return null;
    }

    static void recycle(ByteBuffer buffer) {
        if (buffer.capacity() == SIZE) {
            POOL.give(buffer);
        }
    }
}
