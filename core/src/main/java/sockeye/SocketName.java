// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** An address in native memory for the length of one call. */
final class SocketName implements AutoCloseable {
    private final Scratch scratch;
    private final UnixPaths.Shortened shortened;
    private final int length;

    private SocketName(LinuxSocket socket, UnixPaths.Shortened shortened) {
        this.scratch = Scratch.take();
        this.shortened = shortened;
        boolean done = false;
        try {
            this.length = encode(scratch, socket, Objects.requireNonNull(shortened.endpoint()));
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** The form of the endpoint that bind(2) takes for a socket. */
    static SocketName toBind(LinuxSocket socket, Endpoint endpoint) throws IOException {
        return new SocketName(socket, UnixPaths.shortenDirectory(socket, endpoint));
    }

    /** The form of the endpoint that connect(2) takes for a socket. */
    static SocketName toConnect(LinuxSocket socket, Endpoint endpoint) throws IOException {
        return new SocketName(socket, UnixPaths.shorten(socket, endpoint, "connect"));
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
        shortened.close();
        scratch.close();
    }
}
