// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import java.lang.foreign.MemorySegment;

/**
 * A kernel that hands every call on to another; what it overrides it may change on the way. For
 * tests.
 */
public abstract class ForwardingKernel extends Kernel {
    private final Kernel next;

    /** Stands in front of another kernel. */
    protected ForwardingKernel(Kernel next) {
        this.next = next;
    }

    /** The native memory that a caller hands over by its address. */
    @SuppressWarnings("restricted") // its caller says that it is there, as the kernel believes too
    protected static MemorySegment memory(long address, long bytes) {
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        return next.call(call, a, b, c, d, e, f);
    }

    @Override
    protected long critical(
            SystemCall call,
            long a,
            MemorySegment b,
            long c,
            long d,
            MemorySegment e,
            MemorySegment f) {
        return next.critical(call, a, b, c, d, e, f);
    }

    @Override
    protected long library(LibraryFunction function, int[] errno, long... arguments) {
        return next.library(function, errno, arguments);
    }

    @Override
    public boolean injectsFaults() {
        return next.injectsFaults();
    }

    @Override
    public boolean has(LibraryFunction function) {
        return next.has(function);
    }
}
