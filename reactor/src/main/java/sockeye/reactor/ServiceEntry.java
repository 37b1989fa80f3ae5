// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.ServiceReport.Outcome;
import sockeye.reactor.ServiceState.Failed;
import sockeye.reactor.ServiceState.Running;
import sockeye.reactor.ServiceState.Starting;
import sockeye.reactor.ServiceState.Stopped;
import sockeye.reactor.ServiceState.Stopping;
import sockeye.reactor.internal.ServiceHome;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** A service in its tree: what it is doing, and who waits for it. On the reactor's thread. */
final class ServiceEntry {
    /** How long what was cut off may take to be gone. */
    private static final Duration MARGIN = Duration.ofMillis(100);

    private final ServiceTree tree;
    private final Service service;
    private final String name;
    private volatile ServiceState state = new Stopped();

    /** From its start until it has stopped; null also if the start has failed. */
    private @Nullable Run present;

    /** Whether its tree is to forget it. */
    boolean leaves;

    ServiceEntry(ServiceTree tree, Service service) {
        this.tree = tree;
        this.service = service;
        this.name = service.name();
    }

    Service service() {
        return service;
    }

    String name() {
        return name;
    }

    /** By any thread. */
    ServiceState state() {
        return service instanceof ServiceTree inner ? inner.state() : state;
    }

    /** Whether there is something to stop. */
    boolean isPresent() {
        return present != null;
    }

    /** How many services it stands for. */
    int weight() {
        return service instanceof ServiceTree inner ? inner.weight() : 1;
    }

    private void become(ServiceState next) {
        state = next;
        if (!(service instanceof ServiceTree)) {
            tree.tell(new ServiceStatus(name, service, next));
        }
    }

    /** One start, and the stop that belongs to it. */
    private final class Run implements ServiceContext {
        private final ServiceContext above;
        private final CompletableFuture<@Nullable Void> started = new CompletableFuture<>();
        private CompletionStage<?> starting = started;
        private @Nullable Ending ending;

        Run(ServiceContext above) {
            this.above = above;
        }

        @Override
        public Reactor reactor() {
            return above.reactor();
        }

        @Override
        public Optional<ReactorGroup> group() {
            return above.group();
        }

        @Override
        public String path() {
            return above.path().isEmpty() ? name : above.path() + "/" + name;
        }

        @Override
        public void fail(Throwable why) {
            Objects.requireNonNull(why);
            try {
                reactor().execute(() -> failed(this, why));
            } catch (RejectedExecutionException closed) {
                why.addSuppressed(closed);
            }
        }
    }

    /** One stop. */
    private static final class Ending {
        private final CompletableFuture<List<ServiceReport>> result = new CompletableFuture<>();
        private final Run run;
        private final long begun;
        private @Nullable DelayedCall limit;

        /** Whether it was told to end at once. */
        private boolean cut;

        /** Whether it was told so because its time was over. */
        private boolean late;

        Ending(Run run) {
            this.run = run;
            this.begun = run.reactor().nanos();
        }

        Duration took() {
            return Duration.ofNanos(run.reactor().nanos() - begun);
        }
    }

    private ServiceFailure failure(Throwable why) {
        return why instanceof ServiceFailure inner && service instanceof ServiceTree
                ? inner.below(name)
                : new ServiceFailure(name, why);
    }

    // Start.

    CompletableFuture<@Nullable Void> start(ServiceContext above) {
        var run = new Run(above);
        present = run;
        become(new Starting());
        try {
            run.starting = Objects.requireNonNull(service.start(run), "a stage");
        } catch (Throwable thrown) {
            run.starting = CompletableFuture.failedFuture(thrown);
        }
        ServiceHome.then(run.reactor(), run.starting, (value, thrown) -> started(run, thrown));
        return run.started;
    }

    private boolean isStarting(Run run) {
        return run.equals(present) && !run.started.isDone();
    }

    private void started(Run run, @Nullable Throwable thrown) {
        if (!isStarting(run)) {
            return;
        }
        Throwable cause = Timing.causeOf(thrown);
        if (cause == null) {
            become(new Running());
            run.started.complete(null);
        } else {
            present = null;
            ServiceFailure failure = failure(cause);
            become(new Failed(failure));
            run.started.completeExceptionally(failure);
        }
    }

    /** The service says so. */
    private void failed(Run run, Throwable why) {
        if (!run.equals(present) || run.ending != null) {
            return;
        }
        ServiceFailure failure = failure(why);
        if (isStarting(run)) {
            become(new Failed(failure)); // and it is stopped with those that were started before
            giveUp(run, failure);
        } else if (state instanceof Running) {
            become(new Failed(failure));
            ServiceHome.report(run.reactor(), failure);
        }
    }

