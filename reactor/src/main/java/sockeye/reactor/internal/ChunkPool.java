// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;

/**
 * The native memory of one loop, in three sizes. What comes back is kept up to a number; more is
 * left to the garbage collector.
 */
final class ChunkPool implements Chunk.Home {
    /** For short answers. */
    static final int SMALL = 2 << 10;

    /** For what one receive or send moves of a stream. */
    static final int LARGE = 32 << 10;

    /** For one message of any length that datagrams have, and what stands in front of it. */
    static final int MESSAGE = 68 << 10;

    private static final int[] SIZES = {SMALL, LARGE, MESSAGE};
    private static final int[] KEPT = {1024, 256, 64};

    private final @Nullable Chunk[] free = new @Nullable Chunk[SIZES.length];
    private final int[] counts = new int[SIZES.length];
    private int out;
    private long made;

    /** One with room for so many bytes, or the largest if none has. */
    Chunk forBytes(int bytes) {
        return take(bytes <= SMALL ? 0 : 1);
    }

    Chunk small() {
        return take(0);
    }

    Chunk large() {
        return take(1);
    }

    Chunk message() {
        return take(2);
    }

    private Chunk take(int kind) {
        Chunk chunk = free[kind];
        out++;
        if (chunk == null) {
            made++;
            return new Chunk(this, kind, Arena.ofAuto().allocate(SIZES[kind], 64)).taken();
        }
        free[kind] = chunk.next;
        chunk.next = null;
        counts[kind]--;
        return chunk.taken();
    }

    @Override
    public void back(Chunk chunk) {
        out--;
        int kind = chunk.id;
        if (counts[kind] < KEPT[kind]) {
            counts[kind]++;
            chunk.next = free[kind];
            free[kind] = chunk;
        }
    }

    /** How many were made in all, rather than used again. */
    long made() {
        return made;
    }

    /** How many are in use. */
    int inUse() {
        return out;
    }
}
