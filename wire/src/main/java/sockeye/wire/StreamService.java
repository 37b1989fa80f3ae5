// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * A service over streams of bytes (TCP, AF_UNIX stream, TLS): opens one {@link StreamMachine} for
 * each connection. Immutable, and safe for use by any number of threads and drivers.
 */
@FunctionalInterface
public interface StreamService {
    /**
     * A machine for a new connection, in its first state. Cheap: a server calls it once per
     * accepted connection. A service that speaks first has a machine whose {@link
     * StreamMachine#wakeAt()} is {@link StreamMachine#AT_ONCE}.
     */
    StreamMachine open();

    /**
     * The same for a service that wants to know who the peer is. This is what a driver calls.
     *
     * @param facts about this connection; the machine may keep it as long as it lives
     */
    default StreamMachine open(PeerFacts facts) {
        return open();
    }
}
