// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.ring.Ring;

/** accept4(2), again and again; the result is a descriptor. */
final class Accept extends Operation {
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;

    Accept(Channel channel, Owner owner) {
        super(channel, owner);
    }

    @Override
    boolean isInput() {
        return true;
    }

    @Override
    boolean goesOnAfter(int result) {
        return result >= 0;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        return c.kernel.accept4(c.fd, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        ring.prepareAccept(
                kernelChannel().fd, SOCK_NONBLOCK | SOCK_CLOEXEC, driver.hasMultishotAccept());
    }
}
