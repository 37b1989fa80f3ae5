// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.SocketType;

import java.io.IOException;
import java.util.Map;

/**
 * A way to connect two sockets on one machine: family, type and protocol, the form of the names,
 * and what cannot be done that way. The contract suites run over fixtures; {@link TestFamily} has
 * those of this library.
 */
public interface Fixture {
    /** The AF_ number of the side that is connected to. */
    int family();

    /** The SOCK_ number. */
    int type();

    /** The protocol to ask socket(2) for. */
    int protocol();

    /**
     * A name to bind to that nobody else uses: port 0, a new path or abstract name.
     *
     * @throws UnsupportedOperationException if it lacks {@link Ability#NAMES}
     */
    Endpoint fresh();

    /** Whether the kernel completes a fresh name, by a port for instance, rather than keep it. */
    default boolean completesNames() {
        return true;
    }

    /** What it lacks, each with the reason. */
    default Map<Ability, String> lacks() {
        return Map.of();
    }

    /** Whether it has this. */
    default boolean can(Ability ability) {
        return !lacks().containsKey(ability);
    }

    /** Skips the running test if this kernel lacks the family; fails it if it must not. */
    default void require() {}

    /** Whether its messages need no connection. */
    default boolean isDatagram() {
        return type() == SocketType.SOCK_DGRAM || type() == SocketType.SOCK_RDM;
    }

    /** Whether it moves records on a connection. */
    default boolean isSeqpacket() {
        return type() == SocketType.SOCK_SEQPACKET;
    }

    /** Whether it moves bytes. */
    default boolean isStream() {
        return type() == SocketType.SOCK_STREAM;
    }

    /** Whether a listener accepts its connections. */
    default boolean isAccepted() {
        return !isDatagram() && can(Ability.NAMES);
    }

    /** A socket as the one that is bound, for instance to {@link #fresh()}. */
    default LinuxSocket socket() throws IOException {
        return LinuxSocket.socket(family(), type(), protocol());
    }

    /** A socket as the one that connects to an address made by {@link #reachable}. */
    default LinuxSocket client() throws IOException {
        return socket();
    }

    /** Where a client connects to, or sends to, to reach who is bound to this. */
    default Endpoint reachable(Endpoint bound) {
        return bound;
    }

    /** The same for a bound socket. */
    default Endpoint reachable(LinuxSocket bound) throws IOException {
        return reachable(bound.getSockName());
    }

    /** A listening socket on a fresh name. */
    default LinuxSocket listen(int backlog) throws IOException {
        LinuxSocket socket = socket();
        try {
            socket.bind(fresh());
            socket.listen(backlog);
            return socket;
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Two sockets that are connected to each other. */
    default LinuxSocket.Pair connect() throws IOException {
        if (!can(Ability.NAMES)) {
            return LinuxSocket.socketPair(family(), type(), protocol());
        }
        LinuxSocket left = null;
        LinuxSocket right = null;
        try {
            if (isDatagram()) {
                left = socket();
                right = socket();
                left.bind(fresh());
                right.bind(fresh());
                left.connect(reachable(right));
                right.connect(reachable(left));
            } else {
                try (LinuxSocket listener = listen(1)) {
                    left = client();
                    right = accept(left, listener);
                }
            }
            return new LinuxSocket.Pair(left, right);
        } catch (IOException | RuntimeException failed) {
            close(left);
            close(right);
            throw failed;
        }
    }

    private LinuxSocket accept(LinuxSocket client, LinuxSocket listener) throws IOException {
        if (can(Ability.EARLY_CONNECTION)) {
            client.connect(reachable(listener));
            return listener.accept().socket();
        }
        Endpoint peer = reachable(listener);
        var connecting = Task.run(() -> client.connect(peer));
        LinuxSocket accepted = listener.accept().socket();
        try {
            connecting.join();
            return accepted;
        } catch (Exception failed) {
            accepted.close();
            throw failed instanceof IOException refused ? refused : new IOException(failed);
        }
    }

    private static void close(@Nullable LinuxSocket socket) throws IOException {
        if (socket != null) {
            socket.close();
        }
    }
}
