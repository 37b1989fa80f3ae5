// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.internal.ControlSearch;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The real kernel, but what sendmmsg(2) is given is noted, and it may refuse to cut; and what is
 * received may be cut off. For one thread that sends.
 */
final class MessageCalls extends ForwardingKernel implements AutoCloseable {
    private static final long MMSGHDR = 64;
    private static final long MSG_IOVLEN = 24;
    private static final long MSG_CONTROL = 32;
    private static final long MSG_CONTROLLEN = 40;
    private static final long MSG_FLAGS = 48;
    private static final long MSG_LEN = 56;
    private static final int MSG_TRUNC = 0x20;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;

    /**
     * What one header sends.
     *
     * @param datagrams how many
     * @param segment how long they are to be when the kernel cuts them; 0 if it does not
     * @param beside bytes of control messages
     */
    record Sent(int datagrams, int segment, int beside) {}

    private final Kernel before;
    private final List<Sent> sent = new ArrayList<>();
    private int calls;
    private int refusal;
    private int refused;
    private volatile int cutOff;

    private MessageCalls(Kernel before) {
        super(before);
        this.before = before;
    }

    static MessageCalls install() {
        var made = new MessageCalls(Kernel.current());
        Kernel.install(made);
        return made;
    }

    /** What has been sent, a header each. */
    List<Sent> sent() {
        return sent;
    }

    /** By how many calls. */
    int calls() {
        return calls;
    }

    /** From now on the kernel cannot cut, and says so by this errno. */
    void refuse(int errno) {
        refusal = errno;
    }

    /** How often it has said so. */
    int refused() {
        return refused;
    }

    /** From now on so many bytes are missing at the end of whatever is received. */
    void cutOff(int bytes) {
        cutOff = bytes;
    }

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        if (call == SystemCall.SENDMMSG) {
            return send(a, b, (int) c, d);
        }
        long result = super.call(call, a, b, c, d, e, f);
        int missing = cutOff;
        if (missing > 0 && result > 0 && call == SystemCall.RECVMMSG) {
            for (int i = 0; i < result; i++) {
                MemorySegment header = memory(b + i * MMSGHDR, MMSGHDR);
                mark(header);
                header.set(JAVA_INT, MSG_LEN, header.get(JAVA_INT, MSG_LEN) - missing);
            }
        } else if (missing > 0 && result > 0 && call == SystemCall.RECVMSG) {
            mark(memory(b, MSG_LEN));
            return result - missing;
        }
        return result;
    }

    private static void mark(MemorySegment header) {
        header.set(JAVA_INT, MSG_FLAGS, header.get(JAVA_INT, MSG_FLAGS) | MSG_TRUNC);
    }

    private long send(long fd, long headers, int count, long flags) {
        List<Sent> given = new ArrayList<>();
        int most = count;
        for (int i = 0; i < count; i++) {
            given.add(read(memory(headers + i * MMSGHDR, MMSGHDR)));
            if (refusal != 0 && given.getLast().segment() > 0 && most == count) {
                most = i;
            }
        }
        calls++;
        if (most == 0) {
            refused++;
            return -refusal;
        }
        // As the kernel does it: those before the one that fails are sent, and it fails next time.
        long result = super.call(SystemCall.SENDMMSG, fd, headers, most, flags, 0, 0);
        for (int i = 0; i < result; i++) {
            sent.add(given.get(i));
        }
        return result;
    }

    private static Sent read(MemorySegment header) {
        int datagrams = (int) header.get(JAVA_LONG, MSG_IOVLEN);
        int length = (int) header.get(JAVA_LONG, MSG_CONTROLLEN);
        if (length == 0) {
            return new Sent(datagrams, 0, 0);
        }
        MemorySegment control = memory(header.get(JAVA_LONG, MSG_CONTROL), length);
        long found = ControlSearch.find(control, 0, length, SOL_UDP, UDP_SEGMENT, Short.BYTES);
        int segment = found < 0 ? 0 : Short.toUnsignedInt(control.get(JAVA_SHORT, found));
        return new Sent(datagrams, segment, length - (found < 0 ? 0 : 24));
    }

    @Override
    public void close() {
        Kernel.install(before);
    }
}
