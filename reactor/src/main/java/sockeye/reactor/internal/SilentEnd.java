// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.PassedDescriptor;

/** The input of a connection that has a file for its output and nothing else: it never ends. */
final class SilentEnd extends StreamEnd {
    private final PassedDescriptor never;

    /**
     * An end that is never ready.
     *
     * @param never an eventfd that nobody rings
     */
    SilentEnd(KernelChannel channel, PassedDescriptor never) {
        super(channel);
        this.never = never;
    }

    @Override
    int read(KernelDriver driver, Chunk room) {
        return Operation.EAGAIN;
    }

    @Override
    int write(Chunk first) {
        throw new AssertionError("an input");
    }

    @Override
    boolean hasInput(KernelDriver driver) {
        return false;
    }

    @Override
    String describe() {
        return "nothing";
    }

    @Override
    void release() {
        quietly(never);
    }
}
