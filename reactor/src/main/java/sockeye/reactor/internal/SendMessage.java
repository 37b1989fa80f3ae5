// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.kernel.NativeMessages;
import sockeye.internal.ring.Ring;

import java.lang.foreign.MemorySegment;

/**
 * sendmmsg(2) of the messages that are queued, each to its name if it has one; the result is how
 * many were taken. Datagrams of UDP that follow each other to one peer, all of one length but the
 * last, go to the kernel as one that it cuts up (UDP_SEGMENT), if it can.
 */
final class SendMessage extends Operation {
    private static final int EINVAL = -22;
    private static final int EIO = -5;
    private static final int EMSGSIZE = -90;
    private static final int MOST_SEGMENTS = 64;
    private static final int MOST_BYTES = 65_000;

    /** The queue, its first message; set while it is idle. */
    @Nullable Chunk head;

    private final NativeMessage header = new NativeMessage();
    private boolean cuts;

    /** Whether the first of what is loaded is several: it is whom an error is about. */
    private boolean firstIsJoined;

    SendMessage(Channel channel, Owner owner) {
        super(channel, owner);
        this.cuts = channel instanceof KernelChannel c && c.isUdp();
    }

    @Override
    boolean isInput() {
        return false;
    }

    private Chunk first() {
        Chunk one = head;
        if (one == null) {
            throw new AssertionError("nothing to send");
        }
        return one;
    }

    private void load(NativeMessages all) {
        all.clear();
        firstIsJoined = false;
        Chunk each = first();
        while (each != null && all.hasRoom()) {
            all.begin(each.address + each.nameStart, each.nameLength);
            if (each.passing != null) {
                each.passing.load(all);
            } else if (each.controlLength > 0) {
                all.control(each.address + each.controlStart, each.controlLength);
            }
            all.add(each.address + each.start, each.length());
            each = cuts ? join(each, all) : each.next;
        }
    }

    /** Adds those that can be one with the first; the next after them. */
    private @Nullable Chunk join(Chunk first, NativeMessages all) {
        int size = first.length();
        int bytes = size;
        int joined = 1;
        Chunk each = first.next;
        while (each != null
                && each.length() <= size
                && each.length() > 0
                && joined < MOST_SEGMENTS
                && bytes + each.length() <= MOST_BYTES
                && all.hasVector()
                && goSame(first, each)) {
            all.add(each.address + each.start, each.length());
            bytes += each.length();
            joined++;
            boolean last = each.length() < size;
            each = each.next;
            if (last) {
                break;
            }
        }
        if (joined > 1) {
            all.segment(size, first.memory, first.controlStart, first.controlLength);
            firstIsJoined |= all.count() == 1;
        }
        return each;
    }

    /** To one peer, and from one address. */
    private static boolean goSame(Chunk one, Chunk other) {
        return one.controlLength <= NativeMessages.BESIDE
                && isSame(
                        one,
                        one.nameStart,
                        one.nameLength,
                        other,
                        other.nameStart,
                        other.nameLength)
                && isSame(
                        one,
                        one.controlStart,
                        one.controlLength,
                        other,
                        other.controlStart,
                        other.controlLength);
    }

    private static boolean isSame(
            Chunk one, long at, int length, Chunk other, long place, int size) {
        return length == size
                && MemorySegment.mismatch(
                                one.memory, at, at + length, other.memory, place, place + size)
                        < 0;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        NativeMessages all = driver.messages();
        load(all);
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        int result = c.kernel.sendmmsg(c.fd, all.address(), all.count(), flags);
        if (firstIsJoined && (result == EINVAL || result == EIO || result == EMSGSIZE)) {
            // Not on this way: the device cannot, or a datagram is longer than its frames.
            cuts = false;
            load(all);
            int alone = c.kernel.sendmmsg(c.fd, all.address(), all.count(), flags);
            // Unless one alone fails as well.
            cuts = alone == result;
            result = alone;
        }
        return result < 0 ? result : all.carriedBy(result);
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        Chunk one = first();
        header.reset().name(one.address + one.nameStart, one.nameLength);
        if (one.passing != null) {
            one.passing.load(header);
        } else {
            header.control(one.address + one.controlStart, one.controlLength);
        }
        header.add(one.address + one.start, one.length());
        ring.prepareSendMessage(kernelChannel().fd, header.address(), MSG_NOSIGNAL);
        if (kernelChannel().isNetlink()) {
            // What the kernel does for a request it does inside this call, however long it takes.
            ring.aside();
        }
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        return result < 0 ? result : 1;
    }
}
