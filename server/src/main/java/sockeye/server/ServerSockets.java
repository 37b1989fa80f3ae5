// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Endpoint;
import sockeye.Role;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The sockets of one server: all of them, or none. */
final class ServerSockets {
    private ServerSockets() {}

    /** Opens a socket. */
    interface Opening<R extends Role> {
        R open(Endpoint endpoint) throws IOException;
    }

    /** Opens one for each, or none. */
    static <R extends Role> List<R> open(List<? extends Endpoint> endpoints, Opening<R> opening)
            throws IOException {
        var open = new ArrayList<R>();
        try {
            for (Endpoint endpoint : endpoints) {
                open.add(opening.open(endpoint));
            }
            return open;
        } catch (IOException | RuntimeException | Error failed) {
            for (R each : open) {
                try {
                    each.close();
                } catch (IOException also) {
                    failed.addSuppressed(also);
                }
            }
            throw failed;
        }
    }

    static <T> List<T> some(List<T> sockets) {
        if (sockets.isEmpty()) {
            throw new IllegalArgumentException("nowhere to serve");
        }
        return List.copyOf(sockets);
    }
}
