// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.ProcessSignal;
import sockeye.ProcessSignals;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Runs a service, a tree of them above all, as a program: starts it, and stops it in order when the
 * first SIGTERM, SIGINT or SIGHUP comes; the second cuts off what is left.
 *
 * <pre>{@code
 * void main() throws Exception {
 *     ServiceProgram.run(ServiceTree.of("program",
 *             Service.streams("echo", InetEndpoint.any(7), Echo::new)));
 * }
 * }</pre>
 *
 * <p>It also ends, with all that is left, when the tree has been stopped otherwise, or its reactor
 * or group in order: by a service, say, that was told to. SIGHUP is left alone if the program was
 * started to ignore it ({@link ProcessSignals#takeStop}).
 */
public final class ServiceProgram {
    private final ProgramSettings settings;
    private final ServiceTree tree;
    private final Reactor home;
    private final Function<Duration, CompletableFuture<DrainReport>> stop;
    private final List<ProcessSignal> came = new ArrayList<>();
    private @Nullable ServiceFailure notStarted;
    private @Nullable ServiceFailure failure;
    private boolean running;
    private boolean stopping;
    private DrainReport others = DrainReport.NOTHING;

    private ServiceProgram(
            ProgramSettings settings,
            ServiceTree tree,
            Reactor home,
            Function<Duration, CompletableFuture<DrainReport>> stop) {
        this.settings = settings;
        this.tree = tree;
        this.home = home;
        this.stop = stop;
    }

    /** Runs it with {@link ProgramSettings#DEFAULT}. */
    public static ProgramReport run(Service service) throws IOException {
        return run(service, ProgramSettings.DEFAULT);
    }

    /**
     * Runs it to its end.
     *
     * @param service a tree, or what becomes the only one of a tree
     * @return how it ended
     * @throws ServiceFailure if one of the services could not start, in time or at all; those that
     *     had been started have been stopped
     * @throws IOException also if there can be no reactor, or its driver failed
     * @throws IllegalStateException if signals are to stop it and cannot be taken ({@link
     *     ProcessSignals#take}), or the tree has been started; with one reactor also on a virtual
     *     thread
     */
    public static ProgramReport run(Service service, ProgramSettings settings) throws IOException {
        ServiceTree tree =
                service instanceof ServiceTree given ? given : ServiceTree.of("program", service);
        try (ProcessSignals signals = settings.signals() ? ProcessSignals.takeStop() : null) {
            return settings.group().reactors() == 1
                    ? onOne(tree, settings, signals)
                    : onSeveral(tree, settings, signals);
        }
    }

    private static ProgramReport onOne(
            ServiceTree tree, ProgramSettings settings, @Nullable ProcessSignals signals)
            throws IOException {
        Reactor reactor = Reactor.open(settings.group().reactor());
        var program = new ServiceProgram(settings, tree, reactor, reactor::stop);
        try (var _ = program.watching();
                reactor) {
            program.begin(signals, () -> tree.start(reactor));
            reactor.run();
            return program.report();
        }
    }

    private static ProgramReport onSeveral(
            ServiceTree tree, ProgramSettings settings, @Nullable ProcessSignals signals)
            throws IOException {
        ReactorGroup group = ReactorGroup.open(settings.group());
        var program = new ServiceProgram(settings, tree, group.reactors().getFirst(), group::stop);
        try (var _ = program.watching();
                group) {
            // Nobody runs it yet, so this thread may prepare it.
            program.begin(signals, () -> tree.start(group));
            group.start();
            boolean interrupted = false;
            while (true) {
                try {
                    group.join();
                    break;
                } catch (InterruptedException stop) {
                    // A second one cuts off, as a signal does.
                    var _ = group.stop(interrupted ? Duration.ZERO : settings.grace());
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            return program.report();
        }
    }

    /** Starts the tree. */
    private interface Starter {
        CompletableFuture<?> start();
    }

    /** Ends when nothing runs any more: the tree may be another program's later. */
    private interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    private Watching watching() {
        Consumer<ServiceStatus> mine = this::changed;
        tree.observe(settings.observer());
        tree.observe(mine);
        return () -> {
            tree.forget(mine);
            tree.forget(settings.observer());
        };
    }

    private void begin(@Nullable ProcessSignals signals, Starter starter) throws IOException {
        if (signals != null) {
            var _ = home.watch(signals, this::came);
        }
        var starting = starter.start();
        var _ = home.within(settings.startLimit(), starting);
        var _ = starting.whenComplete((done, thrown) -> started(thrown));
    }

    private synchronized ProgramReport report() throws IOException {
        ServiceFailure first = notStarted;
        if (first != null) {
            throw first;
        }
        return new ProgramReport(came, Optional.ofNullable(failure), tree.lastStop(), others);
    }

    // On a reactor's thread.

    private void came(ProcessSignal signal) {
        Duration grace;
        synchronized (this) {
            grace = came.isEmpty() ? settings.grace() : Duration.ZERO;
            came.add(signal);
        }
        end(grace);
    }

    private void started(@Nullable Throwable thrown) {
        synchronized (this) {
            if (thrown == null) {
                running = true;
                return;
            }
            Throwable cause = Timing.causeOf(thrown);
            if (came.isEmpty() && notStarted == null && !(cause instanceof CancellationException)) {
                notStarted = failed(thrown);
            }
        }
        end(settings.grace());
    }

    private ServiceFailure failed(Throwable thrown) {
        Throwable cause = Timing.causeOf(thrown);
        return cause instanceof ServiceFailure known
                ? known
                : new ServiceFailure(tree.name(), cause == null ? new TimeoutException() : cause);
    }

    private void changed(ServiceStatus status) {
        switch (status.state()) {
            case ServiceState.Failed(ServiceFailure why) -> failed(status, why);
            case ServiceState.Stopped s -> ended(status);
            case ServiceState.Starting s -> {}
            case ServiceState.Running s -> {}
            case ServiceState.Stopping s -> {}
        }
    }

    private void ended(ServiceStatus status) {
        if (status.path().isEmpty()) {
            end(settings.grace());
        }
    }

    private void failed(ServiceStatus status, ServiceFailure why) {
        if (status.path().isEmpty()) {
            synchronized (this) {
                if (!running && came.isEmpty()) {
                    notStarted = why; // it knows more than that the time was over
                }
            }
            end(settings.grace());
        } else if (settings.endsOnFailure()) {
            synchronized (this) {
                if (!running || stopping) {
                    return;
                }
                failure =
                        new ServiceFailure(
                                status.path(), Objects.requireNonNullElse(why.getCause(), why));
            }
            end(settings.grace());
        }
    }

    private void end(Duration grace) {
        synchronized (this) {
            stopping = true;
        }
        var _ =
                stop.apply(grace)
                        .whenComplete((report, thrown) -> {
                            if (report != null) {
                                synchronized (this) {
                                    others = report;
                                }
                            }
                        });
    }
}
