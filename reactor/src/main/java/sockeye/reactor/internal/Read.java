// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.ring.Ring;

/** What a {@link StreamEnd} gives, again and again, into the loop's memory; 0 is the end. */
final class Read extends Receive {
    private static final int POLLIN = 1;

    private final StreamEnd end;

    Read(StreamEnd end, Owner owner) {
        super(end.channel, owner);
        this.end = end;
    }

    @Override
    int attempt(KernelDriver driver) {
        Chunk room = driver.chunks().large();
        int count = end.read(driver, room);
        if (count > 0) {
            room.end = count;
            put(room, false);
        } else {
            room.release();
        }
        return count;
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        // Not read(2): a ring would have a thread of the kernel's wait where no flag says not to.
        ring.preparePoll(kernelChannel().fd, POLLIN);
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        return result < 0 ? result : attempt(driver);
    }
}
