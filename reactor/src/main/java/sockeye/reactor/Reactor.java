// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.ChildCommand;
import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.EventSource;
import sockeye.HasDescriptor;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.PassedDescriptor;
import sockeye.ProcessSignals;
import sockeye.Readiness;
import sockeye.StreamSocket;
import sockeye.reactor.internal.Adoption;
import sockeye.reactor.internal.Dialing;
import sockeye.reactor.internal.Loop;
import sockeye.reactor.internal.SpawnedProgram;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;

/**
 * One event loop: it waits for what happens on its sockets, and calls their protocols.
 *
 * <pre>{@code
 * try (var reactor = Reactor.open()) {
 *     reactor.listen(InetEndpoint.any(7777), Lines.to((line, transport) ->
 *             transport.write(line.toUpperCase() + "\n")));
 *     reactor.run();
 * }
 * }</pre>
 *
 * <p>There can be any number in a process, none is global, and one that has stopped can be run
 * again.
 *
 * <p><b>Threads.</b> {@link #run()} makes the calling thread, which must be a platform thread, the
 * loop's own until it returns. Only {@link #execute}, {@code stop}, {@link #close()}, {@link
 * #nanos()}, {@link #driver()} and {@link #isRunning()} may be called by others meanwhile; the
 * rest, and all that belongs to the reactor, throws {@link IllegalStateException} there. While it
 * does not run it may be prepared by any thread, one at a time.
 */
public interface Reactor extends Executor, AutoCloseable {
    /**
     * A reactor on io_uring where the kernel lets us have it, else on epoll; {@link #driver()} says
     * which, and why.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    static Reactor open() throws IOException {
        return open(ReactorSettings.DEFAULT);
    }

    /**
     * The same with settings.
     *
     * @throws IOException also if a driver was asked for that the kernel refuses
     */
    static Reactor open(ReactorSettings settings) throws IOException {
        return Loop.open(settings);
    }

    /** Which driver it has, and why; the features as far as they are known before it runs. */
    DriverReport driver();

    /** What a program is there for. */
    @FunctionalInterface
    interface Errand<T extends @Nullable Object> {
        /** Begins it, on the reactor's thread; completed when it is done. */
        CompletionStage<T> begin(Reactor reactor) throws Exception;
    }

    /**
     * Opens a reactor, runs it on the calling thread until an errand is done, stops it in order and
     * closes it: for programs and tests that want one thing.
     *
     * <pre>{@code
     * String answer = Reactor.until(reactor -> ask(reactor, "what time is it?"));
     * }</pre>
     *
     * @return what came of it
     * @throws Exception what the errand has thrown, or its stage failed with
     * @throws IllegalStateException if the reactor was stopped before; on a virtual thread
     */
    static <T extends @Nullable Object> T until(Errand<T> errand) throws Exception {
        return Timing.until(errand);
    }

    // Life.

    /**
     * Runs the loop until {@link #stop()} or {@link #close()}. What was listening or connected
     * before still is; what is to be done {@linkplain #onStart at the start} is done.
     *
     * @throws IllegalStateException on a virtual thread, inside itself, or while another runs it
     * @throws IOException if the driver failed; the reactor is then closed
     */
    void run() throws IOException;

    /** Has {@link #run()} return after the present turn, or, if nobody runs it, the next run. */
    void stop();

    /**
     * Stops in order: runs what is to be done {@linkplain StopPhase#BEFORE before}, closes the
     * listeners, tells all protocols ({@link Protocol#stopping}), waits until their connections
     * have ended, aborts those that have not when the time is over, and has {@link #run()} return.
     * Attempts to connect may go on as long as connections are waited for, and are then given up;
     * timers and tasks stay. Any thread; if nobody runs it, the next run does that.
     *
     * <p>Of several stops the shortest time holds, and all are told the same.
     *
     * @param grace how long it may take; zero cuts off at once
     * @return completed on the reactor's thread, before {@code run} returns; failed with {@link
     *     java.util.concurrent.RejectedExecutionException} if it is closed
     */
    CompletableFuture<DrainReport> stop(Duration grace);

    /**
     * Has something done whenever the reactor {@linkplain #stop(Duration) stops in order}, on its
     * thread, in the order in which it was said. What it throws is reported, and changes nothing.
     *
     * @param action returns what is to be waited for, within the time of the stop; null for nothing
     */
    ReactorAction onStop(StopPhase phase, Callable<? extends @Nullable CompletionStage<?>> action);

    /**
     * Has something done whenever it is {@linkplain #run() run}, on its thread, in the order in
     * which it was said. What it throws is reported, and changes nothing. A reactor that is run
     * already does it the next time.
     *
     * @param action returns what is to be waited for, for as long as it takes; null for nothing
     */
    ReactorAction onStart(
            StartPhase phase, Callable<? extends @Nullable CompletionStage<?>> action);

