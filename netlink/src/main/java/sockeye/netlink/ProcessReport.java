// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.time.Duration;

/**
 * An event of a process, with where and when it happened.
 *
 * @param event what happened
 * @param cpu the processor that it happened on; −1 if it is not told
 * @param time since the machine was started, suspended time left out (CLOCK_MONOTONIC)
 */
public record ProcessReport(ProcessEvent event, int cpu, Duration time) {}
