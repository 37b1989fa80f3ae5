// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.OptionSetting;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * A part of a program that is started and stopped: a listener, a client, something that is done
 * every minute, a database. A {@link ServiceTree} starts its services in order and stops them in
 * reverse. (What answers at a socket is a {@link sockeye.wire.StreamService} or {@link
 * sockeye.wire.MessageService}; {@link #streams} and {@link #host} make a service of it.)
 *
 * <p>Most are made by the methods here. One that is written by hand keeps to this:
 *
 * <ul>
 *   <li>Both methods are called on the thread of the context's reactor, and return at once; what
 *       takes time is told by the stage.
 *   <li>A start that fails leaves nothing behind: no stop follows.
 *   <li>A service that is stopped before its start is complete has the start's stage cancelled, if
 *       it is a {@link java.util.concurrent.CompletableFuture}, and is stopped.
 *   <li>A stop is complete within its time; what has not ended by itself is cut off then. If it is
 *       not, it is called once more while it goes on, with zero, and so it is when the whole has to
 *       be done earlier: the shortest time holds, and the stage of the first call counts.
 *   <li>It can be started again, by the same reactor or another, when it has stopped.
 *   <li>When its reactor is closed under it, the stop is called with zero, and nothing is waited
 *       for.
 * </ul>
 */
public interface Service {
    /** What it is called among its siblings: not empty, without a slash. Always the same. */
    String name();

    /**
     * Begins to do its work.
     *
     * @return completed when it does: what comes after it in the tree is started then
     * @throws Exception if it cannot
     */
    CompletionStage<?> start(ServiceContext context) throws Exception;

    /**
     * Ends.
     *
     * @param grace how long that may take; zero to cut off at once
     * @return completed when nothing is left; a {@link DrainReport} or {@link TreeReport} becomes
     *     part of the tree's report, any other value is ignored
     */
    CompletionStage<?> stop(Duration grace) throws Exception;

    /** What a service made of lambdas does at its start. */
    @FunctionalInterface
    interface Start {
        /**
         * {@link Service#start}.
         *
         * @return what is to be waited for; null for nothing
         */
        @Nullable CompletionStage<?> start(ServiceContext context) throws Exception;
    }

    /** What a service made of lambdas does at its stop. */
    @FunctionalInterface
    interface Stop {
        /**
         * {@link Service#stop}, but called once for each start.
         *
         * @return what is to be waited for; null for nothing
         */
        @Nullable CompletionStage<?> stop(Duration grace) throws Exception;
    }

    /** A service of two lambdas. */
    static Service of(String name, Start start, Stop stop) {
        return new LambdaService(name, start, stop);
    }

    /**
     * Something that is opened and closed, on a virtual thread, so that both may wait.
     *
     * @param open what opens it; it is closed when the service stops
     */
    static Service resource(String name, Callable<? extends AutoCloseable> open) {
        return LambdaService.resource(name, open);
    }

    /** Something that is done again and again while it runs; what it throws fails the service. */
    static Service every(String name, Duration period, Repeating.Task task) {
        return LambdaService.every(name, period, task);
    }

    /**
     * Long work that is done in pieces while it runs ({@link Piecework}), and begins anew at each
     * start. When it is done the service runs on with nothing to do; what it throws fails it.
     *
     * @param work called once at each start
     */
    static Service piecework(String name, Callable<Piecework.Pieces> work) {
        return LambdaService.piecework(name, work);
    }

    /**
     * A client that connects again and again while it runs; it does not wait for a connection.
     *
     * @param client makes it, at each start, for the reactor that it is given
     */
    static Service client(String name, Function<Reactor, ClientService<?>> client) {
        return new ReconnectingService(name, 0, false, client);
    }

    /**
     * The same, whose start waits for the first connection: what needs it comes after it.
     *
     * @param failures after how many the start has failed, with the last of them; 0 for never
     */
    static Service connected(
            String name, int failures, Function<Reactor, ClientService<?>> client) {
        return new ReconnectingService(name, failures, true, client);
    }

    /**
     * Listens for streams, on all reactors of a group; with port 0 at another port each time.
     *
     * @param protocols called by several threads on a group
     */
    static ListeningService streams(
            String name, Endpoint local, Protocol.Factory protocols, OptionSetting<?>... settings) {
        return new SocketService(
                name,
                at -> at.listen(local, protocols, settings),
                at -> at.listen(local, protocols, settings));
    }

    /** The same where a text says; a host name is looked up, which waits. */
    static ListeningService streams(
            String name,
            EndpointSpec local,
            Protocol.Factory protocols,
            OptionSetting<?>... settings) {
        return new SocketService(
                name,
                at -> at.listen(local, protocols, settings),
                at -> at.listen(local, protocols, settings));
    }

    /** Listens for connections that keep the boundaries of messages, SOCK_SEQPACKET. */
    static ListeningService records(
            String name,
            Endpoint local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings) {
        return new SocketService(
                name,
                at -> at.listenRecords(local, protocols, settings),
                at -> at.listenRecords(local, protocols, settings));
    }

    /** Binds for datagrams, on all reactors of a group where the kernel spreads them. */
    static ListeningService datagrams(
            String name,
            Endpoint local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings) {
        return new SocketService(
                name,
                at -> SocketService.bound(at.bind(local, protocols.protocol(), settings)),
                at -> at.bind(local, protocols, settings));
    }

    /** The same where and of what kind a text says; a host name is looked up, which waits. */
    static ListeningService datagrams(
            String name,
            EndpointSpec local,
            MessageProtocol.Factory protocols,
            OptionSetting<?>... settings) {
        return new SocketService(
                name,
                at -> SocketService.bound(at.bind(local, protocols.protocol(), settings)),
                at -> at.bind(local, protocols, settings));
    }

    /** Opens a {@link ServiceHost} on a reactor. */
    @FunctionalInterface
    interface HostOpener {
        /** Opens one, at each start. */
        ServiceHost open(Reactor reactor) throws Exception;
    }

    /** Serves strangers by a {@link ServiceHost}. */
    static ListeningService host(String name, HostOpener opener) {
        return SocketService.host(name, opener);
    }
}
