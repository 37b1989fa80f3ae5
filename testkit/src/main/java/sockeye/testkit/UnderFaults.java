// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;
import org.opentest4j.TestAbortedException;

import sockeye.testkit.FaultyKernel.Fault;

import java.io.IOException;
import java.util.Optional;

/**
 * Runs each test of a class under a {@link FaultyKernel} with the faults that nobody should notice:
 * interrupted calls, EAGAIN, short reads and writes, or with those of {@link WithFaults}.
 *
 * <p>The seed is that of the system property {@code seed}, else a new one, which is printed when a
 * test fails: {@code -Dseed=N} replays it.
 */
public final class UnderFaults
        implements BeforeEachCallback, AfterEachCallback, ExecutionCondition {
    private static final ExtensionContext.Namespace SPACE =
            ExtensionContext.Namespace.create(UnderFaults.class);

    /** For JUnit to make. */
    public UnderFaults() {}

    /** The seed for the next test. */
    public static long seed() {
        Long given = Long.getLong("seed");
        return given == null ? System.nanoTime() & 0xffff_ffffL : given;
    }

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        boolean exact = AnnotationSupport.isAnnotated(context.getElement(), ExactKernel.class);
        return exact
                ? ConditionEvaluationResult.disabled("it counts on single calls")
                : ConditionEvaluationResult.enabled("it sees the whole");
    }

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        FaultyKernel faults = FaultyKernel.install(seed());
        Optional<WithFaults> chosen =
                AnnotationSupport.findAnnotation(context.getRequiredTestClass(), WithFaults.class);
        if (chosen.isPresent()) {
            for (Fault each : chosen.get().value()) {
                faults.with(each, 0.05);
            }
        } else {
            faults.with(Fault.EINTR, 0.05)
                    .with(Fault.EAGAIN, 0.05)
                    .with(Fault.SHORT_READ, 0.1)
                    .with(Fault.SHORT_WRITE, 0.1);
        }
        context.getStore(SPACE).put("faults", faults);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        FaultyKernel faults = context.getStore(SPACE).remove("faults", FaultyKernel.class);
        if (faults != null) {
            faults.close();
            if (failed(context)) {
                System.err.println("*** " + context.getDisplayName() + " failed under " + faults);
            }
        }
    }

    private static boolean failed(ExtensionContext context) {
        return context.getExecutionException()
                .filter(thrown -> !(thrown instanceof TestAbortedException))
                .isPresent();
    }
}
