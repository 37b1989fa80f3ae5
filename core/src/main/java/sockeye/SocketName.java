// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** An address in native memory for the length of one call. */
final class SocketName implements AutoCloseable {
    private final Scratch scratch;
    private final int length;

    private SocketName(Scratch scratch, int length) {
        this.scratch = scratch;
        this.length = length;
    }

    /** The form of the endpoint that a socket takes. */
    static SocketName of(LinuxSocket socket, Endpoint endpoint) throws IOException {
        Scratch scratch = Scratch.take();
        boolean done = false;
        try {
            int length = encode(scratch, socket, endpoint);
            done = true;
            return new SocketName(scratch, length);
        } finally {
            if (!done) {
                scratch.close();
            }
        }
    }

    /** Puts the endpoint at {@link Scratch#ADDRESS}; returns its length. */
    static int encode(Scratch scratch, LinuxSocket socket, Endpoint endpoint) {
        byte[] sockaddr = scratch.sockaddr();
        int length = endpoint.encode(socket.family(), sockaddr);
        MemorySegment.copy(sockaddr, 0, scratch.memory(), JAVA_BYTE, Scratch.ADDRESS, length);
        return length;
    }

    /** The endpoint at {@link Scratch#ADDRESS}. */
    static Endpoint decode(Scratch scratch, int length) {
        byte[] sockaddr = scratch.sockaddr();
        MemorySegment.copy(
                scratch.memory(), JAVA_BYTE, Scratch.ADDRESS, sockaddr, 0, sockaddr.length);
        return Endpoint.decode(sockaddr, Math.min(length, sockaddr.length));
    }

    long address() {
        return scratch.address(Scratch.ADDRESS);
    }

    int length() {
        return length;
    }

    @Override
    public void close() {
        scratch.close();
    }
}
