// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.HasDescriptor;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.Role;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.DescriptorWatch;
import sockeye.reactor.DrainReport;
import sockeye.reactor.DriverReport;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorAction;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.StartPhase;
import sockeye.reactor.StopPhase;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/** The loop: tasks, timers, members with something to do, and then the driver's turn. */
public final class Loop implements Reactor {
    private final Driver driver;
    private final ReactorSettings settings;
    private final Custody custody;
    private final Members members = new Members();
    private final Timers timers = new Timers(this);
    private final Stops stops = new Stops(this);
    private final Starts starts = new Starts(this);
    private long turns;
    private ServiceProtocol.@Nullable Turn workspace;

    private Loop(Driver driver, ReactorSettings settings) {
        this.driver = driver;
        this.settings = settings;
        this.custody = new Custody(driver);
    }

    /** A loop on the kernel. */
    public static Loop open(ReactorSettings settings) throws IOException {
        return new Loop(KernelDriver.choose(settings), settings);
    }

    /** A loop in a network of its own. */
    static Loop simulated(SimulatedNetwork network, ReactorSettings settings) {
        return new Loop(new SimulatedDriver(network), settings);
    }

    /** A loop on a driver that is made already. */
    static Loop over(Driver driver, ReactorSettings settings) {
        return new Loop(driver, settings);
    }

    /** What machines need while one of them is called. */
    ServiceProtocol.Turn workspace() {
        ServiceProtocol.Turn space = workspace;
        if (space == null) {
            space = new ServiceProtocol.Turn(this);
            workspace = space;
        }
        return space;
    }

    /** Which turn this is. */
    long turns() {
        return turns;
    }

    Driver driverInUse() {
        return driver;
    }

    ReactorSettings settings() {
        return settings;
    }

    /** Refuses threads that have no business here. */
    void check() {
        custody.check();
    }

    /** Whether the calling thread may use what belongs to the loop. */
    public boolean isMine() {
        return custody.isMine();
    }

    void checkOpen() {
        custody.checkOpen();
    }

    /** The same, and that there is somebody to serve. */
    private void checkOpen(Object protocol) {
        Objects.requireNonNull(protocol, "protocol");
        custody.checkOpen();
    }

    @Override
    public DriverReport driver() {
        return driver.report();
    }

    // Life.

    @Override
    public void run() throws IOException {
        Thread me = Thread.currentThread();
        if (me.isVirtual()) {
            throw new IllegalStateException("a reactor is run by a platform thread");
        }
        custody.take(me);
        try {
            driver.begin();
            try {
                starts.begin();
                while (!custody.isStopping()) {
                    turn(Long.MAX_VALUE);
                }
            } finally {
                starts.end();
                driver.end();
            }
        } catch (IOException | RuntimeException | Error failed) {
            custody.fail();
            throw failed;
        } finally {
            release();
        }
    }

    /**
     * For a simulation: so many turns as there is something to do now, without waiting.
     *
     * @param until when to stop though there is, a time of {@link #nanos()}
     * @param most how many turns
     * @return whether nothing is left to do until then
     */
    boolean settle(long until, long most) throws IOException {
        custody.take(Thread.currentThread());
        try {
            driver.begin();
            starts.begin();
            for (long i = 0; i < most && !custody.isStopping() && !isIdle(until); i++) {
                turn(Math.max(0, until - nanos()));
            }
            return isIdle(until);
        } finally {
            release();
        }
    }

    private boolean isIdle(long until) {
        if (custody.hasTasks()) {
            return false;
        }
        long first = timers.untilFirst();
        boolean timer = first != Long.MAX_VALUE && nanos() + first - until <= 0;
        return !members.haveWork() && !timer && !((SimulatedDriver) driver).isPending(until);
    }

    private void release() {
        custody.stopped();
        if (custody.isClosing()) {
            abandon();
        }
        custody.leave();
    }

    @Override
    public void stop() {
        custody.stop();
    }

    @Override
    public CompletableFuture<DrainReport> stop(Duration grace) {
        return stops.stop(Objects.requireNonNull(grace));
    }

    @Override
    public ReactorAction onStop(
            StopPhase phase, Callable<? extends @Nullable CompletionStage<?>> action) {
        checkOpen();
        return stops.actions().add(phase, action);
    }

    @Override
    public ReactorAction onStart(
            StartPhase phase, Callable<? extends @Nullable CompletionStage<?>> action) {
        checkOpen();
        return starts.actions().add(phase, action);
    }

