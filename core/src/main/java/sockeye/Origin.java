// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * Where a socket connects from.
 *
 * @param local its own name; null for the kernel's choice
 * @param file the rules about the file of a path
 */
record Origin(@Nullable Endpoint local, ListenSettings file) {
    static final Origin ANY = new Origin(null, ListenSettings.DEFAULT);

    /** Gives a socket that name; the file to care for, if there is one. */
    UnixPaths.@Nullable Bound bind(LinuxSocket socket) throws IOException {
        return local == null ? null : UnixPaths.bind(socket, local, file, false);
    }
}
