// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.SocketType.SOCK_STREAM;

import java.io.IOException;

/**
 * What a socket is for. Each role holds a {@link LinuxSocket} and offers what is legal for it:
 * {@link StreamSocket} moves bytes, {@link MessageSocket} moves messages, {@link Listener} makes
 * either.
 */
public sealed interface Role extends HasDescriptor, AutoCloseable
        permits StreamSocket, MessageSocket, Listener {

    /** The socket beneath. Closing either closes both. */
    LinuxSocket socket();

    @Override
    default int fileno() {
        return socket().fileno();
    }

    @Override
    default Lease lease() throws java.nio.channels.ClosedChannelException {
        return socket().lease();
    }

    @Override
    void close() throws IOException;

    /**
     * Takes charge of an open descriptor and finds out what it is for.
     *
     * <pre>{@code
     * switch (Role.adopt(3)) {
     *     case StreamSocket stream -> ...
     *     case MessageSocket messages -> ...
     *     case Listener<?> listener -> ...
     * }
     * }</pre>
     *
     * @throws IOException if it is no socket; it is then left to the caller
     * @see LinuxSocket#adopt
     */
    static Role adopt(int fd) throws IOException {
        return of(LinuxSocket.adopt(fd));
    }

    /** The role of a socket, by its type and by whether it listens. */
    static Role of(LinuxSocket socket) throws IOException {
        if (Listener.listens(socket)) {
            return Listener.of(socket);
        }
        return socket.type() == SOCK_STREAM ? StreamSocket.of(socket) : MessageSocket.of(socket);
    }
}
