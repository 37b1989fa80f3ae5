// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * A server on one endpoint of any family, or on several: for streams and connections of messages a
 * virtual thread for each connection, for datagrams one for all.
 *
 * <pre>{@code
 * Server.stream(InetEndpoint.any(21567), client -> {
 *     var lines = client.reader();
 *     for (String line; (line = lines.readLine()) != null; )
 *         client.write("[%s] %s%n".formatted(Instant.now(), line));
 * }).join();
 * }</pre>
 *
 * <p>It serves from the moment at which it is made until it is stopped. A connection that fails, a
 * handler that throws, a peer that never reads harm no other; nor does a lack of descriptors end
 * the server: it tells the peers that it has to turn away, and recovers.
 *
 * <p><b>Threads.</b> Any method may be called by any thread, a handler's included: a handler that
 * stops the server does not wait for itself. The server's threads are virtual, and a JVM ends with
 * its last platform thread: the main thread {@link #join joins} the server.
 */
public final class Server implements AutoCloseable {
    /** How long handlers that were cut off may take to leave. */
    private static final long LEAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String kind;
    private final List<Endpoint> locals;
    private final ServerSettings settings;
    private final Set<ServerConnection> connections = ConcurrentHashMap.newKeySet();
    private final ServerCounters counters = new ServerCounters();
    final AtomicLong ids = new AtomicLong();
    private final long madeAt = System.nanoTime();
    final Door door;
    final Watch watch;
    final Arrears arrears;
    private final ServerTasks tasks = new ServerTasks(this);
    private volatile boolean retiring;
    private volatile boolean stopping;
    private volatile boolean cutting;

    /** When the time to drain is over. */
    volatile Deadline drained = Deadline.NONE;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long stopAt; // guarded by lock: when the drain is over
    private int finished; // guarded by lock
    private int cutOff; // guarded by lock
    private StopReport.Delivery delivery = StopReport.Delivery.NOTHING; // guarded by lock
    private volatile @Nullable StopReport report;

    /** Takes the sockets, one or more, and does not start. */
    <R extends Role> Server(
            String kind, ServerSettings settings, List<R> sockets, ServerTasks.IntakeMaker<R> maker)
            throws IOException {
        this.kind = kind;
        this.settings = settings;
        this.door = new Door(this);
        this.watch = new Watch(settings, door, connections);
        this.arrears = new Arrears(settings.limits().memory());
        var locals = new ArrayList<Endpoint>();
        for (R socket : sockets) {
            locals.add(socket.socket().getSockName());
        }
        this.locals = List.copyOf(locals);
        for (int i = 0; i < sockets.size(); i++) {
            tasks.takeIn(kind, locals.get(i), sockets.get(i), maker);
        }
        for (ServiceAction action : settings.hooks().actions()) {
            tasks.add(new ServiceLoop(this, action), "action " + action.name());
        }
    }

    /** What takes in at the first of its sockets. */
    Intake intake() {
        return tasks.intakes().getFirst();
    }

    private Server start() {
        tasks.start();
        watch.start();
        return this;
    }

    // Streams.

    /**
     * Serves streams on an endpoint.
     *
     * @throws IOException if it cannot listen there: EADDRINUSE, EACCES, …
     */
    public static Server stream(Endpoint endpoint, StreamHandler handler) throws IOException {
        return stream(endpoint, ServerSettings.DEFAULT, handler);
    }

    /** The same with settings. */
    public static Server stream(Endpoint endpoint, ServerSettings settings, StreamHandler handler)
            throws IOException {
        return stream(List.of(endpoint), settings, handler);
    }

    /**
     * The same on several endpoints at once, of whatever families: one server, whose limits hold
     * for all of them together, and whose stop ends all. The settings' {@code options} are set on
     * each of the sockets.
     *
     * @throws IOException if it cannot listen at one of them; then it listens at none
     */
    public static Server stream(
            List<? extends Endpoint> endpoints, ServerSettings settings, StreamHandler handler)
            throws IOException {
        return streamOn(
                ServerSockets.open(
                        endpoints,
                        each ->
                                Listener.stream(
                                        each, settings.listen(), settings.connectionOptions())),
                settings,
                handler);
    }

    /**
     * The same on a socket that listens already, which is the server's from now on: one that was
     * inherited, or made in a way of its own. The settings' {@code listen} and {@code options} are
     * not used.
     */
    public static Server stream(
            Listener<StreamSocket> listener, ServerSettings settings, StreamHandler handler)
            throws IOException {
        return streamOn(List.of(listener), settings, handler);
    }

    /** The same on several sockets that listen already. */
    public static Server streamOn(
            List<Listener<StreamSocket>> listeners, ServerSettings settings, StreamHandler handler)
            throws IOException {
        return new Server(
                        "accept",
                        settings,
                        ServerSockets.some(listeners),
                        streams(settings, handler))
                .start();
    }

    static ServerTasks.IntakeMaker<Listener<StreamSocket>> streams(
            ServerSettings settings, StreamHandler handler) {
        boolean driven = handler instanceof StreamDriver && settings.layers().isEmpty();
        var serving = new StreamServing(settings, handler);
        return (server, listener) -> new AcceptLoop<>(server, listener, driven, serving);
    }

    // Connections of messages.

    /** Serves connections of messages (SOCK_SEQPACKET) on an endpoint: of AF_UNIX, TIPC, vsock. */
    public static Server seqpacket(Endpoint endpoint, MessageHandler handler) throws IOException {
        return seqpacket(endpoint, ServerSettings.DEFAULT, handler);
    }

    /** The same with settings. */
    public static Server seqpacket(
            Endpoint endpoint, ServerSettings settings, MessageHandler handler) throws IOException {
        return seqpacket(List.of(endpoint), settings, handler);
    }

    /** The same on several endpoints at once. */
    public static Server seqpacket(
            List<? extends Endpoint> endpoints, ServerSettings settings, MessageHandler handler)
            throws IOException {
        return seqpacketOn(
                ServerSockets.open(
                        endpoints,
                        each ->
                                Listener.seqpacket(
                                        each, settings.listen(), settings.connectionOptions())),
                settings,
                handler);
    }

    /** The same on a socket that listens already, which is the server's from now on. */
    public static Server seqpacket(
            Listener<MessageSocket> listener, ServerSettings settings, MessageHandler handler)
            throws IOException {
        return seqpacketOn(List.of(listener), settings, handler);
    }

    /** The same on several sockets that listen already. */
    public static Server seqpacketOn(
            List<Listener<MessageSocket>> listeners,
            ServerSettings settings,
            MessageHandler handler)
            throws IOException {
        return new Server(
                        "accept",
                        settings,
                        ServerSockets.some(listeners),
                        records(settings, handler))
                .start();
    }

    static ServerTasks.IntakeMaker<Listener<MessageSocket>> records(
            ServerSettings settings, MessageHandler handler) {
        if (!settings.layers().isEmpty()) {
            throw new IllegalArgumentException("layers are for streams, not for messages");
        }
        boolean driven = handler instanceof RecordDriver;
        var serving = new RecordServing(settings, handler);
        return (server, listener) -> new AcceptLoop<>(server, listener, driven, serving);
    }

    // Datagrams.

    /** Serves datagrams on an endpoint. */
    public static Server datagram(Endpoint endpoint, DatagramHandler handler) throws IOException {
        return datagram(endpoint, ServerSettings.DEFAULT, handler);
    }

    /** The same with settings. */
    public static Server datagram(
            Endpoint endpoint, ServerSettings settings, DatagramHandler handler)
            throws IOException {
        return datagram(List.of(endpoint), settings, handler);
    }

    /** The same on several endpoints at once, each with a thread of its own. */
    public static Server datagram(
            List<? extends Endpoint> endpoints, ServerSettings settings, DatagramHandler handler)
            throws IOException {
        return datagramOn(
                ServerSockets.open(
                        endpoints,
                        each ->
                                MessageSocket.bind(
                                        each, settings.listen(), settings.optionArray())),
                settings,
                handler);
    }

    /** The same on a socket that is bound already, which is the server's from now on. */
    public static Server datagram(
            MessageSocket socket, ServerSettings settings, DatagramHandler handler)
            throws IOException {
        return datagramOn(List.of(socket), settings, handler);
    }

    /** The same on several sockets that are bound already. */
    public static Server datagramOn(
            List<MessageSocket> sockets, ServerSettings settings, DatagramHandler handler)
            throws IOException {
        return new Server("receive", settings, ServerSockets.some(sockets), datagrams(handler))
                .start();
    }

    static ServerTasks.IntakeMaker<MessageSocket> datagrams(DatagramHandler handler) {
        return (server, socket) -> new DatagramLoop(server, socket, handler);
    }

    // What it is.

    /**
     * The address that it serves, or the first of several: with the port that the kernel chose if 0
     * was asked for.
     */
    public Endpoint local() {
        return locals.getFirst();
    }

    /** All the addresses that it serves, in the order in which they were given. */
    public List<Endpoint> locals() {
        return locals;
    }

    /** The settings that it was made with. */
    public ServerSettings settings() {
        return settings;
    }

    /** The connections of this moment. A snapshot; none for datagrams. */
    public Set<ServerConnection> connections() {
        return Set.copyOf(connections);
    }

    /** What it has done so far. By any thread, also when it has stopped. */
    public ServerStatistics statistics() {
        Duration uptime = Duration.ofNanos(System.nanoTime() - madeAt);
        var datagrams = tasks.datagrams(counters.failedRequests());
        ServerStatistics.Traffic traffic = counters.traffic(connections);
        if (tasks.sum(each -> 1) > 0) {
            traffic =
                    new ServerStatistics.Traffic(
                            tasks.sum(each -> each.traffic().received()),
                            tasks.sum(each -> each.traffic().sent()),
                            received());
        }
        return new ServerStatistics(
                uptime,
                counters.connections(connections.size(), door, watch),
                datagrams,
                traffic,
                counters.failedActions(),
                counters.troubles());
    }

    /** How many connections were rejected so far for this reason. */
    public long rejected(Rejection why) {
        return door.rejected(why);
    }

    /** How many connections have exceeded this limit so far. */
    public long exceeded(TimeLimit limit) {
        return watch.exceeded(limit);
    }

    /** How many datagrams were received so far. */
    public long received() {
        return tasks.sum(DatagramLoop::received);
    }

    /** How many answers to datagrams the kernel did not take. */
    public long undelivered() {
        return tasks.sum(DatagramLoop::undelivered);
    }

    /** How many datagrams were dropped because they were longer than the settings allow. */
    public long truncated() {
        return tasks.sum(DatagramLoop::truncated);
    }

    /**
     * The socket that it takes connections or datagrams from: to offer it to a successor ({@link
     * sockeye.Handover}), to have it stored by the service manager ({@link
     * sockeye.ServiceManager#store}). It is the server's: nobody else accepts, receives or closes.
     * Of several, the first.
     */
    public Role source() {
        return intake().source();
    }

    /** All its sockets, in the order of {@link #locals}. */
    public List<Role> sources() {
        return tasks.intakes().stream().map(Intake::source).toList();
    }

    /** How much it has taken in so far, for who watches whether that goes on. */
    long taken() {
        return tasks.taken();
    }

    /** Whether something has come that it should take in. */
    boolean isBehind() throws IOException {
        return !leaving() && tasks.areBehind();
    }

    // Its end.

    /** Waits until it has stopped. */
    public void join() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (report == null) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Stops with the time to drain that the settings say. */
    public StopReport stop() {
        return stop(settings.drain());
    }

    /** Stops at once: what is in flight is cut off. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    /**
     * Accepts no more, ends the input of every connection so that its handler finishes what it has
     * received, waits for that up to a time, and closes what is left.
     *
     * <p>Several threads may stop at once; the shortest time holds, and all return when it is done.
     * An interrupt ends the draining, not the stop; the status stays set.
     *
     * @param drain how long to wait; zero cuts everything off at once
     */
    public StopReport stop(Duration drain) {
        return stop(drain, System.nanoTime());
    }

    private StopReport stop(Duration drain, long begun) {
        boolean first;
        lock.lock();
        try {
            first = !stopping;
            long end = System.nanoTime() + Math.max(0, nanos(drain));
            stopAt = first || end - stopAt < 0 ? end : stopAt;
            stopping = true;
            drained = drained.orSooner(Deadline.after(drain));
            excuseCaller();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        return first ? stopAll(begun) : awaitReport();
    }

    private static long nanos(Duration duration) {
        return duration.compareTo(Duration.ofDays(10_000)) < 0
                ? duration.toNanos()
                : TimeUnit.DAYS.toNanos(10_000);
    }

    /** A handler, or whoever else of the server's own stops it, is not waited for. */
    private void excuseCaller() {
        tasks.excuseCaller();
        Thread me = Thread.currentThread();
        for (ServerConnection each : connections) {
            if (each.thread() == me) {
                each.excuse();
            }
        }
    }

    /**
     * Leaves the work to somebody else who has the socket, a successor (see {@link
     * sockeye.Handover}): closes it here, and lets the connections that there are go on as they
     * are, for a time, until they end by themselves; those that have not are then stopped as by
     * {@link #stop(Duration)}.
     *
     * <p>What waits in it is the other's. A stop, or an interrupt, ends the patience.
     *
     * @param patience how long connections may go on
     * @param drain how long they may then take to finish
     */
    public StopReport retire(Duration patience, Duration drain) {
        long begun = System.nanoTime();
        lock.lock();
        try {
            retiring = true;
            excuseCaller();
        } finally {
            lock.unlock();
        }
        tasks.end();
        boolean interrupted = awaitLeave(begun + Math.max(0, nanos(patience)));
        try {
            return stop(drain, begun);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits until all have left, it is time, or somebody stops; whether it was interrupted. */
    private boolean awaitLeave(long until) {
        lock.lock();
        try {
            while (!isDone() && !stopping) {
                long left = until - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                changed.awaitNanos(left);
            }
            return false;
        } catch (InterruptedException hurry) {
            return true;
        } finally {
            lock.unlock();
        }
    }

    private StopReport stopAll(long begun) {
        tasks.end();
        connections.forEach(ServerConnection::conclude);
        boolean interrupted = awaitDone(false);
        cutting = true;
        for (ServerConnection each : connections) {
            if (!each.isExcused()) {
                cutOff(each);
            }
        }
        tasks.cutOff();
        lock.lock();
        try {
            stopAt = System.nanoTime() + LEAVE_NANOS;
        } finally {
            lock.unlock();
        }
        interrupted |= awaitDone(interrupted);
        lock.lock();
        try {
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            var datagrams =
                    new StopReport.Datagrams(
                            tasks.sum(each -> each.last().handled()),
                            tasks.sum(each -> each.last().dropped()));
            var made = new StopReport(finished, cutOff, took, delivery, datagrams);
            report = made;
            watch.end();
            changed.signalAll();
            return made;
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits until all have left that are waited for, or it is time; whether it was interrupted. */
    private boolean awaitDone(boolean deaf) {
        boolean interrupted = deaf && Thread.interrupted();
        lock.lock();
        try {
            while (!isDone()) {
                long left = stopAt - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                try {
                    changed.awaitNanos(left);
                } catch (InterruptedException hurry) {
                    interrupted = true;
                    if (!deaf) {
                        break;
                    }
                }
            }
            return interrupted;
        } finally {
            lock.unlock();
        }
    }

    private boolean isDone() {
        if (!tasks.areDone()) {
            return false;
        }
        for (ServerConnection each : connections) {
            if (!each.isExcused()) {
                return false;
            }
        }
        return true;
    }

    private StopReport awaitReport() {
        boolean interrupted = false;
        lock.lock();
        try {
            while (true) {
                StopReport made = report;
                if (made != null) {
                    return made;
                }
                try {
                    changed.await();
                } catch (InterruptedException hurry) {
                    interrupted = true;
                    stopAt = System.nanoTime();
                    changed.signalAll();
                }
            }
        } finally {
            lock.unlock();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Closes one under its handler, which then has not finished, and counts it once. */
    private void cutOff(ServerConnection connection) {
        connection.lookAtQueue();
        lock.lock();
        try {
            if (!connection.isCutOff() && connections.contains(connection)) {
                cutOff++;
                delivery = delivery.plus(connection.delivery());
                connection.isToBeCutOff();
            }
        } finally {
            lock.unlock();
        }
        connection.cutOff();
    }

    boolean stopping() {
        return stopping;
    }

    /** Whether somebody else has the socket. */
    boolean retiring() {
        return retiring;
    }

    /** Whether nothing more is to be taken in. */
    boolean leaving() {
        return stopping || retiring;
    }

    /** Whether several listeners take from the same places. */
    boolean sharesPlaces() {
        return locals.size() > 1;
    }

    /** One of its tasks is over. */
    void left(ServerTask task) {
        boolean last;
        lock.lock();
        try {
            last = !leaving() && task instanceof Intake && !tasks.takeIn();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (last) {
            // Somebody has closed the sockets: nothing can come any more.
            stop();
        }
    }

    /** A connection is there, and its thread is about to start. */
    void began(ServerConnection connection) {
        connections.add(connection);
        watch.wake();
        if (stopping) {
            connection.conclude();
            if (cutting) {
                cutOff(connection);
            }
        }
    }

    /** A connection is gone. */
    void ended(ServerConnection connection) {
        if (!leaving()) {
            connections.remove(connection);
            if (!leaving()) {
                return;
            }
        }
        lock.lock();
        try {
            if (connections.remove(connection) && !connection.isCutOff()) {
                finished++;
                delivery = delivery.plus(connection.delivery());
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Tells the observer, whose own failures are its own. */
    void observe(Consumer<ServerObserver> event) {
        event.accept(counters);
        try {
            event.accept(settings.observer());
        } catch (Throwable thrown) {
            System.getLogger("sockeye.server").log(System.Logger.Level.WARNING, "observer", thrown);
        }
    }

    /** What and where. */
    @Override
    public String toString() {
        String where = String.join(", ", locals.stream().map(Endpoint::toString).toList());
        return "Server[" + kind + " " + where + (stopping ? ", stopped]" : "]");
    }
}
