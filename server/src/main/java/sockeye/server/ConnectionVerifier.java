// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.io.IOException;

/**
 * Decides about a connection when its layers are established and before its handler has it: who the
 * peer is behind a proxy, and what its certificate says, is known by then. It runs on the
 * connection's own thread and may wait; nobody else waits for it.
 *
 * <p>What is known before anything was said, addresses, user ids and how many there are, is better
 * judged by {@link ServerSettings#access} and {@link ServerSettings#limits}: they cost no thread.
 */
@FunctionalInterface
public interface ConnectionVerifier {
    /** Takes everybody. */
    ConnectionVerifier EVERYBODY = connection -> true;

    /**
     * Whether the connection is served. One that is not is closed lingeringly, and told to the
     * observer as rejected.
     *
     * @throws IOException if that cannot be decided: the connection fails
     */
    boolean admits(ServerConnection connection) throws IOException;

    /** Takes whom both take. */
    default ConnectionVerifier and(ConnectionVerifier other) {
        return connection -> admits(connection) && other.admits(connection);
    }
}
