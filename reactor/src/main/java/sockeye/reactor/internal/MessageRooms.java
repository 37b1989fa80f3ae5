// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessages;

import java.util.Objects;

/** Chunks that recvmmsg(2) may fill, one message each; what was taken is replaced by the next. */
final class MessageRooms {

    private final NativeMessages headers = new NativeMessages(KernelDriver.MANY, KernelDriver.MANY);
    private final @Nullable Chunk[] rooms = new @Nullable Chunk[KernelDriver.MANY];
    private final ChunkPool chunks;
    private final int controlRoom;

    /** How many from the first are not as a receive needs them. */
    private int used = KernelDriver.MANY;

    MessageRooms(ChunkPool chunks, int controlRoom) {
        this.chunks = chunks;
        this.controlRoom = controlRoom;
    }

    private void refill() {
        for (int i = 0; i < used; i++) {
            Chunk room = rooms[i];
            if (room == null) {
                room = chunks.message();
                rooms[i] = room;
            }
            headers.room(i, room.address, Chunk.NAME_BYTES, controlRoom, room.capacity());
        }
        used = 0;
    }

    /** How many messages have come, each of which is then to be taken, or the negated errno. */
    int receive(KernelChannel channel) {
        refill();
        int count =
                channel.kernel.recvmmsg(
                        channel.fd, headers.address(), KernelDriver.MANY, Operation.MSG_DONTWAIT);
        used = Math.max(0, count);
        return count;
    }

    Chunk take(int i) {
        Chunk room = Objects.requireNonNull(rooms[i]);
        rooms[i] = null;
        room.nameStart = 0;
        room.nameLength = headers.nameLength(i);
        room.flags = headers.flags(i);
        room.start = Chunk.NAME_BYTES + controlRoom;
        room.end = room.start + headers.length(i);
        room.beside(Chunk.NAME_BYTES, controlRoom == 0 ? 0 : headers.controlLength(i));
        return room;
    }
}
