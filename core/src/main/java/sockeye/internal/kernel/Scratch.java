// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Native working memory for one operation: room for a message header, an address, vectors, control
 * data and a payload. Taken before the call and given back after it, by the same thread, which does
 * not park in between but for a platform thread that makes a call which may block.
 */
public final class Scratch implements AutoCloseable {
    /** Where a message header lies (struct msghdr). */
    public static final int MSGHDR = 0;

    /** Where an address lies, {@link #ADDRESS_BYTES} long. */
    public static final int ADDRESS = 64;

    /** Room for any struct sockaddr. */
    public static final int ADDRESS_BYTES = 128;

    /** Where a few ints lie (a socklen_t, the two numbers of a pair). */
    public static final int INTS = 192;

    /** Where vectors lie (struct iovec), {@link #VECTOR_COUNT} of them. */
    public static final int VECTORS = 512;

    /** How many vectors there is room for. */
    public static final int VECTOR_COUNT = 64;

    /** Where control data, a path or an option's value lies, {@link #CONTROL_BYTES} long. */
    public static final int CONTROL = 2048;

    /** Room for control data. */
    public static final int CONTROL_BYTES = 14 << 10;

    /** Room for the payload of one call, in {@link #payload()}. */
    public static final int PAYLOAD_BYTES = 128 << 10;

    private static final StripedPool<Scratch> POOL = new StripedPool<>(Scratch::new);

    private final MemorySegment memory = Arena.ofAuto().allocate(CONTROL + CONTROL_BYTES, 64);
    private final byte[] sockaddr = new byte[ADDRESS_BYTES];
    private @Nullable MemorySegment payload;

    private Scratch() {}

    /** Takes one out of the pool. */
    public static Scratch take() {
        return POOL.take();
    }

    /** Puts it back; nothing of it may be used afterwards. */
    @Override
    public void close() {
        POOL.give(this);
    }

    /** All of it. */
    public MemorySegment memory() {
        return memory;
    }

    /** The address of what lies at an offset. */
    public long address(int offset) {
        return memory.address() + offset;
    }

    /** Heap room for one address, where a codec wants an array. */
    public byte[] sockaddr() {
        return sockaddr;
    }

    /** Native room for a payload, made at the first use. */
    public MemorySegment payload() {
        MemorySegment room = payload;
        if (room == null) {
            room = Arena.ofAuto().allocate(PAYLOAD_BYTES, 64);
            payload = room;
        }
        return room;
    }
}
