// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.ring.Ring;

/** send(2) or sendmsg(2) of what is queued for a stream; the result is how much was taken. */
final class Send extends Operation {
    /** The queue, its first chunk; set while it is idle. */
    @Nullable Chunk head;

    private @Nullable NativeMessage header;

    Send(Channel channel, Owner owner) {
        super(channel, owner);
    }

    @Override
    boolean isInput() {
        return false;
    }

    private Chunk first() {
        Chunk first = head;
        if (first == null) {
            throw new AssertionError("nothing to send");
        }
        return first;
    }

    /** SCTP would make one message of all, which must fit into its buffer. */
    private boolean goesAlone(Chunk first) {
        return first.passing == null && (first.next == null || kernelChannel().isSctp());
    }

    private static void gather(Chunk first, NativeMessage into) {
        into.reset();
        if (first.passing != null) {
            first.passing.load(into);
        }
        Chunk each = first;
        while (each != null && into.add(each.address + each.start, each.length())) {
            each = each.next;
            if (each != null && (each.passing != null || each.file != null)) {
                return; // to one of its own
            }
        }
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        Chunk first = first();
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        if (goesAlone(first)) {
            long from = first.address + first.start;
            return (int) c.kernel.sendto(c.fd, from, first.length(), flags, 0, 0);
        }
        NativeMessage all = driver.header();
        gather(first, all);
        return c.kernel.sendmsg(c.fd, all.address(), flags);
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        Chunk first = first();
        int fd = kernelChannel().fd;
        if (goesAlone(first)) {
            ring.prepareSend(fd, first.address + first.start, first.length(), MSG_NOSIGNAL);
            return;
        }
        NativeMessage all = new NativeMessage();
        header = all;
        gather(first, all);
        ring.prepareSendMessage(fd, all.address(), MSG_NOSIGNAL);
    }

    @Override
    void settle() {
        header = null;
    }

    /** For the eyes of a test: whether vectors are with the kernel. */
    boolean isGathered() {
        return header != null;
    }
}