    /**
     * Has SIGTERM, SIGINT and SIGHUP stop it in order; the second that comes cuts off what is left.
     * SIGHUP is left alone if the program was started to ignore it.
     *
     * <pre>{@code
     * try (var _ = reactor.stopOnSignals(Duration.ofSeconds(10))) {
     *     reactor.run();
     * }
     * }</pre>
     *
     * @return gives them back when it is closed
     * @throws IllegalStateException if they cannot be taken ({@link ProcessSignals#takeStop})
     */
    default ProcessSignals stopOnSignals(Duration grace) throws IOException {
        ProcessSignals signals = ProcessSignals.takeStop();
        try {
            boolean[] asked = {false};
            var _ =
                    watch(
                            signals,
                            signal -> {
                                var _ = stop(asked[0] ? Duration.ZERO : grace);
                                asked[0] = true;
                            });
            return signals;
        } catch (IOException | RuntimeException | Error failed) {
            signals.close();
            throw failed;
        }
    }

    /** Whether a thread is in {@link #run()}. */
    boolean isRunning();

    /**
     * Closes all that belongs to it: connections are aborted, and their protocols told by the
     * thread that runs the loop, or by the caller if none does. Called by another thread, it
     * returns when the loop has ended, but after {@value #CLOSE_SECONDS} seconds at the latest:
     * then one of the callbacks does not return, and the settings' {@code failures} are told which.
     * A second call does nothing.
     *
     * <p>Futures of what was connecting or {@linkplain #callBlocking blocking} fail, and so does
     * what {@link #later} was to do; tasks and timers that are left are not run. Afterwards {@link
     * #execute} throws {@link java.util.concurrent.RejectedExecutionException}, and what would make
     * something new {@link IllegalStateException}; transports take calls, and do nothing.
     */
    @Override
    void close();

    /** How long {@link #close()} waits for a loop that another thread runs, in seconds. */
    int CLOSE_SECONDS = 10;

    // Time and tasks.

    /** The reactor's clock: {@link System#nanoTime()}, or a simulator's. Only differences count. */
    long nanos();

    /**
     * Runs a task on the reactor's thread, in the next turn; the order of one caller's tasks is
     * kept. Never runs it here.
     *
     * @throws java.util.concurrent.RejectedExecutionException if the reactor is closed
     */
    @Override
    void execute(Runnable task);

    /** Runs a task on the reactor's thread, not before so much time has passed. */
    DelayedCall after(Duration delay, Runnable task);

    /**
     * Does long work in pieces, some in each turn, beginning with the next.
     *
     * @param pieces does one at each call, and says whether there is another
     */
    default Piecework pieces(Piecework.Pieces pieces) {
        return Piecework.of(this, pieces);
    }

    /**
     * Does something again and again, the first time a period from now; see {@link Repeating}.
     *
     * @param period more than zero
     */
    default Repeating every(Duration period, Repeating.Task task) {
        return Repeating.of(this, period, task);
    }

    /**
     * Does something later that has a result. To cancel the future is to cancel the call.
     *
     * @return completed on the reactor's thread; failed with {@link
     *     java.util.concurrent.RejectedExecutionException} if it is closed before
     */
    default <T extends @Nullable Object> CompletableFuture<T> later(
            Duration delay, Callable<T> call) {
        return Timing.later(this, delay, call);
    }

    /**
     * Ends a future with {@link java.util.concurrent.TimeoutException} if it is not complete by
     * then: {@link CompletableFuture#orTimeout} by this reactor's clock and on its thread. What is
     * connecting is thereby given up.
     *
     * @return the same future
     */
    default <T extends @Nullable Object> CompletableFuture<T> within(
            Duration limit, CompletableFuture<T> work) {
        return Timing.within(this, limit, work);
    }

    /**
     * Has the settings' {@link ReactorSettings#failures()} told if this fails, for futures that
     * nobody looks at. A cancellation is no failure.
     */
    default void reported(CompletionStage<?> work) {
        Timing.reported(this, work);
    }

    /**
     * Runs what may block on a virtual thread, and completes the result on the reactor's thread, so
     * that what is chained to it without {@code Async} runs there.
     */
    <T> CompletableFuture<T> callBlocking(Callable<T> call);

    // Streams.

