// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativeMessages;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
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
    private static final long IORING_OFF_SQ_RING = 0;
    private static final long IORING_OFF_SQES = 0x10000000;

    private static final int IORING_ENTER_GETEVENTS = 1;
    private static final int IORING_ENTER_EXT_ARG = 8;
    private static final int IORING_ENTER_REGISTERED_RING = 16;
    private static final int IORING_SQ_CQ_OVERFLOW = 2;

    private static final int IORING_REGISTER_ENABLE_RINGS = 12;
    private static final int IORING_REGISTER_RING_FDS = 20;
    private static final int IORING_UNREGISTER_RING_FDS = 21;

    private static final int IORING_OP_SENDMSG = 9;
    private static final int IORING_OP_RECVMSG = 10;
    private static final int IORING_OP_POLL_ADD = 6;
    private static final int IORING_OP_ACCEPT = 13;
    private static final int IORING_OP_ASYNC_CANCEL = 14;
    private static final int IORING_OP_CONNECT = 16;
    private static final int IORING_OP_SEND = 26;
    private static final int IORING_OP_RECV = 27;

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

    @CStruct("struct io_uring_recvmsg_out")
    static final class MessageOut {
        static final int SIZEOF = 16;
        static final int namelen = 0;
        static final int controllen = 4;
        static final int payloadlen = 8;
        static final int flags = 12;

        private MessageOut() {}
    }

    @CStruct("struct io_uring_rsrc_update")
    static final class Update {
        static final int SIZEOF = 16;
        static final int offset = 0;
        static final int data = 8;

        private Update() {}
    }

    private static final VarHandle INT = JAVA_INT.varHandle();
    private final Kernel kernel;
    private final int fd;
    private final Set<RingFeature> features;
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

    /** Whose table has the ring itself, and where; what io_uring_enter(2) is given for it. */
    private @Nullable Thread registered;

    private int entrance;
    private int entranceFlag;

    private Ring(Kernel kernel, RingSetup setup) throws IOException {
        this.kernel = kernel;
        this.fd = setup.fd();
        this.entrance = fd;
        this.submissions = setup.at(RingSetup.Params.sq_entries);
        int cqes = setup.at(RingSetup.Params.cq_off_cqes);
        long array = setup.at(RingSetup.Params.sq_off_array);
        long size =
                Math.max(
                        cqes + (long) setup.at(RingSetup.Params.cq_entries) * Cqe.SIZEOF,
                        array + 4L * submissions);
        this.rings = map(size, IORING_OFF_SQ_RING);
        this.entries = map((long) submissions * Sqe.SIZEOF, IORING_OFF_SQES);
        this.submissionMask = rings.get(JAVA_INT, setup.at(RingSetup.Params.sq_off_ring_mask));
        this.submissionHead = setup.at(RingSetup.Params.sq_off_head);
        this.submissionTail = setup.at(RingSetup.Params.sq_off_tail);
        this.submissionFlags = setup.at(RingSetup.Params.sq_off_flags);
        this.completionMask = rings.get(JAVA_INT, setup.at(RingSetup.Params.cq_off_ring_mask));
        this.completionHead = setup.at(RingSetup.Params.cq_off_head);
        this.completionTail = setup.at(RingSetup.Params.cq_off_tail);
        this.overflow = setup.at(RingSetup.Params.cq_off_overflow);
        this.completions = cqes;
        for (int i = 0; i < submissions; i++) {
            rings.set(JAVA_INT, array + 4L * i, i);
        }
        this.features = setup.features();
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
        RingSetup setup = RingSetup.make(kernel, size, most, masked);
        boolean done = false;
        try {
            Ring ring = new Ring(kernel, setup);
            done = true;
            return ring;
        } finally {
            if (!done) {
                kernel.close(setup.fd());
            }
        }
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
        if (features.contains(RingFeature.IORING_REGISTER_RING_FDS)) {
            registerItself();
        }
    }

    /** So that entering it need not look for the descriptor's file, in a table of all threads. */
    private void registerItself() {
        MemorySegment update = argument.asSlice(0, Update.SIZEOF).fill((byte) 0);
        update.set(JAVA_INT, Update.offset, -1); // wherever there is room
        update.set(JAVA_LONG, Update.data, fd);
        if (register(IORING_REGISTER_RING_FDS, update.address(), 1) == 1) {
            registered = Thread.currentThread();
            entrance = update.get(JAVA_INT, Update.offset);
            entranceFlag = IORING_ENTER_REGISTERED_RING;
        }
        update.fill((byte) 0);
    }

    /** What another thread has registered goes with that thread. */
    private void unregisterItself() {
        if (registered != null && registered.equals(Thread.currentThread())) {
            MemorySegment update = argument.asSlice(0, Update.SIZEOF).fill((byte) 0);
            update.set(JAVA_INT, Update.offset, entrance);
            register(IORING_UNREGISTER_RING_FDS, update.address(), 1);
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
        fill(RingSetup.IORING_OP_SEND_ZC, descriptor, address, length, flags);
        inPlace(asks);
    }

    /** The same of several pieces, as by sendmsg(2). */
    public void prepareSendMessageInPlace(int descriptor, long header, int flags, boolean asks) {
        fill(RingSetup.IORING_OP_SENDMSG_ZC, descriptor, header, 1, flags);
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
        int flags = entranceFlag | (events ? IORING_ENTER_GETEVENTS : 0);
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
        int result = kernel.ioUringEnter(entrance, count, least, flags, pointer, size);
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
            unregisterItself();
            kernel.close(fd);
            kernel.munmap(entries.address(), entries.byteSize());
            kernel.munmap(rings.address(), rings.byteSize());
        }
    }
}
