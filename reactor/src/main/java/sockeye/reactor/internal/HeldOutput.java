// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;

/** What was written and may not go yet, in order; without a buffer while there is none of it. */
final class HeldOutput {
    private static final int SIZE = 32 << 10;
    private static final StripedPool<ByteBuffer> POOL =
            new StripedPool<>(() -> ByteBuffer.allocate(SIZE));

    /** From position to limit. */
    private @Nullable ByteBuffer bytes;

    boolean isEmpty() {
        return bytes == null;
    }

    int length() {
        ByteBuffer held = bytes;
        return held == null ? 0 : held.remaining();
    }

    /** Adds all that remains, and consumes it. */
    void add(ByteBuffer more) {
        int count = more.remaining();
        if (count == 0) {
            return;
        }
        ByteBuffer room = withRoom(count);
        int end = room.limit();
        room.limit(end + count);
        room.put(end, more, more.position(), count);
        more.position(more.limit());
        bytes = room;
    }

    private ByteBuffer withRoom(int count) {
        ByteBuffer held = bytes;
        if (held == null) {
            return (count > SIZE ? ByteBuffer.allocate(count) : POOL.take()).clear().limit(0);
        }
        if (held.capacity() - held.limit() >= count) {
            return held;
        }
        int all = Math.addExact(held.remaining(), count);
        if (all <= held.capacity() / 2) {
            return held.compact().flip();
        }
        ByteBuffer larger = ByteBuffer.allocate((int) Math.min(2L * all, Integer.MAX_VALUE - 8));
        larger.put(held).flip();
        recycle(held);
        return larger;
    }

    /** Writes so many of the first bytes, or all there are; how many. */
    int write(int most, Transport to) {
        ByteBuffer held = bytes;
        if (held == null) {
            return 0;
        }
        int end = held.limit();
        int count = Math.min(most, held.remaining());
        held.limit(held.position() + count);
        to.write(held);
        held.limit(end);
        if (!held.hasRemaining()) {
            clear();
        }
        return count;
    }

    void clear() {
        ByteBuffer held = bytes;
        if (held != null) {
            bytes = null;
            recycle(held);
        }
    }

    private static void recycle(ByteBuffer buffer) {
        if (buffer.capacity() == SIZE) {
            POOL.give(buffer);
        }
    }
}
