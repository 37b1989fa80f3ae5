// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * How a {@link ServiceProgram} is to run.
 *
 * @param startLimit how long all of its services may take to start, more than zero
 * @param grace how long it may take to stop in order
 * @param signals whether SIGTERM, SIGINT and SIGHUP stop it; if not, what a service does
 * @param endsOnFailure whether it stops, too, when a service fails by itself
 * @param group its reactors: one is run by the thread that calls, several have threads of their own
 * @param observer told each change of a state, on the thread of a reactor
 */
public record ProgramSettings(
        Duration startLimit,
        Duration grace,
        boolean signals,
        boolean endsOnFailure,
        GroupSettings group,
        Consumer<? super ServiceStatus> observer) {
    /**
     * A minute to start, ten seconds to stop, by signals, one reactor; it goes on if a service
     * fails, and nobody is told.
     */
    public static final ProgramSettings DEFAULT =
            new ProgramSettings(
                    Duration.ofMinutes(1),
                    Duration.ofSeconds(10),
                    true,
                    false,
                    GroupSettings.DEFAULT.withReactors(1),
                    status -> {});

    /** Checks the parts. */
    public ProgramSettings {
        Objects.requireNonNull(group);
        Objects.requireNonNull(observer);
        if (!startLimit.isPositive()) {
            throw new IllegalArgumentException("so long to start: " + startLimit);
        }
        if (grace.isNegative()) {
            throw new IllegalArgumentException("so long to stop: " + grace);
        }
    }

    /** The same with another time to start. */
    public ProgramSettings withStartLimit(Duration startLimit) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }

    /** The same with another time to stop. */
    public ProgramSettings withGrace(Duration grace) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }

    /** The same stopped by signals, or not. */
    public ProgramSettings withSignals(boolean signals) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }

    /** The same stopped by the failure of a service, or not. */
    public ProgramSettings withEndsOnFailure(boolean endsOnFailure) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }

    /** The same on so many reactors. */
    public ProgramSettings withReactors(int reactors) {
        return withGroup(group.withReactors(reactors));
    }

    /** The same on other reactors. */
    public ProgramSettings withGroup(GroupSettings group) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }

    /** The same with somebody told. */
    public ProgramSettings withObserver(Consumer<? super ServiceStatus> observer) {
        return new ProgramSettings(startLimit, grace, signals, endsOnFailure, group, observer);
    }
}
