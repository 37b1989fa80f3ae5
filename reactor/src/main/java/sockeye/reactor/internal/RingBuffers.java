// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.ring.BufferRing;
import sockeye.internal.ring.Ring;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The chunks that the kernel receives into, offered to it whenever nobody uses them. */
final class RingBuffers implements Chunk.Home {
    private final BufferRing ring;
    private final Chunk[] chunks;
    private final boolean[] inUse;
    private boolean registered;
    private int free;

    RingBuffers(int group, int count, int size) {
        this.ring = new BufferRing(group, count);
        this.chunks = new Chunk[count];
        this.inUse = new boolean[count];
        MemorySegment all = Arena.ofAuto().allocate((long) count * size, 64);
        for (int i = 0; i < count; i++) {
            chunks[i] = new Chunk(this, i, all.asSlice((long) i * size, size));
        }
        free = count;
    }

    void register(Ring with) throws IOException {
        ring.register(with);
        registered = true;
        for (Chunk each : chunks) {
            if (!inUse[each.id]) {
                offer(each);
            }
        }
    }

    /** The ring is gone. */
    void forget() {
        registered = false;
    }

    private void offer(Chunk chunk) {
        ring.offer(chunk.address, chunk.capacity(), chunk.id);
    }

    /** The kernel has taken this one. */
    Chunk take(int id) {
        free--;
        inUse[id] = true;
        return chunks[id].taken();
    }

    @Override
    public void back(Chunk chunk) {
        free++;
        inUse[chunk.id] = false;
        if (registered) {
            offer(chunk);
        }
    }

    boolean owns(Chunk chunk) {
        return chunk.id < chunks.length && chunks[chunk.id] == chunk;
    }

    int free() {
        return free;
    }

    /** Whether so few are left that none may be kept for long. */
    boolean isScarce() {
        return free < chunks.length / 4;
    }
}
