// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import static java.lang.foreign.MemorySegment.NULL;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.kernel.SystemCall;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The kernel as a socket for records of vsock sees it: a record that was torn is an error.
 *
 * <p>A record for which the receiver has room in part is sent in part, and the rest waits; with
 * MSG_DONTWAIT it does not wait, the call says EAGAIN, and what is sent next arrives as the end of
 * the torn record. EAGAIN thus means two things, and only what was true before tells which: if
 * there was room, a part is gone. Then the connection is of no use any more. It is shut down, so
 * that the receiver gets whole records and then the end, and the sender gets ECONNABORTED.
 */
final class RecordKernel extends ForwardingKernel {
    private static final int AF_VSOCK = 40;
    private static final int SOCK_SEQPACKET = 5;
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int ECONNABORTED = 103;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SHUT_RDWR = 2;
    private static final short POLLOUT = 4;
    private static final int TIMESPEC = Scratch.INTS + 8;

    /** What was true before a send is true in it as long as nobody else sends. */
    private final Lock sending = new ReentrantLock();

    private RecordKernel(Kernel next) {
        super(next);
    }

    /** The kernel for a socket: nearly always the one that is given. */
    static Kernel of(Kernel kernel, int family, int type) {
        return family == AF_VSOCK && type == SOCK_SEQPACKET ? new RecordKernel(kernel) : kernel;
    }

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        return switch (call) {
            case SENDTO, SENDMSG -> whole((int) a, () -> super.call(call, a, b, c, d, e, f));
            // Of several it would not say that the last was torn.
            case SENDMMSG -> whole((int) a, () -> super.call(call, a, b, Math.min(c, 1), d, e, f));
            default -> super.call(call, a, b, c, d, e, f);
        };
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
        return call == SystemCall.SENDTO
                ? whole((int) a, () -> super.critical(call, a, b, c, d, e, f))
                : super.critical(call, a, b, c, d, e, f);
    }

    private long whole(int fd, LongSupplier send) {
        sending.lock();
        try {
            if (!hasRoom(fd)) {
                // An empty record is not sent, but hears of an end.
                int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
                long ended = super.critical(SystemCall.SENDTO, fd, NULL, 0, flags, NULL, NULL);
                return ended < 0 ? ended : -EAGAIN;
            }
            long sent = send.getAsLong();
            // A fault that a test injected takes no room.
            if (sent == -EAGAIN && !(injectsFaults() && hasRoom(fd))) {
                super.call(SystemCall.SHUTDOWN, fd, SHUT_RDWR, 0, 0, 0, 0);
                return -ECONNABORTED;
            }
            return sent;
        } finally {
            sending.unlock();
        }
    }

    private boolean hasRoom(int fd) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS, fd);
            memory.set(JAVA_SHORT, Scratch.INTS + 4, POLLOUT);
            memory.set(JAVA_SHORT, Scratch.INTS + 6, (short) 0);
            memory.set(JAVA_LONG, TIMESPEC, 0);
            memory.set(JAVA_LONG, TIMESPEC + 8, 0);
            long pollfd = scratch.address(Scratch.INTS);
            long result;
            do {
                result =
                        super.call(SystemCall.PPOLL, pollfd, 1, scratch.address(TIMESPEC), 0, 0, 0);
            } while (result == -EINTR);
            return (memory.get(JAVA_SHORT, Scratch.INTS + 6) & POLLOUT) != 0;
        }
    }
}
