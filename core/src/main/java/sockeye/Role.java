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
        LinuxSocket socket = LinuxSocket.adopt(fd);
        Role role = null;
        try {
            role = of(socket);
            return role;
        } finally {
            if (role == null) {
                socket.detach();
            }
        }
    }

    /** The role of a socket, by its type and by whether it listens. */
    static Role of(LinuxSocket socket) throws IOException {
        if (Listener.listens(socket)) {
            return Listener.of(socket);
        }
        return socket.type() == SOCK_STREAM ? StreamSocket.of(socket) : MessageSocket.of(socket);
    }

    /**
     * Listens at, or binds to, what a text names, in the role that its scheme has: {@code tcp:},
     * {@code mptcp:}, {@code unix:} and {@code unix-seqpacket:} make a {@link Listener}, {@code
     * udp:} and {@code unix-dgram:} a {@link MessageSocket}, and {@code fd:} and {@code systemd:}
     * whatever the descriptor is: of several that the service manager passed by the same name the
     * first that nobody has taken ({@link ActivatedSockets}). The options are those of {@code
     * docs/endpoints.md}.
     *
     * @throws EndpointSyntaxException if the scheme has no sockets here, an option is not known or
     *     has a wrong value, or there is a wrapper
     * @throws java.net.UnknownHostException if a host name has no address
     * @throws IOException if the kernel refuses: EADDRINUSE, EADDRNOTAVAIL, EACCES as {@link
     *     java.net.BindException}
     */
    static Role listen(EndpointSpec local) throws IOException {
        return Listening.any(local, local.readOptions());
    }

    /**
     * The same for a program that has options of its own, and has taken them.
     *
     * @param options a reader of the spec's options, of which none may be left over
     */
    static Role listen(EndpointSpec local, EndpointOptions options) throws IOException {
        return Listening.any(local, options);
    }

    /**
     * Connects to what a text names, as a {@link StreamSocket} or a {@link MessageSocket}; an
     * {@code fd:} is whatever it is.
     *
     * @param deadline by when it has to be done, resolving included
     * @throws EndpointSyntaxException if the scheme has no sockets here, an option is not known or
     *     has a wrong value, or there is a wrapper
     * @throws java.net.UnknownHostException if a host name has no address
     * @throws IOException if no address answers, with the errors of all of them suppressed in it
     */
    static Role connect(EndpointSpec peer, Deadline deadline) throws IOException {
        return Connecting.any(peer, peer.readOptions(), deadline);
    }

    /**
     * The same for a program that has options of its own, and has taken them.
     *
     * @param options a reader of the spec's options, of which none may be left over
     */
    static Role connect(EndpointSpec peer, EndpointOptions options, Deadline deadline)
            throws IOException {
        return Connecting.any(peer, options, deadline);
    }
}