    private void giveUp(Run run, Throwable why) {
        // A tree ends its start by itself when it is stopped.
        if (run.started.completeExceptionally(why)
                && run.starting instanceof CompletableFuture<?> future
                && !(service instanceof ServiceTree)) {
            try {
                future.cancel(false);
            } catch (UnsupportedOperationException minimalStage) {
                // It goes on; nobody waits for it.
            }
        }
    }

    // Stop.

    /**
     * Stops it, or hastens that.
     *
     * @return what became of it and of those inside; empty if there was nothing to stop
     */
    CompletableFuture<List<ServiceReport>> stop(Duration grace) {
        Run run = present;
        if (run == null) {
            return CompletableFuture.completedFuture(List.of());
        }
        Ending under = run.ending;
        if (under != null) {
            hasten(under, grace);
            return under.result;
        }
        var ending = new Ending(run);
        run.ending = ending;
        become(new Stopping());
        giveUp(run, new CancellationException(run.path() + " is stopped"));
        ending.cut = grace.isZero();
        CompletionStage<?> stage;
        try {
            stage = Objects.requireNonNull(service.stop(grace), "a stage");
        } catch (Throwable thrown) {
            stage = CompletableFuture.failedFuture(thrown);
        }
        if (!(service instanceof ServiceTree)) { // which keeps to it by itself
            ending.limit = run.reactor().after(ending.cut ? MARGIN : grace, () -> isOver(ending));
        }
        ServiceHome.then(run.reactor(), stage, (value, thrown) -> ended(ending, value, thrown));
        return ending.result;
    }

    private void hasten(Ending ending, Duration grace) {
        DelayedCall limit = ending.limit;
        if (limit == null) {
            again(ending, grace);
        } else if (!ending.cut
                && ending.run.reactor().nanos() + ServiceHome.nanos(grace) - limit.due() < 0) {
            if (grace.isZero()) {
                isOver(ending);
            } else {
                limit.reset(grace);
                again(ending, grace);
            }
        }
    }

    private void again(Ending ending, Duration grace) {
        try {
            var _ = service.stop(grace);
        } catch (Throwable thrown) {
            ServiceHome.report(ending.run.reactor(), thrown);
        }
    }

    /** Its time is. */
    private void isOver(Ending ending) {
        if (ending.result.isDone()) {
            return;
        }
        if (ending.cut) {
            var late = new TimeoutException("did not stop in " + ending.took());
            conclude(ending, Outcome.LEFT_BEHIND, late, DrainReport.NOTHING);
            return;
        }
        ending.cut = true;
        ending.late = true;
        Objects.requireNonNull(ending.limit).reset(MARGIN);
        again(ending, Duration.ZERO);
    }

    private void ended(Ending ending, @Nullable Object value, @Nullable Throwable thrown) {
        if (ending.result.isDone()) {
            return;
        }
        Throwable why = Timing.causeOf(thrown);
        if (value instanceof TreeReport inside) {
            end(ending, null);
            ending.result.complete(
                    inside.services().stream().map(each -> each.below(name)).toList());
            return;
        }
        DrainReport connections =
                value instanceof DrainReport drained ? drained : DrainReport.NOTHING;
        Outcome outcome;
        if (why != null) {
            outcome = Outcome.FAILED;
        } else if (ending.late || connections.cutOff() > 0) {
            outcome = Outcome.CUT_OFF;
        } else {
            outcome = Outcome.IN_ORDER;
        }
        conclude(ending, outcome, why, connections);
    }

    private void conclude(
            Ending ending, Outcome outcome, @Nullable Throwable why, DrainReport connections) {
        end(ending, why);
        ending.result.complete(
                List.of(new ServiceReport(name, outcome, why, connections, ending.took())));
    }

    private void end(Ending ending, @Nullable Throwable why) {
        if (ending.limit != null) {
            ending.limit.cancel();
        }
        present = null;
        become(why == null ? new Stopped() : new Failed(failure(why)));
    }

    /** Its reactor is closed. */
    void lost() {
        Run run = present;
        if (run == null) {
            return;
        }
        var closed = new RejectedExecutionException("the reactor is closed");
        giveUp(run, closed);
        if (service instanceof ServiceTree inner) {
            inner.lost();
        } else {
            try {
                var _ = service.stop(Duration.ZERO);
            } catch (Throwable thrown) {
                ServiceHome.report(run.reactor(), thrown);
            }
        }
        present = null;
        become(new Stopped());
        if (run.ending != null) {
            run.ending.result.completeExceptionally(closed);
        }
    }
}