    /**
     * Listens for streams: socket(2), bind(2), listen(2) as {@link Listener#stream} has it.
     *
     * @throws IOException EADDRINUSE, EADDRNOTAVAIL, EACCES as {@link java.net.BindException}
     */
    Listening listen(Endpoint local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** The same where a text says; a host name is looked up, which waits. */
    Listening listen(EndpointSpec local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** Takes over a listener, which is the reactor's from now on. */
    Listening listen(Listener<StreamSocket> listener, Protocol.Factory protocols);

    /**
     * Connects a stream.
     *
     * @return completed on the reactor's thread, after {@link Protocol#opened}; or failed, as
     *     {@link StreamSocket#connect} would have, with {@link java.net.SocketTimeoutException}
     *     after the settings' time, or with {@link java.nio.channels.AsynchronousCloseException} if
     *     the reactor is closed; the protocol then never hears of it. If {@code opened} throws,
     *     failed with that, and the protocol is told so too. To cancel it ends the attempt.
     */
    CompletableFuture<Transport> connect(
            Endpoint peer, Protocol protocol, OptionSetting<?>... settings);

    /**
     * Connects to what a text names, {@code tcp:example.org:80?timeout=5s} or {@code
     * unix:/run/x?bind=/run/me}; the options are those of {@link StreamSocket#connect(EndpointSpec,
     * OptionSetting...)}. A host name is looked up by the settings' {@linkplain
     * ReactorSettings#resolver() resolver}, and its addresses are tried by Happy Eyeballs, from the
     * first that is found; of IPv4 alone they wait 50 ms for IPv6. A descriptor, {@code fd:} or
     * {@code systemd:}, is adopted. The settings' time to connect is for all of it.
     *
     * @return as of {@link #connect(Endpoint, Protocol, OptionSetting...)}; failed also with {@link
     *     java.net.UnknownHostException}, or {@link sockeye.EndpointSyntaxException} if the text is
     *     for no stream, or has an option that is not known. To cancel it ends the look-up and all
     *     attempts.
     */
    CompletableFuture<Transport> connect(
            EndpointSpec peer, Protocol protocol, OptionSetting<?>... settings);

    /**
     * Connects to the first of several addresses that answers, by Happy Eyeballs (RFC 8305): the
     * families take turns, each attempt begins when the one before has failed or is 250 ms old. The
     * protocol hears of the winner alone; the other attempts are closed.
     *
     * @param peers at least one; each has the settings' time to connect
     * @return as of {@link #connect(Endpoint, Protocol, OptionSetting...)}; if all have failed, the
     *     first failure, the others suppressed in it
     */
    CompletableFuture<Transport> connect(
            List<? extends Endpoint> peers, Protocol protocol, OptionSetting<?>... settings);

    /** Takes over a connected stream, which is the reactor's from now on. */
    Transport adopt(StreamSocket stream, Protocol protocol);

    // Descriptors.

    /**
     * Takes over descriptors of any kind as one connection: pipes, terminals, files, sockets, an
     * input and an output or one alone.
     *
     * <p>The open file descriptions, which others may share, are not made non-blocking. Pipes and
     * sockets are asked not to wait call by call; what cannot be asked so, terminals and files, is
     * read and written by threads that may wait, a portion of at most 64 KiB at a time, so that
     * neither a slow disk nor a stopped terminal holds up the reactor.
     *
     * <p>The end of the input is {@link Protocol#ended}; output goes on. {@link
     * Transport#shutdownOutput()} closes the output and {@link Transport#close()} both, when all
     * was written, without waiting for the input's end. A reader that is gone is found by the next
     * write: {@link Protocol#closed} is told of EPIPE. If it has no output, what is written is
     * thrown away. If it has no input, then {@code ended} says that nobody is left to read, as far
     * as the kernel tells: of pipes, not of files. It has no endpoints, and nothing to unwrap.
     *
     * <p>One stream socket as input and output, or as the output alone, is a connection like any
     * other, in both directions.
     *
     * @param input the reactor's from now on; null for none
     * @param output the same; it may be the same object as the input
     * @throws IOException EPROTOTYPE for a socket that is no stream; EMFILE; all is closed then
     * @throws IllegalArgumentException if there is neither
     * @throws UnsupportedOperationException of a simulator
     */
    default Transport adopt(
            @Nullable PassedDescriptor input, @Nullable PassedDescriptor output, Protocol protocol)
            throws IOException {
        return Adoption.adopt(this, input, output, protocol);
    }

    /**
     * Standard input and output of this process as a connection, by duplicates of 0 and 1; as of
     * {@link #adopt(PassedDescriptor, PassedDescriptor, Protocol)}.
     *
     * <p>Where it closes a pipe or a socket, the number becomes {@code /dev/null}, so that the
     * program at the other side sees the end at once, and what is still printed is thrown away.
     * Whoever reads {@link System#in} meanwhile takes what would have come here.
     *
     * @throws IOException EBADF if the process was started without one of them
     */
    default Transport standardIo(Protocol protocol) throws IOException {
        return Adoption.standard(this, protocol);
    }

    // Programs.

    /**
     * Runs a program that the protocol talks to: what it writes to the program's standard input is
     * read there, and it receives what comes from its standard output. Where the command names
     * something else for one of the two, that stays so.
     *
     * @return as of {@link #spawn(SubprocessSettings)}
     * @throws IllegalArgumentException if the command names something else for both
     */
    default CompletableFuture<Subprocess> spawn(ChildCommand command, Protocol dialogue) {
        return spawn(SubprocessSettings.of(command).withDialogue(dialogue));
    }

    /**
     * Runs a program.
     *
     * @return completed on the reactor's thread when the program is running, before its protocols
     *     are told {@link Protocol#opened}; or failed as {@link ChildCommand#start} fails. If it is
     *     cancelled before, the program is killed.
     * @throws UnsupportedOperationException of a simulator
     */
    default CompletableFuture<Subprocess> spawn(SubprocessSettings settings) {
        return SpawnedProgram.start(this, settings);
    }

    /**
     * Watches any descriptor: of inotify, netlink, a pidfd, a pipe, a library's socket …
     * Level-triggered: the handler is called for as long as it is ready.
     *
     * <p>A duplicate is watched. So to close the source does not end the watch, and while the watch
     * is open the other end of a pipe or socket sees no end: close the watch first.
     *
     * @param interest of {@link sockeye.Readiness}: EPOLLIN, EPOLLPRI, EPOLLOUT and EPOLLRDHUP; 0
     *     for nothing yet
     * @throws IOException EPERM for a file or directory, which are always ready; EMFILE
     * @throws IllegalArgumentException if there are other bits
     * @throws UnsupportedOperationException of a simulator, which has nothing of the kernel's
     */
    DescriptorWatch watch(HasDescriptor source, int interest, DescriptorWatch.Handler handler)
            throws IOException;

    /**
     * Watches what tells of events: a {@link sockeye.FileWatch}, a {@link sockeye.TimerDescriptor},
     * {@link sockeye.ProcessSignals} … and hands them over, some at a time.
     *
     * @param source stays the caller's, and nobody else takes its events meanwhile
     */
    default <E> DescriptorWatch watch(EventSource<E> source, DescriptorWatch.EventHandler<E> events)
            throws IOException {
        return watch(
                source,
                Readiness.EPOLLIN,
                (watch, ready) -> {
                    for (int i = 0; i < 16 && watch.isOpen(); i++) {
                        E event = source.poll();
                        if (event == null) {
                            return;
                        }
                        events.happened(event);
                    }
                });
    }

    // Messages.

    /** Listens for connections that keep the boundaries of messages, SOCK_SEQPACKET. */
    Listening listenRecords(
            Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException;

    /** The same where a text says, {@code unix-seqpacket:/run/x?mode=0600}. */
    default Listening listenRecords(
            EndpointSpec local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return Dialing.listenRecords(this, local, protocols, settings);
    }

    /** Takes over a listener of such connections. */
    Listening listenRecords(Listener<MessageSocket> listener, MessageProtocol.Factory protocols);

    /** Connects to one, SOCK_SEQPACKET; the result is as that of {@link #connect}. */
    CompletableFuture<MessageTransport> connectRecords(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings);

    /**
     * Connects to one that a text names, {@code unix-seqpacket:@name?bind=@me}, as {@link
     * #connect(EndpointSpec, Protocol, OptionSetting...)} does.
     */
    default CompletableFuture<MessageTransport> connectRecords(
            EndpointSpec peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        return Dialing.records(this, peer, protocol, settings);
    }

    /**
     * Connects a socket of datagrams, SOCK_DGRAM: it sends to that peer and hears that one alone,
     * and of what does not arrive there ({@link MessageProtocol#failed}: ECONNREFUSED). Nothing is
     * sent by that, so that it succeeds whoever is there, but for AF_UNIX.
     */
    CompletableFuture<MessageTransport> connectDatagrams(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings);

    /**
     * The same where a text says, {@code udp:example.org:53} or {@code
     * unix-dgram:/run/x?bind=/run/me}: of the addresses of a name the first that can be connected
     * to.
     */
    default CompletableFuture<MessageTransport> connectDatagrams(
            EndpointSpec peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        return Dialing.datagrams(this, peer, protocol, settings);
    }

    /**
     * Binds a socket of datagrams, SOCK_DGRAM.
     *
     * @throws IOException EADDRINUSE, EADDRNOTAVAIL, EACCES as {@link java.net.BindException}
     */
    MessageTransport bind(Endpoint local, MessageProtocol protocol, OptionSetting<?>... settings)
            throws IOException;

    /** The same where and of what kind a text says. */
    MessageTransport bind(
            EndpointSpec local, MessageProtocol protocol, OptionSetting<?>... settings)
            throws IOException;

    /** Takes over a socket of any kind of messages, which is the reactor's from now on. */
    MessageTransport adopt(MessageSocket socket, MessageProtocol protocol);
}
