// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.PassedDescriptor;

/**
 * The input of a connection that has an output alone: a duplicate of that, on which nothing comes
 * but the end, when nobody is left to read what is written.
 */
final class HangupEnd extends StreamEnd {
    /** Asked for alone: POLLERR, of a pipe without readers, and POLLHUP are told unasked. */
    private static final int POLLRDHUP = 0x2000;

    private final PassedDescriptor own;

    HangupEnd(KernelChannel channel, PassedDescriptor own) {
        super(channel);
        this.own = own;
    }

    @Override
    int read(KernelDriver driver, Chunk room) {
        return hasInput(driver) ? 0 : Operation.EAGAIN;
    }

    @Override
    int write(Chunk first) {
        throw new AssertionError("an input");
    }

    @Override
    boolean hasInput(KernelDriver driver) {
        return driver.poll(channel, POLLRDHUP) != 0;
    }

    @Override
    String describe() {
        return describe(own);
    }

    @Override
    void release() {
        quietly(own);
    }
}
