// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessage;
import sockeye.internal.ring.Ring;

/**
 * recvmsg(2) of a message with its sender, again and again. The result is its length; without a
 * chunk 0 is the end of a connection.
 */
final class ReceiveMessage extends Operation {
    private static final int POLLIN = 1;

    private @Nullable Chunk chunk;

    /** Says how much room a multishot receive leaves for names; stays with the kernel. */
    private @Nullable NativeMessage template;

    private final int[] layout = new int[Ring.LAYOUT];

    /** How many descriptors are taken with a message; set while it is idle. */
    int descriptors;

    ReceiveMessage(Channel channel, Owner owner) {
        super(channel, owner);
    }

    /** The message of a completion, or null at the end. */
    @Nullable Chunk take() {
        Chunk taken = chunk;
        chunk = null;
        return taken;
    }

    void put(Chunk received) {
        chunk = received;
    }

    @Override
    boolean isInput() {
        return true;
    }

    @Override
    boolean goesOnAfter(int result) {
        return result > 0 || chunk != null;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        Chunk room = driver.chunks().message();
        int beside = descriptors > 0 ? c.controlRoom(descriptors) : c.controlRoom();
        int start = Chunk.NAME_BYTES + ((beside + 7) & ~7);
        NativeMessage header = driver.header().reset().name(room.address, Chunk.NAME_BYTES);
        header.control(room.address + Chunk.NAME_BYTES, beside);
        header.add(room.address + start, room.capacity() - start);
        int count = c.kernel.recvmsg(c.fd, header.address(), MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (count >= 0) {
            room.flags = header.flags();
            room.beside(Chunk.NAME_BYTES, header.controlLength());
            if (descriptors > 0) {
                c.takeDescriptors(room);
            }
        }
        if (count < 0 || (count == 0 && room.passing == null && driver.isEnded(c))) {
            room.release();
            return count;
        }
        room.nameStart = 0;
        room.nameLength = header.nameLength();
        room.start = start;
        room.end = start + count;
        chunk = room;
        return count;
    }

    /**
     * Whether the ring receives into its buffers, in which descriptors would have no room, rather
     * than only tells when to.
     */
    boolean usesBuffers(RingDriver driver) {
        return descriptors == 0 && driver.hasMultishotReceive();
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        if (!usesBuffers(driver)) {
            ring.preparePoll(kernelChannel().fd, POLLIN);
            return;
        }
        NativeMessage room = template;
        if (room == null) {
            room = new NativeMessage();
            template = room;
        }
        KernelChannel c = kernelChannel();
        room.reset().name(1, Chunk.NAME_BYTES).control(1, c.controlRoom());
        ring.prepareReceiveMessages(c.fd, room.address(), RingDriver.MESSAGES);
    }

    @Override
    int reaped(RingDriver driver, int result, int flags) {
        if (!usesBuffers(driver)) {
            return result < 0 ? result : attempt(driver);
        }
        Chunk selected = driver.selected(RingDriver.MESSAGES, flags);
        if (selected == null) {
            return result;
        }
        int length =
                result < 0
                        ? result
                        : Ring.readMessage(
                                selected.memory,
                                result,
                                Chunk.NAME_BYTES,
                                kernelChannel().controlRoom(),
                                layout);
        if (length < 0 || (length == 0 && driver.isEnded(kernelChannel()))) {
            selected.release();
            return length;
        }
        selected.nameStart = layout[Ring.NAME_START];
        selected.nameLength = layout[Ring.NAME_LENGTH];
        selected.flags = layout[Ring.MESSAGE_FLAGS];
        selected.controlStart = layout[Ring.CONTROL_START];
        selected.controlLength = layout[Ring.CONTROL_LENGTH];
        selected.segment = layout[Ring.SEGMENT_SIZE];
        selected.start = layout[Ring.PAYLOAD_START];
        selected.end = selected.start + length;
        chunk = selected;
        return length;
    }
}
