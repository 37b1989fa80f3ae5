// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;

/**
 * The memory of a direct buffer as a segment, kept for the next call, which mostly brings the same
 * buffer: the compiler does not see through the making of one. (Nor would the mere address do: it
 * is the segment that keeps an arena from being closed meanwhile.) It keeps neither alive.
 *
 * <p>Immutable; where it is kept, threads may overwrite each other's.
 */
final class BufferMemory {
    private final WeakReference<ByteBuffer> buffer;
    private final WeakReference<MemorySegment> memory;

    private BufferMemory(ByteBuffer buffer, MemorySegment memory) {
        this.buffer = new WeakReference<>(buffer);
        this.memory = new WeakReference<>(memory);
    }

    /** All of a buffer, from index 0 to its capacity, for a receive. */
    static MemorySegment toReceive(LinuxSocket socket, ByteBuffer buffer) {
        MemorySegment kept = keptFor(buffer, socket.received);
        if (kept != null) {
            return kept;
        }
        MemorySegment made = all(buffer);
        socket.received = new BufferMemory(buffer, made);
        return made;
    }

    /** The same for a send. */
    static MemorySegment toSend(LinuxSocket socket, ByteBuffer buffer) {
        MemorySegment kept = keptFor(buffer, socket.sent);
        if (kept != null) {
            return kept;
        }
        MemorySegment made = all(buffer);
        socket.sent = new BufferMemory(buffer, made);
        return made;
    }

    private static @Nullable MemorySegment keptFor(ByteBuffer buffer, @Nullable BufferMemory last) {
        return last != null && last.buffer.refersTo(buffer) ? last.memory.get() : null;
    }

    private static MemorySegment all(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer.duplicate().clear());
    }
}
