// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DrainReport;
import sockeye.reactor.StopPhase;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** How a loop stops in order, what is to be done then, and how much it has to do now. */
final class Stops {
    private final Loop loop;
    private final List<Drain> drains = new ArrayList<>(1);
    private final Actions<StopPhase> actions;
    private @Nullable Orderly present;

    /** How many it serves, and are on their way to it. */
    private final AtomicInteger load = new AtomicInteger();

    Stops(Loop loop) {
        this.loop = loop;
        this.actions = new Actions<>(loop);
    }

    /** One stop of the whole loop. */
    final class Orderly {
        private final long begun = loop.nanos();
        private final Timers.Call limit = loop.timer(this::cutOff);
        private final CompletableFuture<DrainReport> result = new CompletableFuture<>();
        private final CompletableFuture<Void> before = new CompletableFuture<>();

        /** What is to be done before the trees of services are stopped. */
        private CompletableFuture<Void> first = new CompletableFuture<>();

        private CompletableFuture<Void> during = new CompletableFuture<>();
        private @Nullable Drain drain;
        private boolean cut;

        private Orderly() {}

        private void begin(long nanos) {
            limit.reset(nanos);
            first = actions.fire(StopPhase.BEFORE);
            var _ = first.thenRun(this::stopTrees);
        }

        private void stopTrees() {
            var _ =
                    ServiceHome.stopAll(loop, timeToStop())
                            .whenComplete((done, thrown) -> before.complete(null));
        }

        private void hasten(long nanos) {
            if (!limit.isActive() || loop.nanos() + nanos - limit.due() < 0) {
                limit.reset(nanos);
                hastenTrees(nanos);
            }
        }

        private void hastenTrees(long nanos) {
            for (Member each = loop.firstMember(); each != null; each = each.after) {
                each.hasten(nanos);
            }
        }

        /** When what is to be done before is done, and trees have stopped. On the loop's thread. */
        CompletableFuture<Void> before() {
            return before;
        }

        CompletableFuture<DrainReport> result() {
            return result;
        }

        /** Closes, tells, and waits. A second call does nothing. */
        void drain() {
            if (drain != null) {
                return;
            }
            during = actions.fire(StopPhase.DURING);
            var made = new Drain(loop, null);
            drain = made;
            drains.add(made);
            made.begin();
            if (cut) {
                made.cutOff();
                during.complete(null);
            }
            var _ = made.result().thenAcceptBoth(during, (report, done) -> end(made, report));
        }

        private void end(Drain made, DrainReport report) {
            drains.remove(made);
            limit.cancel();
            present = null;
            var _ = actions.fire(StopPhase.AFTER);
            Duration took = Duration.ofNanos(loop.nanos() - begun);
            result.complete(
                    new DrainReport(report.finished(), report.cutOff(), report.unsent(), 0, took));
        }

        private void cutOff() {
            if (cut) {
                return;
            }
            cut = true;
            first.complete(null);
            during.complete(null);
            hastenTrees(0);
            Drain under = drain;
            if (under != null) {
                under.cutOff();
            }
        }
    }

    Actions<StopPhase> actions() {
        return actions;
    }

    /** By any thread. */
    CompletableFuture<DrainReport> stop(Duration grace) {
        var result = new CompletableFuture<DrainReport>();
        loop.hand(
                result,
                () -> {
                    Orderly stop = begin(grace);
                    var _ =
                            stop.result()
                                    .thenAccept(report -> {
                                        loop.stop();
                                        result.complete(report);
                                    });
                    var _ = stop.before().thenRun(stop::drain);
                });
        return result;
    }

    /** Begins a stop of the whole loop, or hastens the one that is going on. */
    Orderly begin(Duration grace) {
        long nanos = Timers.nanos(grace);
        Orderly stop = present;
        if (stop == null) {
            stop = new Orderly();
            present = stop;
            stop.begin(nanos);
        } else {
            stop.hasten(nanos);
        }
        return stop;
    }

    /** Whether the whole loop is being stopped in order. */
    boolean isUnderWay() {
        return present != null;
    }

    /** Hastens the stop of the whole loop, if one is going on. */
    void hasten(Duration grace) {
        Orderly stop = present;
        if (stop != null) {
            stop.hasten(Timers.nanos(grace));
        }
    }

    /** How much time is left of the stop of the whole loop that is going on; none if none is. */
    Duration timeToStop() {
        Orderly stop = present;
        return stop == null
                ? Duration.ZERO
                : Duration.ofNanos(Math.max(0, stop.limit.due() - loop.nanos()));
    }

    /** Drains what came by a listener, or hastens that. */
    CompletableFuture<DrainReport> drain(Object origin, Duration grace) {
        long nanos = Timers.nanos(grace);
        for (Drain each : drains) {
            if (each.isOf(origin)) {
                each.hasten(nanos);
                return each.result().copy();
            }
        }
        return begin(new Drain(loop, origin), nanos);
    }

    /** Drains the connections that have come by a listener until now. */
    CompletableFuture<DrainReport> drainConnections(Object origin, Duration grace) {
        return begin(Drain.ofConnections(loop, origin), Timers.nanos(grace));
    }

    private CompletableFuture<DrainReport> begin(Drain made, long nanos) {
        drains.add(made);
        made.hasten(nanos);
        made.begin();
        if (loop.isClosed()) {
            made.settle();
        }
        return made.result().whenComplete((report, thrown) -> drains.remove(made));
    }

    // What comes and goes.

    void came(Member member) {
        if (member.part() == Member.Part.SERVED) {
            load.incrementAndGet();
        }
        for (int i = 0; i < drains.size(); i++) {
            drains.get(i).came(member);
        }
    }

    void left(Member member) {
        if (member.part() == Member.Part.SERVED) {
            load.decrementAndGet();
        }
        if (member.isConnection() && member.origin instanceof Member.Origin origin) {
            origin.left();
        }
        for (int i = 0; i < drains.size(); i++) {
            drains.get(i).left(member);
        }
    }

    AtomicInteger load() {
        return load;
    }

    // The loop is closed.

    void cutOff() {
        if (drains.isEmpty()) {
            return; // And Drain may be a class that cannot be loaded any more.
        }
        List.copyOf(drains).forEach(Drain::cutOff);
    }

    void settle() {
        List.copyOf(drains).forEach(Drain::settle);
        Orderly stop = present;
        if (stop != null) {
            stop.cutOff();
            stop.drain();
            cutOff();
            List.copyOf(drains).forEach(Drain::settle);
        }
    }
}
