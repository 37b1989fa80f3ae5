// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.OptionSetting;
import sockeye.StreamSocket;
import sockeye.reactor.DrainReport;
import sockeye.reactor.GroupSettings;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorGroup;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** Loops with a thread each. What is asked of them goes by their queues of tasks. */
public final class LoopGroup implements ReactorGroup {
    private final GroupSettings settings;
    private final List<Loop> loops;
    private final AtomicInteger turn = new AtomicInteger();

    private final Object lock = new Object();
    private List<Thread> threads = List.of(); // guarded by lock
    private CompletableFuture<Void> ended = CompletableFuture.completedFuture(null); // so
    private @Nullable CompletableFuture<DrainReport> stopping; // so
    private boolean closed; // guarded by lock
    private volatile boolean ending;

    private LoopGroup(GroupSettings settings, List<Loop> loops) {
        this.settings = settings;
        this.loops = List.copyOf(loops);
    }

    /** Loops on the kernel. */
    public static LoopGroup open(GroupSettings settings) throws IOException {
        var loops = new ArrayList<Loop>();
        boolean all = false;
        try {
            for (int i = 0; i < settings.reactors(); i++) {
                loops.add(Loop.open(settings.reactor()));
            }
            all = true;
        } finally {
            if (!all) {
                loops.forEach(Loop::close);
            }
        }
        return new LoopGroup(settings, loops);
    }

    GroupSettings settings() {
        return settings;
    }

    List<Loop> loops() {
        return loops;
    }

    @Override
    public List<Reactor> reactors() {
        return List.copyOf(loops);
    }

    @Override
    public Reactor next() {
        return pick();
    }

    /** Refuses what would be served by nobody. */
    void checkOpen(Object protocols) {
        Objects.requireNonNull(protocols, "protocols");
        if (loops.stream().allMatch(Loop::isClosing)) {
            throw new IllegalStateException("no reactor of the group is left");
        }
    }

    /** The least loaded; of equals the next in turn. */
    Loop pick() {
        int from = turn.getAndIncrement();
        Loop best = null;
        int least = Integer.MAX_VALUE;
        for (int i = 0; i < loops.size(); i++) {
            Loop each = loops.get(Math.floorMod(from + i, loops.size()));
            int load = each.stops().load().get();
            if (load < least && !each.isClosing()) {
                best = each;
                least = load;
            }
        }
        if (best == null) {
            throw new IllegalStateException("no reactor of the group is left");
        }
        return best;
    }

    // Life.

