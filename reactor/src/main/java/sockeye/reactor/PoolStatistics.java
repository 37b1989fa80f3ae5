// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * What a {@link ConnectionPool} has and has done.
 *
 * @param leased connections that somebody has
 * @param idle those that nobody has
 * @param checking those that are being checked
 * @param connecting those that are being made
 * @param waiting how many wait for one
 * @param made how many were ever made
 * @param reused how often one was handed out again
 * @param failed how often one could not be made
 */
public record PoolStatistics(
        int leased,
        int idle,
        int checking,
        int connecting,
        int waiting,
        long made,
        long reused,
        long failed) {
    /** How many connections there are, and are being made. */
    public int total() {
        return leased + idle + checking + connecting;
    }
}
