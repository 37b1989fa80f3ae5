// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.ProcessSignal;

import java.util.List;
import java.util.Optional;

/**
 * How a {@link ServiceProgram} ended.
 *
 * @param signals those that came, in order: the first asked it to stop, the second cut it off
 * @param failure of the service for which it ended ({@link ProgramSettings#endsOnFailure})
 * @param services how its services stopped
 * @param others how connections ended that belonged to none of them, such as a client's without a
 *     service
 */
public record ProgramReport(
        List<ProcessSignal> signals,
        Optional<ServiceFailure> failure,
        TreeReport services,
        DrainReport others) {
    /** Keeps the list as it is now. */
    public ProgramReport {
        signals = List.copyOf(signals);
    }

    /** Whether no service has ended it, and all stopped in order. */
    public boolean isInOrder() {
        return failure.isEmpty() && services.isInOrder() && others.cutOff() == 0;
    }
}
