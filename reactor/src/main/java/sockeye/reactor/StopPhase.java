// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/** At which point of an orderly {@linkplain Reactor#stop(java.time.Duration) stop}. */
public enum StopPhase {
    /** Before anything changes: listeners still accept. What it waits for holds up the rest. */
    BEFORE,
    /** While the protocols are told and connections end. What it waits for is waited for too. */
    DURING,
    /** When all have gone, before {@link Reactor#run()} returns. Nothing is waited for. */
    AFTER
}
