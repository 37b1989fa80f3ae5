// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * How a service of a tree stopped.
 *
 * @param path of the service, in the tree that tells it
 * @param outcome how it went
 * @param why what its stop has thrown, or failed with; null if it has not
 * @param connections how its connections ended
 * @param took how long it took
 */
public record ServiceReport(
        String path,
        Outcome outcome,
        @Nullable Throwable why,
        DrainReport connections,
        Duration took) {
    /** How a stop went. */
    public enum Outcome {
        /** All came to an end in time. */
        IN_ORDER,
        /** It has stopped, but its time was over: something of it was cut off. */
        CUT_OFF,
        /** It did not stop although it was told to do so at once, and nobody waits for it. */
        LEFT_BEHIND,
        /** It threw something; what may be left of it is its own business. */
        FAILED
    }

    /** The same as it is told by the tree above. */
    ServiceReport below(String name) {
        return new ServiceReport(name + "/" + path, outcome, why, connections, took);
    }
}
