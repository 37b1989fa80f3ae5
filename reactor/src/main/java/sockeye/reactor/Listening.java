// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A listener of a reactor. For the reactor's own thread, but for {@link #local()}; that of a {@link
 * ReactorGroup} for any.
 *
 * <p>When descriptors run out a reserved one is spent to accept the next connection and close it,
 * so that its peer is told rather than left waiting, and taken again.
 */
public interface Listening {
    /** Where it listens: with the port that the kernel chose if 0 was asked for. */
    @Nullable Endpoint local();

    /** Accepts no more until {@link #resume()}; connections wait in the kernel's queue. */
    void pause();

    /** Accepts again. */
    void resume();

    /** How many connections were accepted and given a protocol. */
    long accepted();

    /** How many were closed at once, for want of descriptors or of a protocol. */
    long turnedAway();

    /** How many of those are open, as far as it is known. Any thread. */
    long connections();

    /**
     * The sockets that it listens at, to ask and set their options: one, in a group one for each
     * loop where the kernel spreads; none in a simulator. They are not to be closed. Any thread.
     */
    List<LinuxSocket> sockets();

    /** Whether it has not been closed. */
    boolean isOpen();

    /** Stops listening. Its connections go on; a second call does nothing. */
    void close();

    /**
     * Stops listening, and has the connections that came here end in order: their protocols are
     * told ({@link Protocol#stopping}), and those that have not ended in time are aborted. Of
     * several calls the shortest time holds.
     *
     * @param grace how long they may take; zero cuts them off at once
     * @return completed on the reactor's thread, when all are gone
     */
    CompletableFuture<DrainReport> drain(Duration grace);

    /**
     * Has the connections that are open now end in the same way, and goes on listening. Those that
     * come later are none of its business.
     *
     * @param grace how long they may take; zero cuts them off at once
     * @return completed on the reactor's thread, when all of them are gone
     */
    CompletableFuture<DrainReport> drainConnections(Duration grace);
}
