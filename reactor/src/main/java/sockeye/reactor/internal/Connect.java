// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import sockeye.Endpoint;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.ring.Ring;

/** connect(2); the result is 0 when the connection is there. */
final class Connect extends Operation {
    private static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int EISCONN = -106;
    private static final int ENOTCONN = -107;
    private static final int EALREADY = -114;
    private static final int EINPROGRESS = -115;

    final Endpoint peer;
    private final Chunk name;
    private boolean begun;

    Connect(Channel channel, Owner owner, Endpoint peer, Chunk name) {
        super(channel, owner);
        this.peer = peer;
        this.name = name;
        name.nameStart = 0;
        name.nameLength = channel.encode(peer, name);
    }

    @Override
    boolean isInput() {
        return false;
    }

    @Override
    int attempt(KernelDriver driver) {
        KernelChannel c = kernelChannel();
        // TCP tells by a further connect how the first went, and is then as if it had waited.
        boolean asksAgain = c.isInet() && !c.isSctp();
        if (begun && !asksAgain) {
            return outcome(c);
        }
        int result = c.kernel.connect(c.fd, name.address, name.nameLength);
        if (result == EINPROGRESS || result == EALREADY) {
            begun = true;
            return EAGAIN;
        }
        return result == EISCONN && begun ? 0 : result;
    }

    private int outcome(KernelChannel c) {
        try (Scratch scratch = Scratch.take()) {
            long at = scratch.address(Scratch.ADDRESS);
            long length = scratch.address(Scratch.INTS);
            scratch.memory().set(JAVA_INT, Scratch.INTS, 4);
            int result = c.kernel.getsockopt(c.fd, SOL_SOCKET, SO_ERROR, at, length);
            int error = result < 0 ? -result : scratch.memory().get(JAVA_INT, Scratch.ADDRESS);
            if (error != 0) {
                return -Math.abs(error);
            }
            scratch.memory().set(JAVA_INT, Scratch.INTS, Scratch.ADDRESS_BYTES);
            return c.kernel.getpeername(c.fd, at, length) == ENOTCONN ? EAGAIN : 0;
        }
    }

    @Override
    void prepare(RingDriver driver, Ring ring) {
        ring.prepareConnect(kernelChannel().fd, name.address, name.nameLength);
    }

    /** Whether the kernel has begun, rather than refused for want of room in a backlog. */
    boolean isBegun() {
        return begun;
    }

    /** Nobody needs the name any more. */
    void release() {
        name.release();
    }
}
