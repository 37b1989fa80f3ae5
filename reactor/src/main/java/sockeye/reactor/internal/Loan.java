// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Chunks that the kernel reads from where they are: it has a share in each until its notice comes,
 * which may be long after the send has completed. Used again and again.
 */
final class Loan implements InFlight {
    private final @Nullable Chunk[] chunks = new @Nullable Chunk[NativeMessage.VECTORS];
    private int count;

    /** Where the notice finds it; once the send has completed. */
    int slot = -1;

    /** Whether the send has failed, so that its end says nothing of memory that is free again. */
    boolean isVain;

    /** The next of those that are free. */
    @Nullable Loan next;

    /** Lends so many chunks of a queue. */
    void lend(Chunk first, int many) {
        Chunk each = first;
        for (int i = 0; i < many && each != null; i++) {
            each.retain();
            chunks[count++] = each;
            each = each.next;
        }
    }

    /** The kernel has them no longer. */
    void giveBack() {
        for (int i = 0; i < count; i++) {
            Chunk each = chunks[i];
            chunks[i] = null;
            if (each != null) {
                each.release();
            }
        }
        count = 0;
    }

    /** The memory, if nobody will ever say that it is free: the chunks never go home. */
    List<MemorySegment> memory() {
        List<MemorySegment> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Chunk each = chunks[i];
            if (each != null) {
                all.add(each.memory);
            }
        }
        return all;
    }
}
