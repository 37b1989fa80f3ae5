// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.Optional;

/** How a child has ended: by itself, or by a signal. */
public sealed interface ChildExit {
    /** Whether it ended by itself with status 0. */
    default boolean isSuccess() {
        return this instanceof Exited(int status) && status == 0;
    }

    /** The status as a shell has it: that of exit(3), or 128 and the number of the signal. */
    default int shellStatus() {
        return switch (this) {
            case Exited(int status) -> status;
            case Killed(int number, boolean dumped) -> 128 + number;
        };
    }

    /**
     * It called exit(3), or returned from main.
     *
     * @param status 0 to 255
     */
    record Exited(int status) implements ChildExit {}

    /**
     * A signal ended it.
     *
     * @param number the signal's
     * @param coreDumped whether there is a core
     */
    record Killed(int number, boolean coreDumped) implements ChildExit {
        /** The signal; empty for a real-time one. */
        public Optional<ProcessSignal> signal() {
            return ProcessSignal.of(number);
        }
    }
}
