// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.ring.Ring;

/** sendmsg(2) of one message, to its name if it has one. */
final class SendMessage extends Operation {
    /** The message; set while it is idle. */
    @Nullable Chunk message;

    private final NativeMessage header = new NativeMessage();

    SendMessage(Channel channel, Owner owner) {
        super(channel, owner);
    }

    @Override
    boolean isInput() {
        return false;
    }

    private NativeMessage load() {
        Chunk one = message;
        if (one == null) {
            throw new AssertionError("nothing to send");
        }
        header.reset().name(one.address + one.nameStart, one.nameLength);
        header.add(one.address + one.start, one.length());
        return header;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        return c.kernel.sendmsg(c.fd, load().address(), MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        ring.prepareSendMessage(kernelChannel().fd, load().address(), MSG_NOSIGNAL);
    }
}
