// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativeMessages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.EnumSet;
import java.util.Set;

/**
 * One io_uring: entries go into the submission queue, {@link #enter} hands them to the kernel and
 * waits, completions are taken from the completion queue. Of one thread, but for {@link #close()}.
 *
 * <p>Both queues are memory shared with the kernel. We own the submission queue's tail and the
 * completion queue's head, which are written with release when what they stand for is written or
 * has been read; the other two are the kernel's, and are read with acquire.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/io_uring.7.html">io_uring(7)</a>
 */
public final class Ring {
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

    private static final long IORING_OFF_SQ_RING = 0;
    private static final long IORING_OFF_SQES = 0x10000000;

    private static final int IORING_ENTER_GETEVENTS = 1;
    private static final int IORING_ENTER_EXT_ARG = 8;
    private static final int IORING_SQ_CQ_OVERFLOW = 2;

    private static final int IORING_REGISTER_PROBE = 8;
    private static final int IORING_REGISTER_ENABLE_RINGS = 12;

    private static final int IORING_OP_SENDMSG = 9;
    private static final int IORING_OP_RECVMSG = 10;
    private static final int IORING_OP_POLL_ADD = 6;
    private static final int IORING_OP_ACCEPT = 13;
    private static final int IORING_OP_ASYNC_CANCEL = 14;
    private static final int IORING_OP_CONNECT = 16;
    private static final int IORING_OP_SEND = 26;
    private static final int IORING_OP_RECV = 27;

    /** Came with Linux 6.0, as multishot receives did, which cannot be asked for. */
    private static final int IORING_OP_SEND_ZC = 47;

    private static final int IORING_OP_SENDMSG_ZC = 48;

    private static final int IORING_ACCEPT_MULTISHOT = 1;
    private static final int IORING_RECV_MULTISHOT = 2;
    private static final int IORING_SEND_ZC_REPORT_USAGE = 8;
    private static final int IORING_ASYNC_CANCEL_ALL = 1;
    private static final int IORING_ASYNC_CANCEL_FD = 2;
    private static final int IORING_ASYNC_CANCEL_ANY = 4;
    private static final int IOSQE_ASYNC = 1 << 4;
    private static final int IOSQE_BUFFER_SELECT = 1 << 5;
    private static final int IORING_CQE_F_BUFFER = 1;
    private static final int IORING_CQE_F_MORE = 2;
    private static final int IORING_CQE_F_SOCK_NONEMPTY = 4;
    private static final int IORING_CQE_F_NOTIF = 8;
    private static final long IORING_NOTIF_USAGE_ZC_COPIED = 1L << 31;
    private static final int IORING_CQE_BUFFER_SHIFT = 16;

    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final int MAP_POPULATE = 0x8000;
    private static final int EINVAL = 22;

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

    @CStruct("struct io_uring_sqe")
    static final class Sqe {
        static final int SIZEOF = 64;
        static final int opcode = 0;
        static final int flags = 1;
        static final int ioprio = 2;
        static final int fd = 4;
        static final int off = 8;
        static final int addr2 = 8;
        static final int addr = 16;
        static final int len = 24;
        static final int msg_flags = 28;
        static final int poll32_events = 28;
        static final int accept_flags = 28;
        static final int cancel_flags = 28;
        static final int user_data = 32;
        static final int buf_group = 40;

        private Sqe() {}
    }

    @CStruct("struct io_uring_cqe")
    static final class Cqe {
        static final int SIZEOF = 16;
        static final int user_data = 0;
        static final int res = 8;
        static final int flags = 12;

        private Cqe() {}
    }

    @CStruct("struct io_uring_getevents_arg")
    static final class Arg {
        static final int SIZEOF = 24;
        static final int sigmask_sz = 8;
        static final int ts = 16;

        private Arg() {}
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

    @CStruct("struct io_uring_recvmsg_out")
    static final class MessageOut {
        static final int SIZEOF = 16;
        static final int namelen = 0;
        static final int controllen = 4;
        static final int payloadlen = 8;
        static final int flags = 12;

        private MessageOut() {}
    }

    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final int[] SETUPS = {
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
        IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN,
        IORING_SETUP_COOP_TASKRUN,
        0
    };
    private static final int OPCODES = 256;

    private final Kernel kernel;
    private final int fd;
    private final Set<RingFeature> features = EnumSet.noneOf(RingFeature.class);
    private final MemorySegment rings;
    private final MemorySegment entries;
    private final MemorySegment argument = Arena.ofAuto().allocate(64, 16);