    @Override
    public void start() {
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("the group is closed");
            }
            if (!threads.isEmpty()) {
                throw new IllegalStateException("the group runs already");
            }
            ending = false;
            var made = new ArrayList<Thread>();
            var ends = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < loops.size(); i++) {
                Loop loop = loops.get(i);
                var end = new CompletableFuture<Void>();
                ends.add(end);
                made.add(
                        Thread.ofPlatform()
                                .name(settings.name() + "-" + i)
                                .daemon(false)
                                .unstarted(() -> run(loop, end)));
            }
            threads = List.copyOf(made);
            ended =
                    CompletableFuture.allOf(ends.toArray(CompletableFuture<?>[]::new))
                            .thenRun(this::over);
            threads.forEach(Thread::start);
        }
    }

    private void run(Loop loop, CompletableFuture<Void> end) {
        try {
            // Who stops one of them does not stop the group.
            while (!ending && !loop.isClosing()) {
                loop.run();
            }
        } catch (Throwable failed) {
            boolean expected = isClosed();
            loop.closeSoon();
            if (!expected) {
                String name = Thread.currentThread().getName();
                loop.report(new IllegalStateException(name + " has failed, and is closed", failed));
            }
        } finally {
            end.complete(null);
        }
    }

    private void over() {
        synchronized (lock) {
            threads = List.of();
            stopping = null;
        }
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    @Override
    public boolean isRunning() {
        synchronized (lock) {
            return !threads.isEmpty() && stopping == null && !closed;
        }
    }

    private boolean isMine() {
        synchronized (lock) {
            return threads.contains(Thread.currentThread());
        }
    }

    @Override
    public void join() throws InterruptedException {
        List<Thread> all;
        synchronized (lock) {
            all = threads;
        }
        if (all.contains(Thread.currentThread())) {
            throw new IllegalStateException("a thread of the group would wait for itself");
        }
        for (Thread each : all) {
            each.join();
        }
    }

    @Override
    public CompletableFuture<DrainReport> stop(Duration grace) {
        CompletableFuture<DrainReport> result;
        synchronized (lock) {
            if (threads.isEmpty()) {
                return CompletableFuture.completedFuture(DrainReport.NOTHING);
            }
            CompletableFuture<DrainReport> present = stopping;
            if (present != null) {
                loops.forEach(each -> each.later(() -> each.stops().hasten(grace)));
                return present.copy();
            }
            result = new CompletableFuture<>();
            stopping = result;
        }
        stop(grace, result);
        return result.copy();
    }

    private record Stopping(Loop loop, Stops.Orderly stop) {}

    /** Step by step, each on all loops before the next on any. */
    private void stop(Duration grace, CompletableFuture<DrainReport> result) {
        CompletableFuture<Void> end;
        synchronized (lock) {
            end = ended;
        }
        var stops = new ArrayList<Stopping>();
        var _ =
                onAll(
                                loop -> {
                                    Stops.Orderly stop = loop.stops().begin(grace);
                                    synchronized (stops) {
                                        stops.add(new Stopping(loop, stop));
                                    }
                                    return stop.before();
                                })
                        .thenCompose(done -> onAll(LoopGroup::closeListeners))
                        .thenCompose(done -> drain(stops))
                        .whenComplete((report, thrown) -> {
                            ending = true;
                            loops.forEach(Loop::stop);
                            var _ = end.whenComplete((nothing, never) -> tell(result, report));
                        });
    }

    private static void tell(CompletableFuture<DrainReport> result, @Nullable DrainReport report) {
        result.complete(report == null ? DrainReport.NOTHING : report);
    }

    private static CompletionStage<?> closeListeners(Loop loop) {
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            if (each.part() == Member.Part.LISTENER) {
                each.die(null);
            }
        }
        return CompletableFuture.completedFuture(null);
    }

    private static CompletableFuture<DrainReport> drain(List<Stopping> stops) {
        var all = CompletableFuture.completedFuture(DrainReport.NOTHING);
        for (Stopping each : stops) {
            var one = new CompletableFuture<DrainReport>();
            each.loop.hand(
                    one,
                    () -> {
                        each.stop.drain();
                        follow(each.stop.result(), one);
                    });
            all = all.thenCombine(one.exceptionally(gone -> DrainReport.NOTHING), DrainReport::and);
        }
        return all;
    }

    /** Has something done on all loops; complete when all have, or are gone. */
    CompletableFuture<Void> onAll(Function<Loop, CompletionStage<?>> what) {
        var all = new ArrayList<CompletableFuture<?>>();
        for (Loop each : loops) {
            all.add(on(each, () -> what.apply(each)).exceptionally(gone -> null));
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    /** Has something done on a loop; what comes of it. */
    static <T> CompletableFuture<T> on(Loop loop, Callable<? extends CompletionStage<T>> what) {
        var result = new CompletableFuture<T>();
        loop.hand(
                result,
                () -> {
                    try {
                        follow(what.call(), result);
                    } catch (Throwable thrown) {
                        result.completeExceptionally(thrown);
                    }
                });
        return result;
    }

    /** The second becomes what the first does; who gives up the second gives up the first. */
    private static <T> void follow(CompletionStage<T> stage, CompletableFuture<T> result) {
        var _ =
                stage.whenComplete((value, thrown) -> {
                    if (thrown == null) {
                        result.complete(value);
                    } else {
                        result.completeExceptionally(thrown);
                    }
                });
        if (stage instanceof CompletableFuture<?> attempt) {
            var _ = result.whenComplete((value, thrown) -> attempt.cancel(false));
        }
    }

    @Override
    public void close() {
        boolean inside = isMine();
        List<Thread> all;
        synchronized (lock) {
            closed = true;
            all = threads;
        }
        loops.forEach(Loop::closeSoon);
        if (!inside) {
            loops.forEach(Loop::close);
            join(all);
        }
    }

    private static void join(List<Thread> threads) {
        long until = System.nanoTime() + Duration.ofSeconds(Reactor.CLOSE_SECONDS).toNanos();
        boolean interrupted = false;
        for (Thread each : threads) {
            while (each.isAlive() && until - System.nanoTime() > 0) {
                try {
                    each.join(Duration.ofNanos(Math.max(1, until - System.nanoTime())));
                } catch (InterruptedException later) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // Streams.

    @Override
    public Listening listen(
            Endpoint local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return Spread.streams(this, local, protocols, settings);
    }

    @Override
    public Listening listen(
            EndpointSpec local, Protocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return Spread.streams(this, local, protocols, settings);
    }

    @Override
    public Listening listen(Listener<StreamSocket> listener, Protocol.Factory protocols) {
        return Spread.streams(this, List.of(listener), protocols);
    }

    @Override
    public CompletableFuture<Transport> connect(
            Endpoint peer, Protocol protocol, OptionSetting<?>... settings) {
        Loop loop = pick();
        return on(loop, () -> loop.connect(peer, protocol, settings));
    }

    @Override
    public CompletableFuture<Transport> connect(
            EndpointSpec peer, Protocol protocol, OptionSetting<?>... settings) {
        Loop loop = pick();
        return on(loop, () -> loop.connect(peer, protocol, settings));
    }

    @Override
    public CompletableFuture<Transport> adopt(StreamSocket stream, Protocol protocol) {
        Loop loop = pick();
        var result = new CompletableFuture<Transport>();
        loop.hand(stream, result, () -> new Connection(loop, loop.take(stream), protocol, result));
        return result;
    }

    // Messages.

    @Override
    public Listening listenRecords(
            Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        checkOpen(protocols);
        return listenRecords(Listener.seqpacket(local, settings), protocols);
    }

    @Override
    public Listening listenRecords(
            EndpointSpec local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return listenRecords(Listener.seqpacket(local, settings), protocols);
    }

    @Override
    public Listening listenRecords(
            Listener<MessageSocket> listener, MessageProtocol.Factory protocols) {
        return Spread.records(this, listener, protocols);
    }

    @Override
    public CompletableFuture<MessageTransport> connectRecords(
            Endpoint peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        Loop loop = pick();
        return on(loop, () -> loop.connectRecords(peer, protocol, settings));
    }

    @Override
    public CompletableFuture<MessageTransport> connectRecords(
            EndpointSpec peer, MessageProtocol protocol, OptionSetting<?>... settings) {
        Loop loop = pick();
        return on(loop, () -> loop.connectRecords(peer, protocol, settings));
    }

    @Override
    public Listening bind(
            Endpoint local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return Spread.datagrams(this, local, protocols, settings);
    }

    @Override
    public Listening bind(
            EndpointSpec local, MessageProtocol.Factory protocols, OptionSetting<?>... settings)
            throws IOException {
        return Spread.datagrams(this, local, protocols, settings);
    }

    @Override
    public CompletableFuture<MessageTransport> adopt(
            MessageSocket socket, MessageProtocol protocol) {
        Loop loop = pick();
        var result = new CompletableFuture<MessageTransport>();
        loop.hand(
                socket,
                result,
                () -> new MessageConnection(loop, loop.take(socket), protocol, result));
        return result;
    }

    @Override
    public String toString() {
        return "ReactorGroup[" + settings.name() + ", " + loops.size() + "]";
    }
}
