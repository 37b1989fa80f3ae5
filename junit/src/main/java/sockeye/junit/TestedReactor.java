// SPDX-License-Identifier: Apache-2.0

package sockeye.junit;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DrainReport;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The reactor of one test, and what has to be true of it at the end. */
final class TestedReactor {
    private static final Duration GRACE = Duration.ofSeconds(ReactorExtension.GRACE_SECONDS);

    private final @Nullable Simulator simulator;
    private final Reactor reactor;
    private final ReportedFailures failures;

    private TestedReactor(
            @Nullable Simulator simulator, Reactor reactor, ReportedFailures failures) {
        this.simulator = simulator;
        this.reactor = reactor;
        this.failures = failures;
    }

    static TestedReactor simulated(long seed, SimulatorSettings network, boolean printed) {
        var failures = new ReportedFailures();
        var made = Simulator.of(seed, network, settings(failures));
        if (printed) {
            made.history(System.err::println);
        }
        return new TestedReactor(made, made.reactor(), failures);
    }

    static TestedReactor onTheKernel() throws IOException {
        var failures = new ReportedFailures();
        return new TestedReactor(null, Reactor.open(settings(failures)), failures);
    }

    private static ReactorSettings settings(ReportedFailures failures) {
        return ReactorSettings.DEFAULT.withFailures(failures::add);
    }

    ReportedFailures failures() {
        return failures;
    }

    Reactor reactor() {
        return reactor;
    }

    Simulator simulator() {
        if (simulator == null) {
            throw new IllegalStateException(
                    "what is done before and after a test gets a"
                            + " simulator only if the test has one, too");
        }
        return simulator;
    }

    void close() {
        if (simulator != null) {
            simulator.close();
        } else {
            reactor.close();
        }
    }

    /** Stops and closes it, and fails if something is left. */
    void finish() throws Exception {
        DrainReport report;
        try {
            report = stop();
        } finally {
            close();
        }
        if (report.cutOff() > 0) {
            throw new AssertionError(
                    "%d connections were left, and did not end when they were told to"
                            .formatted(report.cutOff()));
        }
        List<Throwable> reported = failures.take();
        if (!reported.isEmpty()) {
            Throwable first = reported.getFirst();
            var failed = new AssertionError("the reactor has reported " + first, first);
            reported.stream().skip(1).forEach(failed::addSuppressed);
            throw failed;
        }
    }

    private DrainReport stop() throws Exception {
        CompletableFuture<DrainReport> stopped = reactor.stop(GRACE);
        if (stopped.isCompletedExceptionally()) {
            return DrainReport.NOTHING; // the test has closed it
        }
        if (simulator != null) {
            simulator.settle();
        } else if (!reactor.isRunning()) {
            run();
        }
        try {
            return stopped.get(2 * GRACE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException never) {
            throw new AssertionError("the reactor does not stop", never);
        }
    }

    private void run() throws InterruptedException {
        // Not here, for this may be a virtual thread.
        var failed = new Throwable[1];
        Thread runner =
                Thread.ofPlatform()
                        .name("test-reactor")
                        .start(() -> {
                            try {
                                reactor.run();
                            } catch (IOException refused) {
                                failed[0] = new UncheckedIOException(refused);
                            } catch (RuntimeException refused) {
                                failed[0] = refused;
                            }
                        });
        runner.join();
        if (failed[0] != null) {
            throw new AssertionError(failed[0]);
        }
    }
}