    private final int submissions;
    private final int submissionMask;
    private final long submissionHead;
    private final long submissionTail;
    private final long submissionFlags;
    private final int completionMask;
    private final long completionHead;
    private final long completionTail;
    private final long completions;
    private final long overflow;

    /** Where the next entry goes; the kernel has been told of all up to {@link #told}. */
    private int tail;

    private int told;
    private int head;
    private long entry;
    private boolean closed;

    private Ring(Kernel kernel, int fd, int flags, MemorySegment params, Set<RingFeature> masked)
            throws IOException {
        this.kernel = kernel;
        this.fd = fd;
        this.submissions = params.get(JAVA_INT, Params.sq_entries);
        int cqes = params.get(JAVA_INT, Params.cq_off_cqes);
        long array = params.get(JAVA_INT, Params.sq_off_array);
        long size =
                Math.max(
                        cqes + (long) params.get(JAVA_INT, Params.cq_entries) * Cqe.SIZEOF,
                        array + 4L * submissions);
        this.rings = map(size, IORING_OFF_SQ_RING);
        this.entries = map((long) submissions * Sqe.SIZEOF, IORING_OFF_SQES);
        this.submissionMask = rings.get(JAVA_INT, at(params, Params.sq_off_ring_mask));
        this.submissionHead = at(params, Params.sq_off_head);
        this.submissionTail = at(params, Params.sq_off_tail);
        this.submissionFlags = at(params, Params.sq_off_flags);
        this.completionMask = rings.get(JAVA_INT, at(params, Params.cq_off_ring_mask));
        this.completionHead = at(params, Params.cq_off_head);
        this.completionTail = at(params, Params.cq_off_tail);
        this.overflow = at(params, Params.cq_off_overflow);
        this.completions = cqes;
        for (int i = 0; i < submissions; i++) {
            rings.set(JAVA_INT, array + 4L * i, i);
        }
        note(flags, params.get(JAVA_INT, Params.features), masked);
    }

    private static long at(MemorySegment params, int member) {
        return params.get(JAVA_INT, member);
    }

