// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.ReactorSettings;

import java.util.ArrayList;
import java.util.List;

/**
 * Runs a scenario in many simulations, each with another seed, and names the one that fails:
 *
 * <pre>{@code
 * @Test
 * void nothingIsLostWhateverTheNetworkDoes() {
 *     Seeds.each(100, SimulatorSettings.DEFAULT.withResets(0.001), simulator -> { … });
 * }
 * }</pre>
 *
 * <p>{@code AssertionError: seed 17 failed; -Dsockeye.simulator.seed=17 replays it alone}: with the
 * system property set, only that seed is run, and its history is printed to the standard error
 * output.
 */
public final class Seeds {
    /** The system property that says which seed is to be run alone. */
    public static final String PROPERTY = "sockeye.simulator.seed";

    /** What is run in a simulation, and throws if it went wrong. */
    @FunctionalInterface
    public interface Scenario {
        /** Sets up, lets time pass, and looks. */
        void run(Simulator simulator) throws Exception;
    }

    private Seeds() {}

    /** Runs a scenario with the seeds 1 to so many, in a network with the default settings. */
    public static void each(int count, Scenario scenario) {
        each(count, SimulatorSettings.DEFAULT, scenario);
    }

    /**
     * Runs a scenario with the seeds 1 to so many.
     *
     * @throws AssertionError with what the first scenario that failed has thrown, or a task of its
     *     reactor's, as the cause
     */
    public static void each(int count, SimulatorSettings settings, Scenario scenario) {
        Long alone = Long.getLong(PROPERTY);
        if (alone != null) {
            Throwable failed = run(alone, settings, scenario, new ArrayList<>(), true);
            if (failed != null) {
                throw failure(alone, failed);
            }
            return;
        }
        for (long seed = 1; seed <= count; seed++) {
            Throwable failed = run(seed, settings, scenario, null, false);
            if (failed != null) {
                throw failure(seed, failed);
            }
        }
    }

    /**
     * What is thrown for a scenario that failed: it names the seed, and says how that is run alone.
     *
     * @param failed what the scenario has thrown
     */
    public static AssertionError failure(long seed, Throwable failed) {
        String told =
                "seed %d failed; -D%s=%d replays it alone: %s"
                        .formatted(seed, PROPERTY, seed, failed);
        return new AssertionError(told, failed);
    }

    /**
     * What happens with one seed: all that the network does, and what the scenario {@linkplain
     * Simulator#note notes}, each line with its time.
     *
     * @throws AssertionError as above
     */
    public static List<String> history(long seed, SimulatorSettings settings, Scenario scenario) {
        var lines = new ArrayList<String>();
        Throwable failed = run(seed, settings, scenario, lines, false);
        if (failed != null) {
            throw failure(seed, failed);
        }
        return lines;
    }

    /**
     * Runs a scenario twice with one seed, and compares the histories; whether it fails is part of
     * them. One that is not the same has something in it that the seed does not decide: a clock, a
     * thread, a hash code.
     *
     * @return the history
     * @throws AssertionError that shows the first line which is not the same
     */
    public static List<String> replay(long seed, SimulatorSettings settings, Scenario scenario) {
        List<String> first = whole(seed, settings, scenario);
        List<String> second = whole(seed, settings, scenario);
        for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
            String one = i < first.size() ? first.get(i) : "nothing more";
            String other = i < second.size() ? second.get(i) : "nothing more";
            if (!one.equals(other)) {
                throw new AssertionError(
                        "seed %d does not replay: line %d was \"%s\", and then \"%s\""
                                .formatted(seed, i + 1, one, other));
            }
        }
        return first;
    }

    private static List<String> whole(long seed, SimulatorSettings settings, Scenario scenario) {
        var lines = new ArrayList<String>();
        Throwable failed = run(seed, settings, scenario, lines, false);
        if (failed != null) {
            lines.add("failed: " + failed);
        }
        return lines;
    }

    private static @Nullable Throwable run(
            long seed,
            SimulatorSettings settings,
            Scenario scenario,
            @Nullable List<String> lines,
            boolean print) {
        List<Throwable> failures = new ArrayList<>();
        ReactorSettings reactor = ReactorSettings.DEFAULT.withFailures(failures::add);
        try (var simulator = Simulator.of(seed, settings, reactor)) {
            if (lines != null) {
                simulator.history(line -> {
                    lines.add(line);
                    if (print) {
                        System.err.println(line);
                    }
                });
            }
            scenario.run(simulator);
        } catch (Throwable thrown) {
            failures.addFirst(thrown);
        }
        return failures.isEmpty() ? null : failures.getFirst();
    }
}