    @Override
    public boolean isRunning() {
        return custody.isRunning();
    }

    @Override
    public void close() {
        if (custody.takeToEnd(Thread.currentThread(), this::report)) {
            release();
        }
    }

    void closeSoon() {
        custody.close();
    }

    /** Ends all that belongs to it. Nothing is with the kernel any more. */
    private void abandon() {
        if (custody.isClosed()) {
            return;
        }
        stops.cutOff();
        while (members.first() != null) {
            members.die();
            members.work();
            try {
                driver.turn(0);
            } catch (IOException impossible) {
                throw new AssertionError(impossible);
            }
        }
        stops.settle();
        driver.recall();
        for (Runnable each : custody.end()) {
            forsake(each);
        }
        timers.end().forEach(this::forsake);
    }

    private void forsake(Runnable task) {
        if (task instanceof Promised promised) {
            run(promised::forsaken);
        }
    }

    // The turn.

    private void turn(long most) throws IOException {
        turns++;
        members.work();
        runTasks();
        timers.run();
        members.work();
        driver.tellKnown();
        long nanos = 0;
        if (!members.haveWork()) {
            nanos = custody.sleep(Math.min(most, timers.untilFirst()));
        }
        driver.turn(nanos);
        custody.awake();
    }

    private void runTasks() {
        ArrayDeque<Runnable> tasks = custody.takeTasks();
        Runnable each;
        while ((each = tasks.poll()) != null) {
            run(each);
        }
    }

