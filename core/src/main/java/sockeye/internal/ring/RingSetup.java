// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumSet;
import java.util.Set;

/**
 * How a ring is made: with as much of what there is as is not masked, found out by asking. The
 * flags of io_uring_setup(2) are dropped one by one while the kernel says EINVAL.
 */
final class RingSetup {
    private static final int IORING_FEAT_SINGLE_MMAP = 1;
    private static final int IORING_FEAT_NODROP = 2;
    private static final int IORING_FEAT_FAST_POLL = 1 << 5;
    private static final int IORING_FEAT_EXT_ARG = 1 << 8;

    private static final int IORING_SETUP_CQSIZE = 1 << 3;
    private static final int IORING_SETUP_CLAMP = 1 << 4;
    private static final int IORING_SETUP_R_DISABLED = 1 << 6;
    private static final int IORING_SETUP_SUBMIT_ALL = 1 << 7;
    private static final int IORING_SETUP_COOP_TASKRUN = 1 << 8;
    private static final int IORING_SETUP_SINGLE_ISSUER = 1 << 12;
    private static final int IORING_SETUP_DEFER_TASKRUN = 1 << 13;

    private static final int IORING_REGISTER_PROBE = 8;
    private static final int EINVAL = 22;

    /** Came with Linux 6.0, as multishot receives did, which cannot be asked for. */
    static final int IORING_OP_SEND_ZC = 47;

    static final int IORING_OP_SENDMSG_ZC = 48;

    @CStruct("struct io_uring_params")
    static final class Params {
        static final int SIZEOF = 120;
        static final int sq_entries = 0;
        static final int cq_entries = 4;
        static final int flags = 8;
        static final int features = 20;
        static final int sq_off_head = 40;
        static final int sq_off_tail = 44;
        static final int sq_off_ring_mask = 48;
        static final int sq_off_flags = 56;
        static final int sq_off_array = 64;
        static final int cq_off_head = 80;
        static final int cq_off_tail = 84;
        static final int cq_off_ring_mask = 88;
        static final int cq_off_overflow = 96;
        static final int cq_off_cqes = 100;

        private Params() {}
    }

    @CStruct("struct io_uring_probe")
    static final class Probe {
        static final int last_op = 0;
        static final int ops = 16;

        private Probe() {}
    }

    @CStruct("struct io_uring_probe_op")
    static final class ProbeOp {
        static final int SIZEOF = 8;

        private ProbeOp() {}
    }

