// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * What a {@link Service} of a tree is doing, and the tree itself.
 *
 * <pre>
 *   Stopped ──start──► Starting ──started──► Running ──stop──► Stopping ──ended──► Stopped
 *                         │                     │                  │
 *                         └──────── failed ─────┴── failed, late ──┴─────────────► Failed
 * </pre>
 */
public sealed interface ServiceState {
    /** Nothing: it was not started yet, or has stopped. */
    record Stopped() implements ServiceState {}

    /** Its start is not complete. */
    record Starting() implements ServiceState {}

    /** It was started, and not stopped. */
    record Running() implements ServiceState {}

    /** Its stop is not complete. */
    record Stopping() implements ServiceState {}

    /**
     * It has failed to start, failed by itself while it ran, or failed to stop. It can be started
     * again; one that failed while it ran is stopped with its tree.
     */
    record Failed(ServiceFailure why) implements ServiceState {}
}
