// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/** At which point of a {@linkplain Reactor#run() start}. */
public enum StartPhase {
    /**
     * Before anybody is accepted: who comes meanwhile waits in the kernel. What it waits for holds
     * up the rest; clients, timers, and sockets of datagrams go on.
     */
    BEFORE,
    /** As listeners begin to accept. What it waits for holds up what comes after. */
    DURING,
    /** When all that has been done. Nothing is waited for. */
    AFTER
}
