// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;

/** Closing on the way out of a failure. */
final class Closing {
    private Closing() {}

    /**
     * shutdown(2) of one direction.
     *
     * @throws UnsupportedOperationException if the family has no such thing
     */
    static void half(LinuxSocket socket, int how) throws IOException {
        try {
            socket.shutdown(how);
        } catch (SocketFailure refused) {
            if (!refused.errno().equals(Errno.EINVAL)) {
                throw refused;
            }
            String transport =
                    EndpointSpec.describe(socket.family(), socket.type(), socket.protocol(), null);
            throw new UnsupportedOperationException(
                    transport + " ends both directions at once: close it instead", refused);
        }
    }

    /** Closes; what goes wrong is suppressed in the failure that is already on its way. */
    static void quietly(AutoCloseable thing, Throwable failure) {
        try {
            thing.close();
        } catch (Exception second) {
            failure.addSuppressed(second);
        }
    }
}
