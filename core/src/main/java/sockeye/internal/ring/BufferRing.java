// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Buffers of one size from which the kernel takes one when something has arrived: the caller's own
 * memory, offered by number in a ring. It can be registered with one {@link Ring} after another.
 */
public final class BufferRing {
    private static final int IORING_REGISTER_PBUF_RING = 22;
    private static final int IORING_UNREGISTER_PBUF_RING = 23;
    private static final int PAGE = 64 << 10; // the largest that aarch64 has
    private static final int UNUSED_GROUP = 0x7fff;

    @CStruct("struct io_uring_buf")
    static final class Buf {
        static final int SIZEOF = 16;
        static final int addr = 0;
        static final int len = 8;
        static final int bid = 12;

        /** Of the first one it is the ring's tail. */
        static final int resv = 14;

        private Buf() {}
    }

    @CStruct("struct io_uring_buf_reg")
    static final class Reg {
        static final int SIZEOF = 40;
        static final int ring_addr = 0;
        static final int ring_entries = 8;
        static final int bgid = 12;

        private Reg() {}
    }

    private static final VarHandle SHORT = JAVA_SHORT.varHandle();

    private final MemorySegment ring;
    private final int count;
    private final int group;
    private short tail;

    /**
     * One without buffers.
     *
     * @param count how many it can offer, a power of 2 up to 32,768
     */
    public BufferRing(int group, int count) {
        if (Integer.bitCount(count) != 1 || count > 1 << 15) {
            throw new IllegalArgumentException("no power of 2: " + count);
        }
        this.group = group;
        this.count = count;
        this.ring = Arena.ofAuto().allocate((long) count * Buf.SIZEOF, PAGE);
    }

    static boolean isSupported(Kernel kernel, int fd) {
        MemorySegment memory = Arena.ofAuto().allocate(PAGE, PAGE);
        int result = register(kernel, fd, memory, 1, UNUSED_GROUP);
        if (result < 0) {
            return false;
        }
        MemorySegment reg = registration(memory, 1, UNUSED_GROUP);
        kernel.ioUringRegister(fd, IORING_UNREGISTER_PBUF_RING, reg.address(), 1);
        return true;
    }

    private static MemorySegment registration(MemorySegment memory, int count, int group) {
        MemorySegment reg = Arena.ofAuto().allocate(Reg.SIZEOF, 8);
        reg.set(JAVA_LONG, Reg.ring_addr, memory.address());
        reg.set(JAVA_INT, Reg.ring_entries, count);
        reg.set(JAVA_SHORT, Reg.bgid, (short) group);
        return reg;
    }

    private static int register(Kernel kernel, int fd, MemorySegment memory, int count, int group) {
        MemorySegment reg = registration(memory, count, group);
        return kernel.ioUringRegister(fd, IORING_REGISTER_PBUF_RING, reg.address(), 1);
    }

    /** Makes the kernel know it, empty. */
    public void register(Ring with) throws IOException {
        ring.fill((byte) 0);
        tail = 0;
        int result = register(with.kernel(), with.fd(), ring, count, group);
        if (result < 0) {
            throw ErrnoFailure.of("io_uring_register", -result, "", null, null, 0);
        }
    }

    /** Offers a buffer. */
    public void offer(long address, int length, int id) {
        long at = (long) (tail & count - 1) * Buf.SIZEOF;
        ring.set(JAVA_LONG, at + Buf.addr, address);
        ring.set(JAVA_INT, at + Buf.len, length);
        ring.set(JAVA_SHORT, at + Buf.bid, (short) id);
        tail++;
        SHORT.setRelease(ring, (long) Buf.resv, tail);
    }
}
