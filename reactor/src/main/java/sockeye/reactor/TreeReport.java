// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;
import java.util.List;

/**
 * How a {@link ServiceTree} stopped.
 *
 * @param services each of its services that was stopped, in the order in which they were; for a
 *     tree inside it those of that
 * @param took how long it took
 */
public record TreeReport(List<ServiceReport> services, Duration took) {
    /** Nothing was there to be stopped. */
    public static final TreeReport NOTHING = new TreeReport(List.of(), Duration.ZERO);

    /** Keeps the list as it is now. */
    public TreeReport {
        services = List.copyOf(services);
    }

    /** How the connections of all of them ended, and how long it took. */
    public DrainReport connections() {
        DrainReport all = new DrainReport(0, 0, 0, 0, took);
        for (ServiceReport each : services) {
            all = all.and(each.connections());
        }
        return all;
    }

    /** Whether nothing was cut off, left behind, or failed. */
    public boolean isInOrder() {
        return services.stream().allMatch(each -> each.outcome() == ServiceReport.Outcome.IN_ORDER);
    }
}
