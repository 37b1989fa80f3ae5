// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.IOException;

/** A failure that is told in one line of our own, and ends the command with exit code 1. */
final class Failure extends IOException {
    private static final long serialVersionUID = 1;

    Failure(String message) {
        super(message);
    }

    Failure(String message, Throwable cause) {
        super(message, cause);
    }
}