    /** Runs a task of the user's, who is told if it throws. */
    void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable thrown) {
            report(thrown);
        }
    }

    void report(Throwable thrown) {
        try {
            settings.failures().accept(thrown);
        } catch (Throwable worse) {
            System.getLogger("sockeye.reactor")
                    .log(System.Logger.Level.ERROR, "the observer of failures failed", worse);
        }
    }

    /** Has a member's work done in this turn, or at the beginning of the next. */
    void soon(Member member) {
        members.soon(member);
    }

    Stops stops() {
        return stops;
    }

    Starts starts() {
        return starts;
    }

    boolean isClosing() {
        return custody.isClosing();
    }

    boolean isClosed() {
        return custody.isClosed();
    }

    @Nullable Member firstMember() {
        return members.first();
    }

    void add(Member member) {
        stops.came(member);
        members.add(member);
    }

    void remove(Member member) {
        members.remove(member);
        stops.left(member);
    }

    // Time and tasks.

    @Override
    public long nanos() {
        return driver.nanos();
    }

    @Override
    public void execute(Runnable task) {
        custody.add(Objects.requireNonNull(task));
    }

    @Override
    public DelayedCall after(Duration delay, Runnable task) {
        checkOpen();
        Timers.Call call = timers.call(Objects.requireNonNull(task));
        call.reset(Timers.nanos(delay));
        return call;
    }

    /** A call that is not armed yet. */
    Timers.Call timer(Runnable task) {
        return timers.call(task);
    }

    @Override
    public <T> CompletableFuture<T> callBlocking(Callable<T> call) {
        Objects.requireNonNull(call);
        checkOpen();
        var result = new CompletableFuture<T>();
        driver.startBlocking(
                this,
                () -> {
                    T value;
                    try {
                        value = call.call();
                    } catch (Throwable thrown) {
                        hand(result, () -> result.completeExceptionally(thrown));
                        return;
                    }
                    hand(result, () -> result.complete(value));
                });
        return result;
    }

    // Streams.

    @Override
    public Listening listen(
            Endpoint local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocols);
        return streams(driver.listen(local, SocketType.SOCK_STREAM, settings), protocols);
    }

    @Override
    public Listening listen(
            EndpointSpec local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocols);
        return driver instanceof SimulatedDriver
                ? listen(SimulatedDriver.literal(local.forListening()), protocols, settings)
                : listen(Listener.stream(local, settings), protocols);
    }

    @Override
    public Listening listen(Listener<StreamSocket> listener, Protocol.Factory protocols) {
        checkOpen(protocols);
        return streams(take(listener), protocols);
    }

    private Listening streams(Channel channel, Protocol.Factory protocols) {
        return new Acceptor(this, channel, (made, by) -> serve(made, by, protocols));
    }

    /** Makes a connection of one that has been accepted. */
    void serve(Channel made, Acceptor by, Protocol.Factory protocols) throws Exception {
        Protocol protocol = Objects.requireNonNull(protocols.protocol(), "the factory's protocol");
        new Connection(this, made, protocol, null).origin = by.origin;
    }

    void serve(Channel made, Acceptor by, MessageProtocol.Factory protocols) throws Exception {
        MessageProtocol protocol =
                Objects.requireNonNull(protocols.protocol(), "the factory's protocol");
        new MessageConnection(this, made, protocol, null).origin = by.origin;
    }

    Channel take(Role role) {
        if (driver instanceof KernelDriver onKernel) {
            return onKernel.channel(role);
        }
        throw new UnsupportedOperationException("a simulator has no sockets of the kernel's");
    }

    @Override
    public CompletableFuture<Transport> connect(
            Endpoint peer, Protocol protocol, OptionSetting<?>... settings) {
        checkOpen(protocol);
        var result = new CompletableFuture<Transport>();
        new Connector(this, result, made -> new Connection(this, made, protocol, result))
                .start(peer, SocketType.SOCK_STREAM, settings);
        return result;
    }

    @Override
    public CompletableFuture<Transport> connect(
            EndpointSpec peer, Protocol protocol, OptionSetting<?>... settings) {
        return Dialing.streams(this, peer, protocol, settings);
    }

    /** To the loop; closed if that is gone, or nobody wants it any more. */
    void hand(Role made, CompletableFuture<?> result, Runnable taking) {
        new Handed(result, taking, () -> Handed.quietly(made)).to(this);
    }

    void hand(CompletableFuture<?> result, Runnable task) {
        new Handed(result, task, () -> {}).to(this);
    }

    void later(Runnable task) {
        try {
            execute(task);
        } catch (RejectedExecutionException closed) {
            // Nobody waits for it.
        }
    }

    @Override
    public CompletableFuture<Transport> connect(
            List<? extends Endpoint> peers, Protocol protocol, OptionSetting<?>... settings) {
        checkOpen(protocol);
        return Race.start(this, peers, protocol, settings);
    }

    @Override
    public Transport adopt(StreamSocket stream, Protocol protocol) {
        checkOpen(protocol);
        return new Connection(this, take(stream), protocol, null);
    }

    // Descriptors.

    @Override
    public DescriptorWatch watch(
            HasDescriptor source, int interest, DescriptorWatch.Handler handler)
            throws IOException {
        checkOpen(handler);
        return Watching.open(this, source, interest, handler);
    }

    // Messages.

    @Override
    public Listening listenRecords(
            Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocols);
        return records(driver.listen(local, SocketType.SOCK_SEQPACKET, settings), protocols);
    }

    @Override
    public Listening listenRecords(
            Listener<MessageSocket> listener, MessageProtocol.Factory protocols) {
        checkOpen(protocols);
        return records(take(listener), protocols);
    }

    private Listening records(Channel channel, MessageProtocol.Factory protocols) {
        return new Acceptor(this, channel, (made, by) -> serve(made, by, protocols));
    }

    @Override
    public CompletableFuture<MessageTransport> connectRecords(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        checkOpen(protocol);
        var result = new CompletableFuture<MessageTransport>();
        new Connector(this, result, made -> new MessageConnection(this, made, protocol, result))
                .start(peer, SocketType.SOCK_SEQPACKET, settings);
        return result;
    }

    @Override
    public CompletableFuture<MessageTransport> connectDatagrams(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        checkOpen(protocol);
        var result = new CompletableFuture<MessageTransport>();
        new Connector(this, result, made -> new MessageConnection(this, made, protocol, result))
                .start(peer, SocketType.SOCK_DGRAM, settings);
        return result;
    }

    @Override
    public MessageTransport bind(
            Endpoint local, MessageProtocol protocol, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocol);
        return new MessageConnection(this, driver.bind(local, settings), protocol, null);
    }

    @Override
    public MessageTransport bind(
            EndpointSpec local, MessageProtocol protocol, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocol);
        return driver instanceof SimulatedDriver
                ? bind(SimulatedDriver.literal(local.forListening()), protocol, settings)
                : adopt(MessageSocket.bind(local, settings), protocol);
    }

    @Override
    public MessageTransport adopt(MessageSocket socket, MessageProtocol protocol) {
        checkOpen(protocol);
        return new MessageConnection(this, take(socket), protocol, null);
    }

    @Override
    public String toString() {
        return "Reactor[" + driver.report().kind() + "]";
    }
}
