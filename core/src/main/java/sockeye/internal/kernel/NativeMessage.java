// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A message header with room for a few vectors, in native memory, which may stay with the kernel
 * after the call that began an operation.
 */
public final class NativeMessage {
    /** How many vectors there is room for. */
    public static final int VECTORS = 16;

    @CStruct("struct msghdr")
    static final class Header {
        static final int SIZEOF = 56;
        static final int msg_name = 0;
        static final int msg_namelen = 8;
        static final int msg_iov = 16;
        static final int msg_iovlen = 24;
        static final int msg_control = 32;
        static final int msg_controllen = 40;
        static final int msg_flags = 48;

        private Header() {}
    }

    @CStruct("struct iovec")
    static final class Vector {
        static final int SIZEOF = 16;
        static final int iov_base = 0;
        static final int iov_len = 8;

        private Vector() {}
    }

    private static final int FIRST = 64;

    private final MemorySegment memory =
            Arena.ofAuto().allocate(FIRST + VECTORS * Vector.SIZEOF, 64);
    private int count;

    /** One without vectors. */
    public NativeMessage() {
        reset();
    }

    /** Makes it a message without a name and without bytes. */
    public NativeMessage reset() {
        count = 0;
        memory.asSlice(0, Header.SIZEOF).fill((byte) 0);
        memory.set(JAVA_LONG, Header.msg_iov, memory.address() + FIRST);
        return this;
    }

    /** Where it is. */
    public long address() {
        return memory.address();
    }

    /** Where the name is, or has room, and how long it is. */
    public NativeMessage name(long address, int length) {
        memory.set(JAVA_LONG, Header.msg_name, length == 0 ? 0 : address);
        memory.set(JAVA_INT, Header.msg_namelen, length);
        return this;
    }

    /** Where what comes beside it has room, and how much. */
    public NativeMessage control(long address, int length) {
        memory.set(JAVA_LONG, Header.msg_control, length == 0 ? 0 : address);
        memory.set(JAVA_LONG, Header.msg_controllen, length);
        return this;
    }

    /** One more vector; whether there is room for another. */
    public boolean add(long address, long length) {
        long at = FIRST + (long) count * Vector.SIZEOF;
        memory.set(JAVA_LONG, at + Vector.iov_base, address);
        memory.set(JAVA_LONG, at + Vector.iov_len, length);
        count++;
        memory.set(JAVA_LONG, Header.msg_iovlen, count);
        return count < VECTORS;
    }

    /** After a receive: how long the name is that came. */
    public int nameLength() {
        return memory.get(JAVA_INT, Header.msg_namelen);
    }

    /** After a receive: how much came beside it. */
    public int controlLength() {
        return (int) memory.get(JAVA_LONG, Header.msg_controllen);
    }

    /** After a receive: the flags that came. */
    public int flags() {
        return memory.get(JAVA_INT, Header.msg_flags);
    }
}
