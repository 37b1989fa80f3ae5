// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.reactor.DrainReport;
import sockeye.reactor.HostSettings;
import sockeye.reactor.HostStatistics;
import sockeye.reactor.Reactor;
import sockeye.reactor.ServiceHost;
import sockeye.wire.Admission;
import sockeye.wire.MessageService;
import sockeye.wire.Rejection;
import sockeye.wire.StreamService;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Holds the connections of one listener to their limits, and serves them. */
public final class ConnectionHost implements ServiceHost {
    final Loop loop;
    final HostSettings settings;
    private final Endpoint local;
    private final boolean unix;
    private final boolean proxied;
    private final Judge judge;
    private final Admission admission;
    private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
    private final Map<TimeLimit, Long> exceeded = new EnumMap<>(TimeLimit.class);
    private final Set<Visit> served = new LinkedHashSet<>();
    private final ArrayDeque<Visit> waiting = new ArrayDeque<>();
    private final Timers.Call watch;
    private final Timers.Call nextPlace;
    private final Timers.Call limit;

    /** How long connections go on after a successor has the listener; null while none has. */
    private Timers.@Nullable Call patience;

    private final CompletableFuture<DrainReport> stopped = new CompletableFuture<>();
    private @Nullable Acceptor listening;
    private boolean holdsBack;
    private boolean watching;
    private long accepted;
    private int leaving;
    private boolean stopping;
    private boolean cut;
    private long stoppedAt;
    private int finished;
    private int cutOff;
    private long unsent;

    private ConnectionHost(Reactor reactor, Listener<?> listener, HostSettings settings) {
        this.loop = (Loop) reactor;
        this.settings = settings;
        this.unix = listener.socket().family() == AF_UNIX;
        this.proxied = !settings.proxies().equals(HostSettings.DEFAULT.proxies());
        this.judge = new Judge(settings.access(), settings.admission());
        this.admission = judge.admission();
        this.local = localOf(listener);
        this.watch = loop.timer(this::look);
        this.nextPlace = loop.timer(this::fill);
        this.limit = loop.timer(this::cutOff);
    }

    private static Endpoint localOf(Listener<?> listener) {
        try {
            return listener.local();
        } catch (IOException closed) {
            throw new IllegalArgumentException("the listener is closed", closed);
        }
    }

    /** {@link ServiceHost#streams}. */
    public static ServiceHost streams(
            Reactor reactor,
            Listener<StreamSocket> listener,
            StreamService service,
            HostSettings settings) {
        var host = new ConnectionHost(reactor, listener, settings);
        host.listening = (Acceptor) reactor.listen(listener, () -> new StreamVisit(host, service));
        return host;
    }

    /** {@link ServiceHost#records}. */
    public static ServiceHost records(
            Reactor reactor,
            Listener<MessageSocket> listener,
            MessageService service,
            HostSettings settings) {
        var host = new ConnectionHost(reactor, listener, settings);
        host.listening =
                (Acceptor) reactor.listenRecords(listener, () -> new RecordVisit(host, service));
        return host;
    }

    private Acceptor listening() {
        return Objects.requireNonNull(listening);
    }

    // Coming.

    /** Somebody has come. */
    void came(Visit visit) throws Exception {
        long now = loop.nanos();
        Endpoint peer = visit.connectedTo();
        visit.came(accepted + 1, peer, now);
        Rejection why = judge(visit, now);
        if (why != null) {
            rejected.merge(why, 1L, Long::sum);
            visit.rejected = true;
            turnAway(visit);
            settings.observer().rejected(local, peer, why);
            return;
        }
        accepted++;
        waiting.add(visit);
        visit.hold();
        fill();
    }

    private void turnAway(Visit visit) {
        if (++leaving > Judge.MOST_LEAVING) {
            visit.abort();
        } else {
            visit.end();
        }
    }

    /**
     * A proxy that is trusted is nobody: it is the one whom it names that has to be admitted, and
     * all of those would count for it.
     */
    private @Nullable Rejection judge(Visit visit, long now) {
        if (proxied && settings.proxies().trusts(visit.facts())) {
            return null;
        }
        Judge.Verdict verdict = judge.judge(unix, visit.peer(), visit::socket, now);
        visit.who = verdict.who();
        return verdict.why();
    }

    /** Whether the client whom a proxy has named is admitted, in the proxy's place. */
    boolean isOf(Visit visit, Endpoint client, @Nullable Endpoint to) {
        visit.isOf(client, to);
        long now = loop.nanos();
        Judge.Verdict verdict = judge.judge(false, client, visit::socket, now);
        Rejection why = verdict.why();
        if (why != null) {
            rejected.merge(why, 1L, Long::sum);
            visit.refused = why;
            settings.observer().rejected(visit, why);
            return false;
        }
        admission.left(visit.who, now);
        visit.who = verdict.who();
        return true;
    }

    /** Has those begin who wait, as far as there are places, and the rate allows. */
    private void fill() {
        while (!waiting.isEmpty() && served.size() < settings.admission().connections()) {
            long nanos = admission.delay(loop.nanos());
            if (nanos > 0) {
                nextPlace.reset(nanos);
                break;
            }
            begin(waiting.remove());
        }
        boolean full = !waiting.isEmpty();
        if (full != holdsBack && !isEnding()) {
            holdsBack = full;
            if (full) {
                listening().pause();
            } else {
                listening().resume();
            }
        }
    }

