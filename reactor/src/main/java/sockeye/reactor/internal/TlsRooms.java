// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;

import java.nio.ByteBuffer;

/**
 * The buffers of one connection under TLS. They are of a pool, and each is held only while there is
 * something in it.
 */
final class TlsRooms {
    /** Holds a record of the largest kind, and one of those that an engine makes beside it. */
    private static final int SIZE = 34 << 10;

    private static final int HEADER = 5;
    private static final StripedPool<ByteBuffer> POOL =
            new StripedPool<>(() -> ByteBuffer.allocate(SIZE));

    /** The beginning of a record, or what came while nothing could be taken: position to limit. */
    @Nullable ByteBuffer records;

    /** What is decrypted and was left unread, from position to limit. */
    @Nullable ByteBuffer plain;

    /** What is written and not in records yet, up to its position. */
    @Nullable ByteBuffer written;

    static ByteBuffer room(int bytes) {
        return bytes > SIZE ? ByteBuffer.allocate(bytes) : POOL.take().clear();
    }

    static void recycle(@Nullable ByteBuffer buffer) {
        if (buffer != null && buffer.capacity() == SIZE) {
            POOL.give(buffer);
        }
    }

    /** Null, and the buffer given back, if nothing remains in it. */
    static @Nullable ByteBuffer giveBack(@Nullable ByteBuffer buffer) {
        if (buffer != null && buffer.hasRemaining()) {
            return buffer;
        }
        recycle(buffer);
        return null;
    }

    /** Puts behind the beginning of a record what it lacks of its header, or then of itself. */
    static void complete(ByteBuffer begun, ByteBuffer bytes) {
        int length = HEADER;
        if (begun.remaining() >= HEADER) {
            length += begun.getShort(begun.position() + 3) & 0xffff;
        }
        int count = Math.min(Math.max(0, length - begun.remaining()), bytes.remaining());
        begun.compact();
        count = Math.min(count, begun.remaining());
        begun.put(begun.position(), bytes, bytes.position(), count);
        begun.position(begun.position() + count).flip();
        bytes.position(bytes.position() + count);
    }

    /** Whether something has come that is still to be taken, if only half a record. */
    boolean isInput() {
        return plain != null || records != null;
    }

    /** Keeps all of this behind what is kept of records. */
    void keep(ByteBuffer bytes) {
        ByteBuffer begun = records;
        int before = begun == null ? 0 : begun.remaining();
        ByteBuffer all = room(before + bytes.remaining());
        if (begun != null) {
            all.put(begun);
            recycle(begun);
        }
        records = all.put(bytes).flip();
    }

    /** How many bytes are written and not in records yet. */
    int gathered() {
        ByteBuffer all = written;
        return all == null ? 0 : all.position();
    }

    /** Puts this behind what is written. */
    void gather(ByteBuffer bytes) {
        ByteBuffer room = written;
        if (room == null) {
            room = room(bytes.remaining());
        } else if (room.remaining() < bytes.remaining()) {
            int size = Math.max(2 * room.capacity(), room.position() + bytes.remaining());
            ByteBuffer larger = ByteBuffer.allocate(size).put(room.flip());
            recycle(room);
            room = larger;
        }
        written = room.put(bytes);
    }

    /** Gives all back. */
    void release() {
        recycle(records);
        recycle(plain);
        recycle(written);
        records = null;
        plain = null;
        written = null;
    }
}
