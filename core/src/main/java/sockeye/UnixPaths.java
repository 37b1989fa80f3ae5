// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** What a path name of a Unix socket needs beside the calls that take it. */
final class UnixPaths {
    private UnixPaths() {}

    /** An endpoint whose path fits a struct sockaddr_un, for the length of one call. */
    record Shortened(@Nullable Endpoint endpoint) implements AutoCloseable {
        @Override
        public void close() {}
    }

    /** The same file by a shorter name, if need be. */
    static Shortened shorten(@Nullable Endpoint endpoint) {
        return new Shortened(endpoint);
    }

    /** The name of a bound socket, and the file that it made. */
    record Bound(Endpoint endpoint) {
        /** Removes the file if it is still the one that was made. */
        void unlink() {}
    }

    /** Binds a socket by the rules; null if there is no file to care for. */
    static @Nullable Bound bind(LinuxSocket socket, Endpoint local, ListenSettings rules)
            throws IOException {
        socket.bind(local);
        return null;
    }
}
