// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.List;

/**
 * Which driver a reactor has, and why.
 *
 * @param kind the driver
 * @param why one sentence: that it was asked for, that it is the best here, or what the kernel
 *     refused, {@code "EPERM: io_uring is disabled by seccomp or sysctl"}
 * @param features what the kernel has of what the driver can use, by the kernel's names
 * @param missing what it has not, or what was masked; the driver then does without
 */
public record DriverReport(
        DriverKind kind, String why, List<String> features, List<String> missing) {
    /** Copies the lists. */
    public DriverReport {
        features = List.copyOf(features);
        missing = List.copyOf(missing);
    }
}