    private void begin(Visit visit) {
        served.add(visit);
        watch();
        try {
            settings.observer().accepted(visit);
            visit.begin();
            if (cut) {
                cutOff(visit);
            } else if (stopping) {
                visit.conclude();
            }
        } catch (Throwable failed) {
            loop.report(failed);
            visit.abort();
        }
    }

    // Leaving.

    /** Somebody is gone, served or not. */
    void left(Visit visit, @Nullable Throwable why) {
        long now = loop.nanos();
        if (visit.rejected) {
            visit.left(now);
            leaving--;
            return;
        }
        boolean wasServed = served.remove(visit);
        if (!wasServed) {
            waiting.remove(visit);
        }
        admission.left(visit.who, now);
        if (isEnding() && !visit.cutOff) {
            finished++;
        }
        if (wasServed) {
            tell(visit, why);
        }
        visit.left(now);
        fill();
        if (isEnding()) {
            conclude();
        }
    }

    private void tell(Visit visit, @Nullable Throwable why) {
        Throwable told = visit.cutOff ? null : why;
        TimeLimit over = visit.exceeded;
        if (over != null) {
            told = Lateness.of(settings.times(), over);
            told.addSuppressed(Objects.requireNonNullElse(why, new IOException("closed")));
        }
        try {
            settings.observer().closed(visit, told);
        } catch (Throwable thrown) {
            loop.report(thrown);
        }
    }

    // Limits on time.

    private void watch() {
        long period = settings.times().lookEvery().toNanos();
        if (!watching && period > 0) {
            watching = true;
            watch.reset(period);
        }
    }

    private void look() {
        watching = false;
        long now = loop.nanos();
        admission.forget(now);
        for (Visit each : List.copyOf(served)) {
            look(each, settings.times(), now);
        }
        if (!served.isEmpty()) {
            watch();
        }
    }

    private void look(Visit visit, TimeLimits times, long now) {
        if (visit.exceeded != null) {
            if (now - visit.exceededAt > Lateness.GRACE) {
                visit.abort();
            }
            return;
        }
        TimeLimit over = Objects.requireNonNull(visit.vigil).look(times, visit, now);
        boolean ofInput = over == TimeLimit.IDLE || over == TimeLimit.MESSAGE;
        if (over != null && !(ofInput && visit.hasInput())) {
            exceeds(visit, over, now);
        }
    }

    /** It has taken too long for this. */
    void exceeds(Visit visit, TimeLimit over, long now) {
        visit.exceeded = over;
        visit.exceededAt = now;
        exceeded.merge(over, 1L, Long::sum);
        if (visit.pending() > 0) {
            visit.abort();
        } else {
            visit.end();
        }
    }

    // The end.

    private boolean isEnding() {
        return stopping || patience != null;
    }

    @Override
    public CompletableFuture<DrainReport> stop(Duration grace) {
        loop.execute(() -> stopNow(grace));
        return stopped;
    }

    private void stopNow(Duration grace) {
        if (!stopping) {
            stopping = true;
            if (patience == null) {
                stoppedAt = loop.nanos();
                listening().close();
            } else {
                patience.cancel(); // and the listener is left, not closed
            }
            served.forEach(Visit::conclude);
            for (Visit each : List.copyOf(waiting)) {
                each.end();
            }
        }
        long nanos = Timers.nanos(grace);
        if (!limit.isActive() || limit.due() - loop.nanos() > nanos) {
            limit.reset(nanos);
        }
        conclude();
    }

    @Override
    public CompletableFuture<DrainReport> retire(Duration time, Duration drain) {
        loop.execute(() -> {
            if (!isEnding()) {
                stoppedAt = loop.nanos();
                Timers.Call limit = loop.timer(() -> stopNow(drain));
                patience = limit;
                limit.reset(Timers.nanos(time));
                listening().handOver(this::conclude);
            }
        });
        return stopped;
    }

    private void cutOff() {
        cut = true;
        List.copyOf(served).forEach(this::cutOff);
        List.copyOf(waiting).forEach(this::cutOff);
    }

    private void cutOff(Visit visit) {
        visit.cutOff = true;
        cutOff++;
        unsent += visit.pending();
        visit.abort();
    }

    private void conclude() {
        boolean mayCome = patience != null && !listening().isOver();
        if (served.isEmpty() && waiting.isEmpty() && !mayCome && !stopped.isDone()) {
            limit.cancel();
            if (patience != null) {
                patience.cancel();
            }
            watch.cancel();
            nextPlace.cancel();
            Duration took = Duration.ofNanos(loop.nanos() - stoppedAt);
            stopped.complete(new DrainReport(finished, cutOff, unsent, 0, took));
        }
    }

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public HostStatistics statistics() {
        Map<Rejection, Long> all = new EnumMap<>(Rejection.class);
        all.putAll(rejected);
        long without = listening().turnedAway();
        if (without > 0) {
            all.put(Rejection.NO_DESCRIPTORS, without);
        }
        int active = served.size() + waiting.size();
        return new HostStatistics(accepted, active, all, exceeded, 0, 0, 0, 0, Map.of());
    }
}