    private static final int[] SETUPS = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
        IORING_SETUP_COOP_TASKRUN,
        0
    };
    private static final int OPCODES = 256;

    private final Kernel kernel;
    private final Set<RingFeature> masked;
    private final MemorySegment params = Arena.ofAuto().allocate(Params.SIZEOF, 8);
    private int fd = -EINVAL;
    private int flags;

    private RingSetup(Kernel kernel, Set<RingFeature> masked) {
        this.kernel = kernel;
        this.masked = masked;
    }

    /** The descriptor of a ring, which is the caller's to close, and what the kernel said of it. */
    static RingSetup make(Kernel kernel, int size, int most, Set<RingFeature> masked)
            throws IOException {
        var setup = new RingSetup(kernel, masked);
        for (int more : new int[] {IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED, 0}) {
            for (int each : SETUPS) {
                setup.attempt(size, most, unmasked(each | more, masked));
                if (setup.fd != -EINVAL) {
                    return setup.checked();
                }
            }
        }
        return setup.checked();
    }

    private void attempt(int size, int most, int wanted) {
        flags = wanted;
        params.fill((byte) 0);
        params.set(JAVA_INT, Params.flags, wanted | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP);
        params.set(JAVA_INT, Params.cq_entries, most);
        fd = kernel.ioUringSetup(size, params.address());
    }

    private RingSetup checked() throws IOException {
        if (fd < 0) {
            throw ErrnoFailure.of("io_uring_setup", -fd, "", null, null, 0);
        }
        if ((at(Params.features) & IORING_FEAT_SINGLE_MMAP) == 0) {
            kernel.close(fd);
            throw new IOException("io_uring_setup: the kernel is older than 5.4");
        }
        return this;
    }

    int fd() {
        return fd;
    }

    /** What the kernel has put into its parameters. */
    int at(int member) {
        return params.get(JAVA_INT, member);
    }

    private static int unmasked(int flags, Set<RingFeature> masked) {
        int left = flags;
        if (masked.contains(RingFeature.IORING_SETUP_SINGLE_ISSUER)) {
            left &= ~(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
        }
        if (masked.contains(RingFeature.IORING_SETUP_DEFER_TASKRUN)) {
            left &= ~IORING_SETUP_DEFER_TASKRUN;
        }
        if (masked.contains(RingFeature.IORING_SETUP_COOP_TASKRUN)) {
            left &= ~IORING_SETUP_COOP_TASKRUN;
        }
        if (masked.contains(RingFeature.IORING_SETUP_SUBMIT_ALL)) {
            left &= ~IORING_SETUP_SUBMIT_ALL;
        }
        if (masked.contains(RingFeature.IORING_SETUP_R_DISABLED)) {
            left &= ~IORING_SETUP_R_DISABLED;
        }
        return left;
    }

    /** What the kernel has, less what is masked. */
    Set<RingFeature> features() {
        Set<RingFeature> found = EnumSet.noneOf(RingFeature.class);
        int bits = at(Params.features);
        note((bits & IORING_FEAT_NODROP) != 0, RingFeature.IORING_FEAT_NODROP, found);
        note((bits & IORING_FEAT_FAST_POLL) != 0, RingFeature.IORING_FEAT_FAST_POLL, found);
        note((bits & IORING_FEAT_EXT_ARG) != 0, RingFeature.IORING_FEAT_EXT_ARG, found);
        note((flags & IORING_SETUP_R_DISABLED) != 0, RingFeature.IORING_SETUP_R_DISABLED, found);
        note((flags & IORING_SETUP_SUBMIT_ALL) != 0, RingFeature.IORING_SETUP_SUBMIT_ALL, found);
        boolean single = (flags & IORING_SETUP_SINGLE_ISSUER) != 0;
        note(single, RingFeature.IORING_SETUP_SINGLE_ISSUER, found);
        boolean deferred = (flags & IORING_SETUP_DEFER_TASKRUN) != 0;
        note(deferred, RingFeature.IORING_SETUP_DEFER_TASKRUN, found);
        // Registering the ring itself came with 5.18; these came together, with 5.19: COOP_TASKRUN,
        // buffer rings, multishot accept and cancelling more than one.
        boolean buffers = BufferRing.isSupported(kernel, fd);
        note(buffers, RingFeature.IORING_REGISTER_RING_FDS, found);
        note(buffers, RingFeature.IORING_SETUP_COOP_TASKRUN, found);
        note(buffers, RingFeature.IORING_REGISTER_PBUF_RING, found);
        note(buffers, RingFeature.IORING_ACCEPT_MULTISHOT, found);
        note(buffers, RingFeature.IORING_ASYNC_CANCEL_FD, found);
        int last = lastOpcode();
        note(last >= IORING_OP_SEND_ZC, RingFeature.IORING_RECV_MULTISHOT, found);
        note(last >= IORING_OP_SEND_ZC, RingFeature.IORING_OP_SEND_ZC, found);
        note(last >= IORING_OP_SENDMSG_ZC, RingFeature.IORING_OP_SENDMSG_ZC, found);
        return found;
    }

    private void note(boolean there, RingFeature feature, Set<RingFeature> found) {
        if (there && !masked.contains(feature)) {
            found.add(feature);
        }
    }

    private int lastOpcode() {
        MemorySegment probe =
                Arena.ofAuto().allocate(Probe.ops + (long) OPCODES * ProbeOp.SIZEOF, 8);
        int result = kernel.ioUringRegister(fd, IORING_REGISTER_PROBE, probe.address(), OPCODES);
        return result < 0 ? 0 : Byte.toUnsignedInt(probe.get(JAVA_BYTE, Probe.last_op));
    }
}
