// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DrainReport;
import sockeye.reactor.StopAction;
import sockeye.reactor.StopPhase;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** How a loop stops in order, what is to be done then, and how much it has to do now. */
final class Stops {
    private final Loop loop;
    private final List<Drain> drains = new ArrayList<>(1);
    private final List<Action> actions = new ArrayList<>(0);
    private @Nullable Orderly present;

    /** How many it serves, and are on their way to it. */
    private final AtomicInteger load = new AtomicInteger();

    Stops(Loop loop) {
        this.loop = loop;
    }

    private final class Action implements StopAction {
        private final StopPhase phase;
        private final Callable<? extends @Nullable CompletionStage<?>> what;

        Action(StopPhase phase, Callable<? extends @Nullable CompletionStage<?>> what) {
            this.phase = phase;
            this.what = what;
        }

        @Override
        public void remove() {
            loop.check();
            actions.remove(this);
        }
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
            first = fire(StopPhase.BEFORE);
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
            during = fire(StopPhase.DURING);
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
            var _ = fire(StopPhase.AFTER);
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

    StopAction add(StopPhase phase, Callable<? extends @Nullable CompletionStage<?>> what) {
        var action = new Action(phase, what);
        actions.add(action);
        return action;
    }

    /** Does what is to be done at a point; completed on the loop's thread, with the last of it. */
    private CompletableFuture<Void> fire(StopPhase phase) {
        var all = new CompletableFuture<Void>();
        int[] left = {1};
        for (Action each : List.copyOf(actions)) {
            if (each.phase != phase) {
                continue;
            }
            CompletionStage<?> stage;
            try {
                stage = each.what.call();
            } catch (Throwable thrown) {
                loop.report(thrown);
                continue;
            }
            if (stage != null) {
                left[0]++;
                var _ = stage.whenComplete((value, thrown) -> done(all, left, thrown));
            }
        }
        if (--left[0] == 0) {
            all.complete(null);
        }
        return all;
    }

    /** By whatever thread. */
    private void done(CompletableFuture<Void> all, int[] left, @Nullable Throwable thrown) {
        loop.later(() -> {
            if (thrown != null) {
                loop.report(thrown);
            }
            if (--left[0] == 0) {
                all.complete(null);
            }
        });
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
        var made = new Drain(loop, origin);
        drains.add(made);
        made.hasten(nanos);
        made.begin();
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
        for (int i = 0; i < drains.size(); i++) {
            drains.get(i).left(member);
        }
    }

    AtomicInteger load() {
        return load;
    }

    // The loop is closed.

    void cutOff() {
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
