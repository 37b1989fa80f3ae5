// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.ring.Ring;

/** What is queued for a {@link StreamEnd}; the result is how much was taken. Tried at once. */
final class Write extends Send {
    private static final int POLLOUT = 4;

    private final StreamEnd end;

    Write(StreamEnd end, Owner owner) {
        super(end.channel, owner);
        this.end = end;
    }

    @Override
    int attempt(KernelDriver driver) {
        return end.write(first());
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        ring.preparePoll(kernelChannel().fd, POLLOUT);
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        return result < 0 ? result : attempt(driver);
    }
}
