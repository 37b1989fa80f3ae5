// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.time.Duration;

/**
 * How a server stopped.
 *
 * @param finished connections that ended by themselves after the stop began
 * @param cutOff connections that were still there when the time was over, and were closed
 * @param took how long it took
 */
public record StopReport(int finished, int cutOff, Duration took) {}
