// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;

import org.jspecify.annotations.Nullable;

import sockeye.LinuxSocket;

import java.io.IOException;

/** A descriptor that is kept for the moment when there is no other. For one thread. */
final class Reserve {
    private @Nullable LinuxSocket held;

    /** Has one, if there is one to be had. */
    void hold() {
        if (held == null) {
            try {
                held = LinuxSocket.socket(AF_UNIX, SOCK_DGRAM);
            } catch (IOException none) {
                // A later time.
            }
        }
    }

    /** Gives its descriptor back to the process. */
    void spend() {
        LinuxSocket one = held;
        held = null;
        if (one != null) {
            try {
                one.close();
            } catch (IOException closedNevertheless) {
                // The descriptor is gone, as it shall be.
            }
        }
    }
}
