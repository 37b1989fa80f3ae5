// SPDX-License-Identifier: Apache-2.0

package sockeye.junit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.ReflectionSupport;

import sockeye.reactor.Reactor;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Gives a test of JUnit's a reactor, and sees to it afterwards:
 *
 * <pre>{@code
 * @ExtendWith(ReactorExtension.class)
 * class EchoTest {
 *     @Test
 *     void whatIsSaidComesBack(Simulator simulator) { … }
 *
 *     @SeededTest(200)
 *     void whateverTheNetworkDoes(Simulator simulator) { … }
 *
 *     @Test
 *     void onTheKernelToo(Reactor reactor) throws IOException { … }
 * }
 * }</pre>
 *
 * <p><b>Parameters</b> of tests and of what is done before and after each: a {@link Simulator}; a
 * {@link Reactor}, which is the simulator's if the test is a {@link SeededTest} or has one, and
 * else one on the kernel, that nobody runs yet; {@link ReportedFailures}, for a test that expects
 * some. All of one test are of the same reactor.
 *
 * <p><b>Afterwards</b> the reactor is stopped in order: listeners are closed, protocols told, and
 * their ends waited for, {@value #GRACE_SECONDS} seconds of its time. Then it is closed. The test
 * fails if a connection had to be cut off; if something was reported that nobody has {@linkplain
 * ReportedFailures#take() taken}; and if it leaves descriptors or threads, as {@link NoLeaks}
 * counts them. So tests that use it do not run at the same time as others. After a failure of its
 * own a test is not asked for more.
 */
public final class ReactorExtension
        implements BeforeEachCallback,
                AfterEachCallback,
                ParameterResolver,
                TestExecutionExceptionHandler,
                TestTemplateInvocationContextProvider {
    /** How long connections have to come to their end after a test, in seconds. */
    public static final int GRACE_SECONDS = 10;

    private static final ExtensionContext.Namespace SPACE =
            ExtensionContext.Namespace.create(ReactorExtension.class);
    private static final Set<Class<?>> GIVEN =
            Set.of(Simulator.class, Reactor.class, ReportedFailures.class);

    private final NoLeaks leaks = new NoLeaks();

    /** For JUnit to make. */
    public ReactorExtension() {}

    /** What one invocation of a seeded test knows. */
    private record Seeded(long seed, boolean alone) implements TestTemplateInvocationContext {
        @Override
        public String getDisplayName(int index) {
            return "seed " + seed;
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of((BeforeEachCallback) context -> store(context).put(Seeded.class, this));
        }
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(SPACE);
    }

    // Seeds.

    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return annotation(context) != null;
    }

    private static @Nullable SeededTest annotation(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getElement(), SeededTest.class)
                .orElse(null);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
            ExtensionContext context) {
        Long alone = Long.getLong(Seeds.PROPERTY);
        SeededTest wanted = annotation(context);
        if (alone != null || wanted == null) {
            return Stream.of(new Seeded(alone == null ? 1 : alone, true));
        }
        return LongStream.rangeClosed(1, wanted.value()).mapToObj(seed -> new Seeded(seed, false));
    }

    // One test.

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        leaks.beforeEach(context);
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return GIVEN.contains(parameter.getParameter().getType())
                && parameter.getDeclaringExecutable() instanceof Method
                && context.getTestMethod().isPresent();
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        try {
            TestedReactor tested = tested(context);
            Class<?> type = parameter.getParameter().getType();
            if (type == ReportedFailures.class) {
                return tested.failures();
            }
            return type == Simulator.class ? tested.simulator() : tested.reactor();
        } catch (IOException refused) {
            throw new ParameterResolutionException("no reactor", refused);
        }
    }

    private static TestedReactor tested(ExtensionContext context) throws IOException {
        TestedReactor known = store(context).get(TestedReactor.class, TestedReactor.class);
        if (known == null) {
            known = make(context);
            store(context).put(TestedReactor.class, known);
        }
        return known;
    }

    private static TestedReactor make(ExtensionContext context) throws IOException {
        Seeded seeded = store(context).get(Seeded.class, Seeded.class);
        SeededTest wanted = annotation(context);
        if (seeded != null && wanted != null) {
            SimulatorSettings network = ReflectionSupport.newInstance(wanted.network()).get();
            return TestedReactor.simulated(seeded.seed(), network, seeded.alone());
        }
        Long alone = Long.getLong(Seeds.PROPERTY);
        boolean simulated =
                Stream.of(context.getRequiredTestMethod().getParameterTypes())
                        .anyMatch(type -> type == Simulator.class);
        return simulated
                ? TestedReactor.simulated(
                        alone == null ? 1 : alone, SimulatorSettings.DEFAULT, alone != null)
                : TestedReactor.onTheKernel();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable thrown)
            throws Throwable {
        throw named(context, thrown);
    }

    /** The same with the seed, if there is one, and it is a failure. */
    private static Throwable named(ExtensionContext context, Throwable thrown) {
        Seeded seeded = store(context).get(Seeded.class, Seeded.class);
        boolean failure = !(thrown instanceof org.opentest4j.TestAbortedException);
        return seeded == null || !failure ? thrown : Seeds.failure(seeded.seed(), thrown);
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        TestedReactor tested = store(context).get(TestedReactor.class, TestedReactor.class);
        if (tested == null) {
            return;
        }
        if (context.getExecutionException().isPresent()) {
            tested.close();
            return;
        }
        try {
            tested.finish();
            leaks.afterEach(context);
        } catch (AssertionError failed) {
            if (named(context, failed) instanceof AssertionError told) {
                throw told;
            }
            throw failed;
        }
    }
}