    /**
     * A ring, disabled if the kernel can do that, with as much of what there is as is not masked.
     *
     * @param size how many entries
     * @param most how many completions there is room for, no fewer
     * @throws IOException EPERM where sysctl or seccomp forbid it, ENOSYS where it is not there,
     *     ENOMEM, EMFILE
     */
    public static Ring open(Kernel kernel, int size, int most, Set<RingFeature> masked)
            throws IOException {
        MemorySegment params = Arena.ofAuto().allocate(Params.SIZEOF, 8);
        int fd = -EINVAL;
        int flags = 0;
        for (int more : new int[] {IORING_SETUP_SUBMIT_ALL | IORING_SETUP_R_DISABLED, 0}) {
            for (int setup : SETUPS) {
                flags = unmasked(setup | more, masked);
                params.fill((byte) 0);
                int all = flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP;
                params.set(JAVA_INT, Params.flags, all);
                params.set(JAVA_INT, Params.cq_entries, most);
                fd = kernel.ioUringSetup(size, params.address());
                if (fd != -EINVAL) {
                    break;
                }
            }
            if (fd != -EINVAL) {
                break;
            }
        }
        if (fd < 0) {
            throw ErrnoFailure.of("io_uring_setup", -fd, "", null, null, 0);
        }
        boolean done = false;
        try {
            if ((params.get(JAVA_INT, Params.features) & IORING_FEAT_SINGLE_MMAP) == 0) {
                throw new IOException("io_uring_setup: the kernel is older than 5.4");
            }
            Ring ring = new Ring(kernel, fd, flags, params, masked);
            done = true;
            return ring;
        } finally {
            if (!done) {
                kernel.close(fd);
            }
        }
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

    private void note(int flags, int bits, Set<RingFeature> masked) {
        note((bits & IORING_FEAT_NODROP) != 0, RingFeature.IORING_FEAT_NODROP, masked);
        note((bits & IORING_FEAT_FAST_POLL) != 0, RingFeature.IORING_FEAT_FAST_POLL, masked);
        note((bits & IORING_FEAT_EXT_ARG) != 0, RingFeature.IORING_FEAT_EXT_ARG, masked);
        note((flags & IORING_SETUP_R_DISABLED) != 0, RingFeature.IORING_SETUP_R_DISABLED, masked);
        note((flags & IORING_SETUP_SUBMIT_ALL) != 0, RingFeature.IORING_SETUP_SUBMIT_ALL, masked);
        note(
                (flags & IORING_SETUP_SINGLE_ISSUER) != 0,
                RingFeature.IORING_SETUP_SINGLE_ISSUER,
                masked);
        note(
                (flags & IORING_SETUP_DEFER_TASKRUN) != 0,
                RingFeature.IORING_SETUP_DEFER_TASKRUN,
                masked);
        // COOP_TASKRUN, buffer rings, multishot accept and cancelling more than one came together.
        boolean buffers = BufferRing.isSupported(kernel, fd);
        note(buffers, RingFeature.IORING_SETUP_COOP_TASKRUN, masked);
        note(buffers, RingFeature.IORING_REGISTER_PBUF_RING, masked);
        note(buffers, RingFeature.IORING_ACCEPT_MULTISHOT, masked);
        note(buffers, RingFeature.IORING_ASYNC_CANCEL_FD, masked);
        int last = lastOpcode();
        note(last >= IORING_OP_SEND_ZC, RingFeature.IORING_RECV_MULTISHOT, masked);
        note(last >= IORING_OP_SEND_ZC, RingFeature.IORING_OP_SEND_ZC, masked);
        note(last >= IORING_OP_SENDMSG_ZC, RingFeature.IORING_OP_SENDMSG_ZC, masked);
    }

    private void note(boolean there, RingFeature feature, Set<RingFeature> masked) {
        if (there && !masked.contains(feature)) {
            features.add(feature);
        }
    }

    private int lastOpcode() {
        MemorySegment probe =
                Arena.ofAuto().allocate(Probe.ops + (long) OPCODES * ProbeOp.SIZEOF, 8);
        int result = register(IORING_REGISTER_PROBE, probe.address(), OPCODES);
        return result < 0 ? 0 : Byte.toUnsignedInt(probe.get(JAVA_BYTE, Probe.last_op));
    }

    private MemorySegment map(long size, long offset) throws IOException {
        int flags = MAP_SHARED | MAP_POPULATE;
        long address = kernel.mmap(size, PROT_READ | PROT_WRITE, flags, fd, offset);
        if (address < 0 && address > -4096) {
            throw ErrnoFailure.of("mmap", (int) -address, "io_uring", null, null, 0);
        }
        return CMemory.at(address, size);
    }

    /** What the kernel has, less what is masked. */
    public Set<RingFeature> features() {
        return Set.copyOf(features);
    }

    int register(int opcode, long argument, int count) {
        return kernel.ioUringRegister(fd, opcode, argument, count);
    }

    Kernel kernel() {
        return kernel;
    }

    int fd() {
        return fd;
    }

    /** From now on the calling thread submits, and no other. */
    public void enable() throws IOException {
        if (features.contains(RingFeature.IORING_SETUP_R_DISABLED)) {
            int result = register(IORING_REGISTER_ENABLE_RINGS, 0, 0);
            if (result < 0) {
                throw ErrnoFailure.of("io_uring_register", -result, "", null, null, 0);
            }
        }
    }

    // Submitting.

    /**
     * Begins an entry, which one of the methods that prepare then fills.
     *
     * @return false if there is no room and the kernel takes nothing now
     */
    public boolean begin(long userData) {
        if (tail - (int) INT.getAcquire(rings, submissionHead) == submissions) {
            enter(0, 0, false);
            if (tail - (int) INT.getAcquire(rings, submissionHead) == submissions) {
                return false;
            }
        }
        entry = (long) (tail & submissionMask) * Sqe.SIZEOF;
        for (int i = 0; i < Sqe.SIZEOF; i += Long.BYTES) {
            entries.set(JAVA_LONG, entry + i, 0);
        }
        entries.set(JAVA_LONG, entry + Sqe.user_data, userData);
        tail++;
        return true;
    }

    void fill(int opcode, int descriptor, long address, int length, int flags) {
        entries.set(JAVA_BYTE, entry + Sqe.opcode, (byte) opcode);
        entries.set(JAVA_INT, entry + Sqe.fd, descriptor);
        entries.set(JAVA_LONG, entry + Sqe.addr, address);
        entries.set(JAVA_INT, entry + Sqe.len, length);
        entries.set(JAVA_INT, entry + Sqe.msg_flags, flags);
    }

    private void select(int group, boolean again) {
        entries.set(JAVA_BYTE, entry + Sqe.flags, (byte) IOSQE_BUFFER_SELECT);
        entries.set(JAVA_SHORT, entry + Sqe.buf_group, (short) group);
        if (again) {
            entries.set(JAVA_SHORT, entry + Sqe.ioprio, (short) IORING_RECV_MULTISHOT);
        }
    }

    /** accept4(2) without an address. */
    public void prepareAccept(int descriptor, int flags, boolean again) {
        fill(IORING_OP_ACCEPT, descriptor, 0, 0, flags);
        if (again) {
            entries.set(JAVA_SHORT, entry + Sqe.ioprio, (short) IORING_ACCEPT_MULTISHOT);
        }
    }

    /** connect(2). */
    public void prepareConnect(int descriptor, long address, int length) {
        fill(IORING_OP_CONNECT, descriptor, address, 0, 0);
        entries.set(JAVA_LONG, entry + Sqe.off, length);
    }

    /** recv(2) into a buffer of a group. */
    public void prepareReceive(int descriptor, int group, boolean again) {
        fill(IORING_OP_RECV, descriptor, 0, 0, 0);
        select(group, again);
    }

    /** recvmsg(2), again and again, each into a buffer of a group. */
    public void prepareReceiveMessages(int descriptor, long header, int group) {
        fill(IORING_OP_RECVMSG, descriptor, header, 1, 0);
        select(group, true);
    }

    /** send(2). */
    public void prepareSend(int descriptor, long address, int length, int flags) {
        fill(IORING_OP_SEND, descriptor, address, length, flags);
    }

    /** sendmsg(2). */
    public void prepareSendMessage(int descriptor, long header, int flags) {
        fill(IORING_OP_SENDMSG, descriptor, header, 1, flags);
    }

    /**
     * send(2) from where the bytes are. A completion that {@linkplain #goesOn goes on} is followed
     * by {@linkplain #isNotice another}; until then the kernel reads from there.
     *
     * @param asks whether that one is to say if they were {@linkplain #saysCopied copied} after
     *     all; EINVAL where the kernel is older than 6.2
     */
    public void prepareSendInPlace(
            int descriptor, long address, int length, int flags, boolean asks) {
        fill(IORING_OP_SEND_ZC, descriptor, address, length, flags);
        inPlace(asks);
    }

    /** The same of several pieces, as by sendmsg(2). */
    public void prepareSendMessageInPlace(int descriptor, long header, int flags, boolean asks) {
        fill(IORING_OP_SENDMSG_ZC, descriptor, header, 1, flags);
        inPlace(asks);
    }

    private void inPlace(boolean asks) {
        if (asks) {
            entries.set(JAVA_SHORT, entry + Sqe.ioprio, (short) IORING_SEND_ZC_REPORT_USAGE);
        }
    }

    /** Has the entry done by a thread of the kernel's, because it may take long. */
    public void aside() {
        mark(IOSQE_ASYNC);
    }

    /** Sets the flags of the entry, whatever its operation. */
    void mark(int flags) {
        entries.set(JAVA_BYTE, entry + Sqe.flags, (byte) flags);
    }

    /** poll(2), once. */
    public void preparePoll(int descriptor, int events) {
        fill(IORING_OP_POLL_ADD, descriptor, 0, 0, events);
    }

    /** Cancels what was submitted with these user data. */
    public void prepareCancel(long userData) {
        fill(IORING_OP_ASYNC_CANCEL, -1, userData, 0, 0);
    }

    /** Cancels all that is under way on the file of a descriptor, by whatever number. */
    public void prepareCancelDescriptor(int descriptor) {
        int flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_FD;
        fill(IORING_OP_ASYNC_CANCEL, descriptor, 0, 0, flags);
    }

    /** Cancels all there is. */
    public void prepareCancelAll() {
        int flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
        fill(IORING_OP_ASYNC_CANCEL, -1, 0, 0, flags);
    }

    /**
     * Hands over what was prepared, and waits.
     *
     * @param least how many completions to wait for
     * @param nanos how long at most; {@link Long#MAX_VALUE} for ever
     * @return how many entries were taken, or the negated errno: ETIME and EINTR are harmless
     */
    public int enter(int least, long nanos, boolean events) {
        INT.setRelease(rings, submissionTail, tail);
        int count = tail - told;
        int flags = events ? IORING_ENTER_GETEVENTS : 0;
        long pointer = 0;
        int size = 0;
        if (least > 0 && nanos != Long.MAX_VALUE) {
            argument.set(JAVA_LONG, Arg.ts, argument.address() + 32);
            argument.set(JAVA_LONG, 32, nanos / 1_000_000_000);
            argument.set(JAVA_LONG, 40, nanos % 1_000_000_000);
            flags |= IORING_ENTER_EXT_ARG;
            pointer = argument.address();
            size = Arg.SIZEOF;
        }
        int result = kernel.ioUringEnter(fd, count, least, flags, pointer, size);
        // The kernel's head says what it has taken, whatever else the result is about.
        told = (int) INT.getAcquire(rings, submissionHead);
        return result;
    }

    // Completions.

    /** Whether there is a completion; it is looked at by the methods below. */
    public boolean next() {
        return head != (int) INT.getAcquire(rings, completionTail);
    }

    private long completion() {
        return completions + (long) (head & completionMask) * Cqe.SIZEOF;
    }

    /** Which operation it is of. */
    public long userData() {
        return rings.get(JAVA_LONG, completion() + Cqe.user_data);
    }

    /** Its result, of the system call or the negated errno. */
    public int result() {
        return rings.get(JAVA_INT, completion() + Cqe.res);
    }

    /** Its flags. */
    public int flags() {
        return rings.get(JAVA_INT, completion() + Cqe.flags);
    }

    /** It has been read, and its place is the kernel's again. */
    public void seen() {
        head++;
        INT.setRelease(rings, completionHead, head);
    }

    /** Whether the kernel keeps completions for which there was no room. */
    public boolean hasOverflown() {
        return ((int) INT.getAcquire(rings, submissionFlags) & IORING_SQ_CQ_OVERFLOW) != 0;
    }

    /** How many completions were lost: none, with NODROP. */
    public int lost() {
        return (int) INT.getAcquire(rings, overflow);
    }

    /** Whether the operation goes on. */
    public static boolean goesOn(int flags) {
        return (flags & IORING_CQE_F_MORE) != 0;
    }

    /** Whether it says that the kernel reads no longer what an operation was given. */
    public static boolean isNotice(int flags) {
        return (flags & IORING_CQE_F_NOTIF) != 0;
    }

    /** Of a notice that was asked to tell: whether the bytes were copied. */
    public static boolean saysCopied(int result) {
        return (result & IORING_NOTIF_USAGE_ZC_COPIED) != 0;
    }

    /** Whether more is queued in the socket. */
    public static boolean saysMore(int flags) {
        return (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
    }

    /** The buffer that was taken, or −1. */
    public static int buffer(int flags) {
        return (flags & IORING_CQE_F_BUFFER) == 0 ? -1 : flags >>> IORING_CQE_BUFFER_SHIFT;
    }

    /** Of {@link #readMessage}: where the name is, and how long. */
    public static final int NAME_START = 0;

    public static final int NAME_LENGTH = 1;

    /** The flags of the message. */
    public static final int MESSAGE_FLAGS = 2;

    /** Where the payload is. */
    public static final int PAYLOAD_START = 3;

    /** How long the datagrams are that it is put together of, by UDP_GRO; else 0. */
    public static final int SEGMENT_SIZE = 4;

    /** Where what came beside it is, and how long. */
    public static final int CONTROL_START = 5;

    public static final int CONTROL_LENGTH = 6;

    /** How many there are of these. */
    public static final int LAYOUT = 7;

    /**
     * Reads what stands in front of a message in a buffer of {@link #prepareReceiveMessages}.
     *
     * @param nameRoom how much room the header left for a name
     * @param controlRoom how much for what comes beside the message
     * @return how many bytes of payload are there
     */
    public static int readMessage(
            MemorySegment buffer, int bytes, int nameRoom, int controlRoom, int[] layout) {
        int control = MessageOut.SIZEOF + nameRoom;
        int start = control + controlRoom;
        int beside = Math.min(buffer.get(JAVA_INT, MessageOut.controllen), controlRoom);
        layout[SEGMENT_SIZE] = NativeMessages.segmentSize(buffer, control, beside);
        layout[CONTROL_START] = control;
        layout[CONTROL_LENGTH] = beside;
        layout[NAME_START] = MessageOut.SIZEOF;
        layout[NAME_LENGTH] = Math.min(buffer.get(JAVA_INT, MessageOut.namelen), nameRoom);
        layout[MESSAGE_FLAGS] = buffer.get(JAVA_INT, MessageOut.flags);
        layout[PAYLOAD_START] = start;
        // What was cut off counts in payloadlen, but is not there.
        return Math.min(buffer.get(JAVA_INT, MessageOut.payloadlen), Math.max(0, bytes - start));
    }

    /** Ends it; what is under way is cancelled by the kernel, some time. */
    public void close() {
        if (!closed) {
            closed = true;
            kernel.close(fd);
            kernel.munmap(entries.address(), entries.byteSize());
            kernel.munmap(rings.address(), rings.byteSize());
        }
    }
}
