// SPDX-License-Identifier: Apache-2.0

package sockeye.junit;

import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.SimulatorSettings;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.function.Supplier;

/**
 * A test that is run in many simulations, each with another seed, and is named after it:
 *
 * <pre>{@code
 * @SeededTest(200)
 * void nothingIsLostWhateverTheNetworkDoes(Simulator simulator) { … }
 * }</pre>
 *
 * <p>{@code seed 17 failed; -Dsockeye.simulator.seed=17 replays it alone}: with the system property
 * of {@link Seeds#PROPERTY} set, only that seed is run, and its history is printed to the standard
 * error output. Parameters and what is checked afterwards are those of {@link ReactorExtension}.
 */
@Documented
@Target({ElementType.METHOD, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(ReactorExtension.class)
public @interface SeededTest {
    /** How many seeds, from 1 on. */
    int value() default 100;

    /** What the network is like: a class with a constructor without parameters. */
    Class<? extends Supplier<SimulatorSettings>> network() default Usual.class;

    /** {@link SimulatorSettings#DEFAULT}. */
    final class Usual implements Supplier<SimulatorSettings> {
        /** For the extension to make. */
        public Usual() {}

        @Override
        public SimulatorSettings get() {
            return SimulatorSettings.DEFAULT;
        }
    }
}
