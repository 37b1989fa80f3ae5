// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;

/**
 * How a reactor, a group of them, a listener or a {@link ServiceHost} stopped.
 *
 * @param finished connections, and sockets of messages, that ended by themselves after the stop
 *     began
 * @param cutOff those that were still there when the time was over, and were aborted
 * @param unsent how many bytes those had written that not even the kernel had taken
 * @param handled how many datagrams that were queued a {@link ServiceHost} of datagrams still
 *     handled; of the others 0
 * @param took how long it took
 */
public record DrainReport(int finished, int cutOff, long unsent, long handled, Duration took) {
    /** Nothing was there. */
    public static final DrainReport NOTHING = new DrainReport(0, 0, 0, 0, Duration.ZERO);

    /** The report of two that stopped at the same time. */
    public DrainReport and(DrainReport other) {
        return new DrainReport(
                finished + other.finished,
                cutOff + other.cutOff,
                unsent + other.unsent,
                handled + other.handled,
                took.compareTo(other.took) < 0 ? other.took : took);
    }
}
