// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.ServiceState.Failed;
import sockeye.reactor.ServiceState.Running;
import sockeye.reactor.ServiceState.Starting;
import sockeye.reactor.ServiceState.Stopped;
import sockeye.reactor.ServiceState.Stopping;
import sockeye.reactor.internal.ServiceHome;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Services that are started in order, each when the one before runs, and stopped in reverse. A tree
 * is a service itself, and can be one of another's.
 *
 * <pre>{@code
 * var tree = ServiceTree.of("shop",
 *         Service.resource("database", Database::open),
 *         ServiceTree.of("net",
 *                 Service.streams("orders", InetEndpoint.any(7001), Orders::new),
 *                 Service.datagrams("prices", InetEndpoint.any(7002), Prices::new)),
 *         Service.every("report", Duration.ofMinutes(1), periods -> report()));
 * tree.start(reactor);
 * }</pre>
 *
 * <p><b>A start that fails</b> stops what was started, in reverse, for {@value #UNDO_SECONDS}
 * seconds at most, and is told with the path of the service that could not start; the tree can be
 * started again.
 *
 * <p><b>A stop has a time</b>, which is shared: each service gets what is left, divided by how many
 * services are left (a tree counts as many as run in it), so what one does not need is the others'.
 * What takes longer is cut off, and what does not end even then is left behind after a tenth of a
 * second. Of several stops the shortest time holds. When its reactor, or its group, stops
 * {@linkplain Reactor#stop(Duration) in order}, the tree is stopped first, within the same time.
 *
 * <p>Services can be added and removed while it runs. One that has stopped can be started again,
 * also on another reactor.
 *
 * <p><b>Threads.</b> All methods are for any thread. The services are called by the thread of one
 * reactor, futures are completed and observers told there. Nothing happens while nobody runs it.
 */
public final class ServiceTree implements Service {
    /** How long a start that failed may take to stop what it had started, in seconds. */
    public static final int UNDO_SECONDS = 10;

    /** Held while what is in what is changed, of any tree, and by who begins to start one. */
    private static final Object SHAPE = new Object();

    private final String name;
    private final List<Consumer<? super ServiceStatus>> observers = new CopyOnWriteArrayList<>();
    private volatile List<ServiceEntry> entries = List.of(); // written under SHAPE
    private volatile @Nullable ServiceTree above; // so too
    private volatile ServiceState state = new Stopped();
    private volatile @Nullable ServiceContext present; // while it is not stopped
    private volatile TreeReport lastStop = TreeReport.NOTHING;

    // On the reactor's thread.
    private @Nullable ServiceHome home; // of the uppermost alone
    private CompletableFuture<@Nullable Void> started = new CompletableFuture<>();
    private CompletableFuture<TreeReport> stopped = new CompletableFuture<>();
    private @Nullable ServiceFailure failure; // why it stops, if a start has failed
    private List<ServiceReport> reports = List.of();
    private @Nullable ServiceEntry underWay;
    private long starts;
    private long stopBegun;
    private long stopDue;

    private ServiceTree(String name) {
        this.name = name;
    }

    /**
     * A tree.
     *
     * @throws IllegalArgumentException as {@link #add} does
     */
    public static ServiceTree of(String name, Service... services) {
        return of(name, List.of(services));
    }

    /** The same of a list. */
    public static ServiceTree of(String name, List<? extends Service> services) {
        var tree = new ServiceTree(checked(name));
        services.forEach(tree::put);
        return tree;
    }

    private static String checked(String name) {
        if (name.isBlank() || name.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    "a name of a service, not empty and without a slash: '" + name + "'");
        }
        return name;
    }

    @Override
    public String name() {
        return name;
    }

    // Looking.

    /** What it is doing. */
    public ServiceState state() {
        return state;
    }

    /** Whether it was started, completely, and not stopped. */
    public boolean isRunning() {
        return state instanceof Running;
    }

    /** Its services, in order. */
    public List<Service> services() {
        return entries.stream().map(ServiceEntry::service).toList();
    }

    /**
     * A service of it, or of a tree in it.
     *
     * @param path the names on the way, with slashes between them
     */
    public Optional<Service> find(String path) {
        return status(path).map(ServiceStatus::service);
    }

    /** The same, if it is of a kind. */
    public <T extends Service> Optional<T> find(String path, Class<T> kind) {
        return find(path).filter(kind::isInstance).map(kind::cast);
    }

    /** What a service is doing; the empty path is the tree itself. */
    public Optional<ServiceStatus> status(String path) {
        if (path.isEmpty()) {
            return Optional.of(new ServiceStatus(path, this, state));
        }
        int slash = path.indexOf('/');
        String first = slash < 0 ? path : path.substring(0, slash);
        for (ServiceEntry each : entries) {
            if (each.name().equals(first)) {
                if (slash < 0) {
                    return Optional.of(new ServiceStatus(path, each.service(), each.state()));
                }
                return each.service() instanceof ServiceTree inner
                        ? inner.status(path.substring(slash + 1)).map(found -> at(path, found))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static ServiceStatus at(String path, ServiceStatus found) {
        return new ServiceStatus(path, found.service(), found.state());
    }

    /** What each of its services is doing, a tree before those in it. */
    public List<ServiceStatus> statuses() {
        var all = new ArrayList<ServiceStatus>();
        collect("", all);
        return List.copyOf(all);
    }

    private void collect(String prefix, List<ServiceStatus> all) {
        for (ServiceEntry each : entries) {
            String path = prefix + each.name();
            all.add(new ServiceStatus(path, each.service(), each.state()));
            if (each.service() instanceof ServiceTree inner) {
                inner.collect(path + "/", all);
            }
        }
    }

    /** How it stopped the last time. */
    public TreeReport lastStop() {
        return lastStop;
    }

    /**
     * Has somebody told of each change of a state, of its own (with the empty path) and of all
     * below.
     */
    public void observe(Consumer<? super ServiceStatus> observer) {
        observers.add(Objects.requireNonNull(observer));
    }

    /** Tells him no more; of one that was given twice, once no more. */
    public void forget(Consumer<? super ServiceStatus> observer) {
        observers.remove(observer);
    }

    void tell(ServiceStatus status) {
        for (Consumer<? super ServiceStatus> each : observers) {
            try {
                each.accept(status);
            } catch (RuntimeException | Error thrown) {
                ServiceContext context = present;
                if (context != null) {
                    ServiceHome.report(context.reactor(), thrown);
                }
            }
        }
        ServiceTree upper = above;
        if (upper != null) {
            String path = status.path().isEmpty() ? name : name + "/" + status.path();
            upper.tell(at(path, status));
        }
    }

    private void become(ServiceState next) {
        state = next;
        tell(new ServiceStatus("", this, next));
    }

    int weight() {
        int sum = 0;
        for (ServiceEntry each : entries) {
            sum += each.isPresent() ? each.weight() : 0;
        }
        return Math.max(1, sum);
    }

    // Changing.

    private ServiceEntry put(Service service) {
        String called = checked(service.name());
        synchronized (SHAPE) {
            for (ServiceEntry each : entries) {
                if (each.name().equals(called)) {
                    throw new IllegalArgumentException(name + " has a service " + called);
                }
            }
            if (service instanceof ServiceTree inner) {
                inner.moveBelow(this);
            }
            var entry = new ServiceEntry(this, service);
            var more = new ArrayList<>(entries);
            more.add(entry);
            entries = List.copyOf(more);
            return entry;
        }
    }

    private void moveBelow(ServiceTree upper) {
        for (ServiceTree each = upper; each != null; each = each.above) {
            if (each.equals(this)) {
                throw new IllegalArgumentException(name + " would be in itself");
            }
        }
        if (above != null || present != null) {
            throw new IllegalArgumentException(name + " is in a tree already, or has been started");
        }
        above = upper;
    }

    private void drop(ServiceEntry entry) {
        synchronized (SHAPE) {
            entries = entries.stream().filter(each -> !each.equals(entry)).toList();
            if (entry.service() instanceof ServiceTree inner) {
                inner.above = null;
            }
        }
    }

    /**
     * Adds a service at the end, and starts it if the tree runs; if it starts, it is started in its
     * turn.
     *
     * @return completed when it runs, or at once if the tree does not; failed with {@link
     *     ServiceFailure} if it could not start: then it is not in the tree any more
     * @throws IllegalArgumentException if there is one of its name, the name is none, or it is a
     *     tree that is in another, or was started
     */
    public CompletableFuture<@Nullable Void> add(Service service) {
        ServiceEntry entry = put(service);
        var result = new CompletableFuture<@Nullable Void>();
        ServiceContext context = present;
        if (context == null) {
            result.complete(null);
        } else {
            ServiceHome.run(context.reactor(), result, () -> added(entry, result));
        }
        return result;
    }

    private void added(ServiceEntry entry, CompletableFuture<@Nullable Void> result) {
        ServiceContext context = present;
        if (context == null || !(state instanceof Running)) {
            result.complete(null); // it is started with the others, if they are
            return;
        }
        var _ =
                entry.start(context)
                        .whenComplete((running, thrown) -> {
                            if (thrown == null) {
                                result.complete(null);
                                return;
                            }
                            entry.leaves = true;
                            var _ =
                                    entry.stop(Duration.ofSeconds(UNDO_SECONDS))
                                            .whenComplete((ended, lost) -> {
                                                drop(entry);
                                                result.completeExceptionally(thrown);
                                            });
                        });
    }

    /**
     * Stops a service, if it runs, and takes it out.
     *
     * @param called its name; what is in a tree below is removed there
     * @param grace how long its stop may take
     * @return how it stopped; completed when it is out
     * @throws NoSuchElementException if there is none
     */
    public CompletableFuture<TreeReport> remove(String called, Duration grace) {
        ServiceEntry entry =
                entries.stream()
                        .filter(each -> each.name().equals(called))
                        .findFirst()
                        .orElseThrow(() ->
                                new NoSuchElementException(name + " has no service " + called));
        var result = new CompletableFuture<TreeReport>();
        if (present == null) {
            drop(entry);
        }
        ServiceContext context = present; // somebody may have started it before it was out
        if (context == null) {
            result.complete(TreeReport.NOTHING);
        } else {
            ServiceHome.run(context.reactor(), result, () -> remove(entry, context, grace, result));
        }
        return result;
    }

    private void remove(
            ServiceEntry entry,
            ServiceContext context,
            Duration grace,
            CompletableFuture<TreeReport> result) {
        entry.leaves = true;
        long begun = context.reactor().nanos();
        var _ =
                entry.stop(grace)
                        .whenComplete((ended, thrown) -> {
                            drop(entry);
                            if (thrown == null) {
                                var took = Duration.ofNanos(context.reactor().nanos() - begun);
                                result.complete(new TreeReport(ended, took));
                            } else {
                                result.completeExceptionally(thrown);
                            }
                        });
    }

    // Starting.

    /** Where the uppermost tree runs. */
    private record Ground(Reactor reactor, Optional<ReactorGroup> group) implements ServiceContext {
        @Override
        public String path() {
            return "";
        }

        @Override
        public void fail(Throwable why) {
            ServiceHome.report(reactor, why);
        }
    }

    /**
     * Starts all, on a reactor, as soon as that runs. {@link Reactor#within} gives the start a
     * limit of time.
     *
     * @return completed when all run; failed with {@link ServiceFailure} if one could not start,
     *     when those before have stopped; with {@link IllegalStateException} if the tree is in
     *     another, or has been started and not stopped. To complete or cancel it before ends the
     *     start.
     */
    public CompletableFuture<@Nullable Void> start(Reactor reactor) {
        return start(new Ground(reactor, Optional.empty()));
    }

    /**
     * Starts all, on a group: one of its reactors calls the services, listeners are on all of them.
     */
    public CompletableFuture<@Nullable Void> start(ReactorGroup group) {
        return start(new Ground(group.next(), Optional.of(group)));
    }

    /** Starts all as a service of something else. */
    @Override
    public CompletableFuture<@Nullable Void> start(ServiceContext context) {
        var result = new CompletableFuture<@Nullable Void>();
        ServiceHome.run(context.reactor(), result, () -> begin(context, result));
        return result;
    }

    private void begin(ServiceContext context, CompletableFuture<@Nullable Void> result) {
        ServiceHome ground = null;
        try {
            if (context instanceof Ground) {
                ground = ServiceHome.of(context.reactor(), tenant);
            }
            claim(context);
        } catch (IllegalStateException refused) {
            if (ground != null) {
                ground.moveOut();
            }
            result.completeExceptionally(refused);
            return;
        }
        home = ground;
        failure = null;
        started = result;
        become(new Starting());
        long mine = ++starts;
        // Who gives up, or has no more time, completes it.
        ServiceHome.then(context.reactor(), result, (done, thrown) -> giveUp(mine, thrown));
        next();
    }

    /** One reactor alone starts it, though several may be told to. */
    private void claim(ServiceContext context) {
        synchronized (SHAPE) {
            if (present != null) {
                throw new IllegalStateException(name + " has been started, and has not stopped");
            }
            if (context instanceof Ground && above != null) {
                throw new IllegalStateException(name + " is started by the tree that it is in");
            }
            present = context;
        }
    }

    private final ServiceHome.Tenant tenant =
            new ServiceHome.Tenant() {
                @Override
                public CompletableFuture<TreeReport> stop(Duration grace) {
                    return stopNow(grace);
                }

                @Override
                public void hasten(Duration grace) {
                    if (present != null) {
                        var _ = stopNow(grace);
                    }
                }

                @Override
                public void lost() {
                    ServiceTree.this.lost();
                }
            };

    private boolean isStarting() {
        return state instanceof Starting;
    }

    /** Starts the next, if one is left. */
    private void next() {
        ServiceContext context = present;
        if (context == null || !isStarting()) {
            return;
        }
        for (ServiceEntry each : entries) {
            if (!each.isPresent() && !each.leaves) {
                var _ =
                        each.start(context)
                                .whenComplete((running, thrown) -> {
                                    if (thrown == null || each.leaves) {
                                        next();
                                    } else {
                                        undo(thrown);
                                    }
                                });
                return;
            }
        }
        become(new Running());
        started.complete(null);
    }

    private void giveUp(long start, @Nullable Throwable why) {
        if (start != starts || !isStarting()) {
            return;
        }
        if (why instanceof CancellationException) {
            beginToStop(Duration.ofSeconds(UNDO_SECONDS));
        } else {
            undo(new ServiceFailure(beingStarted(), why == null ? new TimeoutException() : why));
        }
    }

    private String beingStarted() {
        return statuses().stream()
                .filter(each -> each.state() instanceof Starting)
                .filter(each -> !(each.service() instanceof ServiceTree))
                .map(ServiceStatus::path)
                .findFirst()
                .orElse("");
    }

    private void undo(Throwable why) {
        if (isStarting()) {
            failure = why instanceof ServiceFailure known ? known : new ServiceFailure(name, why);
            beginToStop(Duration.ofSeconds(UNDO_SECONDS));
        }
    }

    // Stopping.

    /**
     * Stops all, in reverse; a start that is not complete is cancelled.
     *
     * @param grace how long it may take in all; zero cuts off at once
     * @return how it went, also of a stop that goes on already; {@link TreeReport#NOTHING} if it
     *     does not run; failed with {@link RejectedExecutionException} if its reactor is closed
     */
    @Override
    public CompletableFuture<TreeReport> stop(Duration grace) {
        ServiceContext context = present;
        if (context == null) {
            return CompletableFuture.completedFuture(TreeReport.NOTHING);
        }
        var result = new CompletableFuture<TreeReport>();
        ServiceHome.run(
                context.reactor(),
                result,
                () -> {
                    var _ =
                            stopNow(grace)
                                    .whenComplete((report, thrown) -> {
                                        if (thrown == null) {
                                            result.complete(report);
                                        } else {
                                            result.completeExceptionally(thrown);
                                        }
                                    });
                });
        return result;
    }

    private CompletableFuture<TreeReport> stopNow(Duration grace) {
        ServiceContext context = present;
        if (context == null) {
            return CompletableFuture.completedFuture(TreeReport.NOTHING);
        }
        if (!(state instanceof Stopping)) {
            beginToStop(grace);
        } else {
            long due = context.reactor().nanos() + ServiceHome.nanos(grace);
            if (due - stopDue < 0) {
                stopDue = due;
                ServiceEntry current = underWay;
                if (current != null) {
                    var _ = current.stop(share(context, current));
                }
            }
        }
        return stopped.copy();
    }

    private void beginToStop(Duration grace) {
        ServiceContext context = Objects.requireNonNull(present);
        boolean starting = isStarting();
        stopped = new CompletableFuture<>();
        reports = new ArrayList<>();
        stopBegun = context.reactor().nanos();
        stopDue = stopBegun + ServiceHome.nanos(grace);
        become(new Stopping());
        if (starting && failure == null) {
            started.completeExceptionally(new CancellationException(name + " is stopped"));
        }
        stopNext(context);
    }

    private void stopNext(ServiceContext context) {
        if (present == null) {
            return; // it is lost
        }
        List<ServiceEntry> all = entries;
        for (int i = all.size() - 1; i >= 0; i--) {
            ServiceEntry each = all.get(i);
            if (each.isPresent()) {
                underWay = each;
                var _ =
                        each.stop(share(context, each))
                                .whenComplete((ended, lost) -> {
                                    if (ended != null) {
                                        reports.addAll(ended);
                                    }
                                    stopNext(context);
                                });
                return;
            }
        }
        stopped(context);
    }

    /** What a service gets of the time that is left. */
    private Duration share(ServiceContext context, ServiceEntry entry) {
        long left = stopDue - context.reactor().nanos();
        if (left <= 0) {
            return Duration.ZERO;
        }
        return Duration.ofNanos((long) ((double) left * entry.weight() / weight()));
    }

    private void stopped(ServiceContext context) {
        underWay = null;
        var took = Duration.ofNanos(context.reactor().nanos() - stopBegun);
        var report = new TreeReport(reports, took);
        lastStop = report;
        leaveHome();
        ServiceFailure why = failure;
        become(why == null ? new Stopped() : new Failed(why));
        present = null;
        if (why != null) {
            started.completeExceptionally(why);
        }
        stopped.complete(report);
    }

    private void leaveHome() {
        ServiceHome mine = home;
        home = null;
        if (mine != null) {
            mine.moveOut();
        }
    }

    /** The reactor is closed. */
    void lost() {
        if (present == null) {
            return;
        }
        leaveHome();
        present = null; // so that none of those that wait for a service goes on
        entries.reversed().forEach(ServiceEntry::lost);
        become(new Stopped());
        var closed = new RejectedExecutionException("the reactor is closed");
        started.completeExceptionally(closed);
        stopped.completeExceptionally(closed);
    }

    @Override
    public String toString() {
        return "ServiceTree[" + name + ", " + services() + "]";
    }
}
