// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.ring.Ring;

/** recv(2) of a stream, again and again, into the driver's memory; 0 is the end. */
final class Receive extends Operation {
    private @Nullable Chunk chunk;
    private boolean drained;

    Receive(Channel channel, Owner owner) {
        super(channel, owner);
    }

    /** The bytes of a completion with a positive result: the caller's from now on. */
    Chunk take() {
        Chunk taken = chunk;
        if (taken == null) {
            throw new AssertionError("nothing was received");
        }
        chunk = null;
        return taken;
    }

    /** What a driver has received, and whether that was all there was. */
    void put(Chunk received, boolean wasAll) {
        chunk = received;
        drained = wasAll;
    }

    /** Whether the last completion has shown that nothing more was queued. */
    boolean provesDrained() {
        return drained;
    }

    @Override
    boolean isInput() {
        return true;
    }

    @Override
    boolean goesOnAfter(int result) {
        return result > 0;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        Chunk room = driver.chunks().large();
        long count = c.kernel.recvfrom(c.fd, room.address, room.capacity(), MSG_DONTWAIT, 0, 0);
        if (count > 0) {
            room.end = (int) count;
            put(room, c.isTcp() && count < room.capacity());
        } else {
            room.release();
        }
        return (int) count;
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        ring.prepareReceive(kernelChannel().fd, RingDriver.STREAMS, driver.hasMultishotReceive());
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        Chunk selected = driver.selected(RingDriver.STREAMS, flags);
        if (selected != null) {
            if (result > 0) {
                selected.end = result;
                put(selected, kernelChannel().isTcp() && !Ring.saysMore(flags));
            } else {
                selected.release();
            }
        }
        return result;
    }
}
