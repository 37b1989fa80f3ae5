// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.Endpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.reactor.internal.ConnectionHost;
import sockeye.reactor.internal.DatagramHost;
import sockeye.wire.MessageService;
import sockeye.wire.StreamService;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Serves strangers at one socket by a service of {@code sockeye.wire}, the very one that the server
 * runs on threads, with the same limits: who may come, how many, how fast and how long, and what
 * datagrams are answered ({@link HostSettings}).
 *
 * <pre>{@code
 * var host = ServiceHost.streams(
 *         reactor, Listener.stream(InetEndpoint.any(7)), new EchoService(), HostSettings.DEFAULT);
 * }</pre>
 *
 * <p>A connection for which there is no place waits: first those that were accepted already, which
 * are not read, then those in the kernel's queue. Datagrams to a socket bound to all addresses are
 * answered from the address that they were sent to.
 *
 * <p>For the reactor's thread, but for {@link #stop} and {@link #local()}.
 */
public interface ServiceHost {
    /** Serves the streams of a listener, which is the reactor's from now on. */
    static ServiceHost streams(
            Reactor reactor,
            Listener<StreamSocket> listener,
            StreamService service,
            HostSettings settings) {
        return ConnectionHost.streams(reactor, listener, service, settings);
    }

    /** Serves the connections of messages of a listener, which is the reactor's from now on. */
    static ServiceHost records(
            Reactor reactor,
            Listener<MessageSocket> listener,
            MessageService service,
            HostSettings settings) {
        return ConnectionHost.records(reactor, listener, service, settings);
    }

    /** Answers the datagrams of a socket, which is the reactor's from now on. */
    static ServiceHost datagrams(
            Reactor reactor, MessageSocket socket, MessageService service, HostSettings settings) {
        return DatagramHost.of(reactor, socket, service, settings);
    }

    /** Where it serves. */
    Endpoint local();

    /** What it has done. Once it has stopped, for any thread. */
    HostStatistics statistics();

    /**
     * Accepts no more, has what was received answered, and aborts what is not done in time. A
     * connection whose {@linkplain HostSettings#layers() layers} are not done yet is closed. Safe
     * from any thread.
     *
     * @param grace how long that may take; zero for no time
     * @return completed on the reactor's thread, by the first stop for all; a later one can shorten
     *     the time. Not completed if the reactor does not run.
     */
    CompletableFuture<DrainReport> stop(Duration grace);

    /**
     * Leaves the work to somebody else who has the socket, a successor ({@link sockeye.Handover}):
     * closes it here, and lets the connections that there are go on as they are, for a time, until
     * they end by themselves; those that have not are then stopped as by {@link #stop}. What waits
     * in the socket is the other's, and not one connection or datagram is lost. A stop ends the
     * patience. Safe from any thread.
     *
     * @param patience how long connections may go on
     * @param drain how long they may then take to finish
     * @return as of {@link #stop}; finished are those that have ended since
     */
    CompletableFuture<DrainReport> retire(Duration patience, Duration drain);
}
