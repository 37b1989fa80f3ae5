// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.PassedDescriptor;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

/**
 * A socket, which is asked with MSG_DONTWAIT, or a pipe, with RWF_NOWAIT; not a FIFO, nor a pipe of
 * a kernel before 6.4, where that flag is refused.
 */
final class DirectEnd extends StreamEnd {
    private static final int RWF_NOWAIT = 8;
    private static final int EOPNOTSUPP = -95;
    private static final int ENOSYS = -38;

    private static final int IOV_BASE = Scratch.VECTORS;
    private static final int IOV_LEN = Scratch.VECTORS + 8;

    /** How many chunks one attempt may take. */
    private static final int AT_ONCE = 16;

    private final PassedDescriptor own;
    private final boolean socket;

    DirectEnd(KernelChannel channel, PassedDescriptor own, boolean socket) {
        super(channel);
        this.own = own;
        this.socket = socket;
    }

    /**
     * Whether the descriptor knows RWF_NOWAIT. Asked with an address at which nobody has anything:
     * so whatever the answer is, no byte is taken or written.
     */
    static boolean isPossible(KernelChannel of, boolean input) {
        long result = transfer(of, input, 1, 1);
        return result != EOPNOTSUPP && result != ENOSYS;
    }

    private static long transfer(KernelChannel c, boolean input, long address, int length) {
        Kernel kernel = c.kernel;
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_LONG, IOV_BASE, address);
            scratch.memory().set(JAVA_LONG, IOV_LEN, length);
            long vector = scratch.address(Scratch.VECTORS);
            long result;
            do {
                result =
                        input
                                ? kernel.preadv2(c.fd, vector, 1, -1, RWF_NOWAIT)
                                : kernel.pwritev2(c.fd, vector, 1, -1, RWF_NOWAIT);
            } while (result == Operation.EINTR);
            return result;
        }
    }

    @Override
    int read(KernelDriver driver, Chunk room) {
        if (!socket) {
            return (int) transfer(channel, true, room.address, room.capacity());
        }
        int flags = Operation.MSG_DONTWAIT;
        return (int)
                channel.kernel.recvfrom(channel.fd, room.address, room.capacity(), flags, 0, 0);
    }

    @Override
    int write(Chunk first) {
        int done = 0;
        Chunk each = first;
        for (int i = 0; i < AT_ONCE && each != null; i++) {
            int count = write(each.address + each.start, each.length());
            if (count < 0) {
                return done == 0 ? count : done;
            }
            done += count;
            if (count < each.length()) {
                return done;
            }
            each = each.next;
        }
        return done;
    }

    private int write(long address, int length) {
        if (!socket) {
            return (int) transfer(channel, false, address, length);
        }
        int flags = Operation.MSG_DONTWAIT | Operation.MSG_NOSIGNAL;
        return (int) channel.kernel.sendto(channel.fd, address, length, flags, 0, 0);
    }

    @Override
    boolean hasInput(KernelDriver driver) {
        return driver.poll(channel, KernelDriver.POLLIN) != 0;
    }

    @Override
    String describe() {
        return describe(own);
    }

    @Override
    void release() {
        quietly(own);
    }
}
