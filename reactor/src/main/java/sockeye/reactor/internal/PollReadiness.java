// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.ring.Ring;

/**
 * poll(2): completes with the events that hold. As an input it goes on, and tells for as long as
 * they do.
 */
final class PollReadiness extends Operation {
    private final boolean input;

    /** What for; set while it is idle. */
    int interest;

    PollReadiness(Channel channel, Owner owner, boolean input) {
        super(channel, owner);
        this.input = input;
    }

    @Override
    boolean isInput() {
        return input;
    }

    @Override
    boolean goesOnAfter(int result) {
        return input && result > 0;
    }

    @Override
    int attempt(KernelDriver driver) {
        int found = driver.poll(kernelChannel(), interest);
        return found == 0 ? EAGAIN : found;
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        // Not multishot: that tells of what is new, and not of what is still there.
        ring.preparePoll(kernelChannel().fd, interest);
    }
}
