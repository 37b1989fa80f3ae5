// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.StreamSocket;
import sockeye.reactor.internal.LoopGroup;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Several reactors, each run by a platform thread of its own, that serve together: connections are
 * spread over them by the kernel where the family has SO_REUSEPORT, else handed over by the one
 * that accepts.
 *
 * <pre>{@code
 * try (var group = ReactorGroup.open()) {
 *     group.listen(InetEndpoint.any(7), Echo::new);
 *     group.start();
 *     group.join();
 * }
 * }</pre>
 *
 * <p>A protocol still has one thread alone, that of its {@linkplain Transport#reactor() reactor}; a
 * factory of protocols, and what protocols share, is used by several at a time.
 *
 * <p>A reactor that fails as a whole (its driver does) is closed with its connections, which is
 * told to the settings' {@code failures}; the others go on, and it gets nothing more.
 *
 * <p><b>Threads.</b> Everything here may be called by any thread, those of the group included;
 * futures are completed by a thread of the group. The threads keep the JVM alive until it is
 * stopped or closed. Whether it runs or not, listeners may be added: what comes before it runs
 * waits in the kernel. After {@link #close()}, and when all of its reactors have failed, what would
 * make something new throws {@link IllegalStateException}.
 */
public interface ReactorGroup extends AutoCloseable {
    /**
     * One reactor for each processor; {@link #start()} runs them.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    static ReactorGroup open() throws IOException {
        return open(GroupSettings.DEFAULT);
    }

    /**
     * The same with settings.
     *
     * @throws IOException also if a driver was asked for that the kernel refuses
     */
    static ReactorGroup open(GroupSettings settings) throws IOException {
        return LoopGroup.open(settings);
    }

    /**
     * Starts the threads, also again after a stop.
     *
     * @throws IllegalStateException if it runs already, or is closed
     */
    void start();

    /**
     * Stops in order, as {@link Reactor#stop(Duration)} says: when all of them have done what is to
     * be done before, all listeners are closed; then all connections are told to end; then the
     * threads end. Of several stops the shortest time holds. A group that does not run is left as
     * it is.
     *
     * @return of all together; completed when no thread runs any more
     */
    CompletableFuture<DrainReport> stop(Duration grace);

    /** Whether it was started, and neither stopped nor closed. */
    boolean isRunning();

    /**
     * Waits until it does not run any more.
     *
     * @throws IllegalStateException on one of its threads
     */
    void join() throws InterruptedException;

    /**
     * Closes the reactors: connections are aborted. Waits for their threads, {@value
     * Reactor#CLOSE_SECONDS} seconds at most, unless it is called by one of them. A second call
     * does nothing.
     */
    @Override
    void close();

    /** The reactors, also those that have failed. */
    List<Reactor> reactors();

    /**
     * The one that has the least to do, as far as connections tell; of equals the next in turn.
     *
     * @throws IllegalStateException if it is closed, or all have failed
     */
    Reactor next();

    // Streams.

    /**
     * Listens for streams on all reactors.
     *
     * @param protocols called by several threads
     * @throws IOException EADDRINUSE, EADDRNOTAVAIL, EACCES as {@link java.net.BindException}
     */
    Listening listen(Endpoint local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** The same where a text says; a host name is looked up, which waits. */
    Listening listen(EndpointSpec local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** Takes over a listener, whose connections are handed over. */
    Listening listen(Listener<StreamSocket> listener, Protocol.Factory protocols);

    /** Connects a stream, on {@link #next()}; see {@link Reactor#connect}. */
    CompletableFuture<Transport> connect(
            Endpoint peer, Protocol protocol, OptionSetting<?>... settings);

    /** Connects to what a text names, on {@link #next()}. */
    CompletableFuture<Transport> connect(
            EndpointSpec peer, Protocol protocol, OptionSetting<?>... settings);

    /**
     * Takes over a connected stream, for {@link #next()}.
     *
     * @return completed after {@link Protocol#opened}; to cancel it before closes the socket
     */
    CompletableFuture<Transport> adopt(StreamSocket stream, Protocol protocol);

    // Messages.

    /** Listens for connections that keep the boundaries of messages, SOCK_SEQPACKET. */
    Listening listenRecords(
            Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** The same where a text says. */
    Listening listenRecords(
            EndpointSpec local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** Takes over a listener of such connections. */
    Listening listenRecords(Listener<MessageSocket> listener, MessageProtocol.Factory protocols);

    /** Connects to one, on {@link #next()}. */
    CompletableFuture<MessageTransport> connectRecords(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings);

    /** Connects to one that a text names, on {@link #next()}. */
    CompletableFuture<MessageTransport> connectRecords(
            EndpointSpec peer, MessageProtocol protocol, OptionSetting<?>... settings);

    /**
     * Binds for datagrams: on all reactors where the kernel spreads them (UDP), else on {@link
     * #next()} alone. What is returned closes, pauses and resumes all of them, and has accepted
     * nothing.
     *
     * @param protocols called once for each socket
     */
    Listening bind(Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** The same where and of what kind a text says. */
    Listening bind(
            EndpointSpec local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** Takes over a socket of messages, for {@link #next()}. */
    CompletableFuture<MessageTransport> adopt(MessageSocket socket, MessageProtocol protocol);
}
