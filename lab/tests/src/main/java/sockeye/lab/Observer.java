// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;

import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

import sockeye.lab.Outcome.Kind;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Writes down what becomes of each test, as it goes, and ends the JVM over one that does not end.
 */
final class Observer implements TestExecutionListener, AutoCloseable {
    /** Seconds after which a test counts as hanging: four times what the slowest take here. */
    static final int PATIENCE = Integer.getInteger("sockeye.lab.patience", 120);

    /** How the JVM ends over a test that does not. */
    static final int HUNG = 99;

    private final Path reports;
    private final BufferedWriter outcomes;
    private final ScheduledExecutorService clock =
            Executors.newSingleThreadScheduledExecutor(
                    body -> Thread.ofPlatform().daemon().name("watchdog").unstarted(body));
    private final Map<String, Begun> begun = new ConcurrentHashMap<>();
    private @Nullable TestPlan plan;

    private record Begun(long nanos, ScheduledFuture<?> alarm) {}

    /** Writes below a directory that outlives the lab. */
    Observer(Path reports) throws IOException {
        this.reports = reports;
        this.outcomes = Files.newBufferedWriter(reports.resolve(InTheLab.OUTCOMES));
        // Made now, so that no test is blamed for its thread.
        clock.execute(() -> {});
    }

    @Override
    public void testPlanExecutionStarted(TestPlan started) {
        plan = started;
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (test.isTest()) {
            write(outcome(Kind.BEGUN, test, 0, ""));
            var alarm = clock.schedule(() -> hung(test), PATIENCE, TimeUnit.SECONDS);
            begun.put(test.getUniqueId(), new Begun(System.nanoTime(), alarm));
        }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        write(outcome(Kind.SKIPPED, test, 0, reason));
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        var started = begun.remove(test.getUniqueId());
        long millis = 0;
        if (started != null) {
            started.alarm.cancel(false);
            millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started.nanos);
        }
        // A container tells only what kept its tests from running.
        if (test.isTest() || result.getStatus() != TestExecutionResult.Status.SUCCESSFUL) {
            var thrown = result.getThrowable();
            switch (result.getStatus()) {
                case SUCCESSFUL -> write(outcome(Kind.PASSED, test, millis, ""));
                case ABORTED ->
                        write(
                                outcome(
                                        Kind.SKIPPED,
                                        test,
                                        millis,
                                        thrown.map(Throwable::getMessage).orElse("")));
                case FAILED ->
                        write(
                                outcome(
                                        Kind.FAILED,
                                        test,
                                        millis,
                                        thrown.map(Observer::trace).orElse("no reason")));
            }
        }
    }

    private void hung(TestIdentifier test) {
        Path dump = reports.resolve("threads");
        var why = "does not end: " + PATIENCE + " s";
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), ThreadDumpFormat.TEXT_PLAIN);
            why += "\n" + Files.readString(dump);
        } catch (IOException | RuntimeException failed) {
            why += "\nno threads to show: " + failed;
        }
        write(outcome(Kind.FAILED, test, TimeUnit.SECONDS.toMillis(PATIENCE), why));
        Runtime.getRuntime().halt(HUNG);
    }

    private static String trace(Throwable thrown) {
        var text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    private Outcome outcome(Kind kind, TestIdentifier test, long millis, String why) {
        var name =
                switch (test.getSource().orElse(null)) {
                    case MethodSource method ->
                            method.getClassName() + "." + method.getMethodName();
                    case ClassSource type -> type.getClassName();
                    case null, default -> test.getDisplayName();
                };
        Deque<String> variant = new ArrayDeque<>();
        for (TestIdentifier each = test; each != null; each = parent(each)) {
            var type = each.getUniqueIdObject().getLastSegment().getType();
            if (type.endsWith("invocation") || type.startsWith("dynamic")) {
                variant.push(each.getDisplayName());
            }
        }
        return new Outcome(kind, name, String.join(" ", variant), millis, why);
    }

    private @Nullable TestIdentifier parent(TestIdentifier test) {
        return plan == null ? null : plan.getParent(test).orElse(null);
    }

    private synchronized void write(Outcome outcome) {
        try {
            outcomes.write(outcome.line());
            outcomes.newLine();
            outcomes.flush();
        } catch (IOException full) {
            throw new UncheckedIOException(full);
        }
    }

    @Override
    public void close() throws IOException {
        clock.shutdownNow();
        outcomes.close();
    }
}
