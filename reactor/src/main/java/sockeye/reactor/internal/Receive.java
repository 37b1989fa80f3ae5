// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Ancillary;
import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.ring.Ring;

import java.lang.foreign.MemorySegment;

/** recv(2) of a stream, again and again, into the driver's memory; 0 is the end. */
sealed class Receive extends Operation permits Read {
    private static final int POLLIN = 1;

    private @Nullable Chunk chunk;
    private boolean drained;

    /** How many descriptors are taken at once; set while it is idle. */
    int descriptors;

    Receive(Channel channel, Owner owner) {
        super(channel, owner);
    }

    /** The bytes of a completion with a positive result: the caller's from now on. */
    final Chunk take() {
        Chunk taken = chunk;
        if (taken == null) {
            throw new AssertionError("nothing was received");
        }
        chunk = null;
        return taken;
    }

    /** What a driver has received, and whether that was all there was. */
    final void put(Chunk received, boolean wasAll) {
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
        if (descriptors > 0) {
            return withDescriptors(driver, room);
        }
        long count = c.kernel.recvfrom(c.fd, room.address, room.capacity(), MSG_DONTWAIT, 0, 0);
        if (count > 0) {
            room.end = (int) count;
            put(room, c.isTcp() && count < room.capacity());
        } else {
            room.release();
        }
        return (int) count;
    }

    private int withDescriptors(KernelDriver driver, Chunk room) {
        KernelChannel c = kernelChannel();
        MemorySegment control = driver.control();
        NativeMessage header = driver.header().reset();
        header.add(room.address, room.capacity());
        // The length without padding, which would be room for one more.
        header.control(control.address(), Ancillary.length(Integer.BYTES * descriptors));
        int count = c.kernel.recvmsg(c.fd, header.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count < 0) {
            room.release();
            return count;
        }
        room.passing = Passing.received(control, header.controlLength());
        if (count == 0) {
            room.release();
            return 0;
        }
        room.end = count;
        room.flags = header.flags();
        put(room, false);
        return count;
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        if (descriptors > 0) {
            ring.preparePoll(kernelChannel().fd, POLLIN);
            return;
        }
        ring.prepareReceive(kernelChannel().fd, RingDriver.STREAMS, driver.hasMultishotReceive());
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        if (descriptors > 0) {
            return result < 0 ? result : attempt(driver);
        }
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
