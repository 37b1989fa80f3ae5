// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that a server's drivers hold for answers which the peers do not take: as long as there
 * is plenty, a driver that has to wait keeps its {@link Workspace}; then only a copy of what is
 * left to send; and when that is too much too, the connection that needs more is closed, rather
 * than the others made to wait.
 */
final class Arrears {
    private final long most;
    private final AtomicLong held = new AtomicLong();

    Arrears(long most) {
        this.most = most;
    }

    /** Whether so many bytes may be held for convenience; if so, they are. */
    boolean afford(int bytes) {
        if (held.addAndGet(bytes) <= most / 2) {
            return true;
        }
        held.addAndGet(-bytes);
        return false;
    }

    /** Holds so many bytes. */
    void hold(int bytes) throws IOException {
        if (held.addAndGet(bytes) > most) {
            held.addAndGet(-bytes);
            throw new IOException(
                    "peers that take no answers hold the %d bytes that they may".formatted(most));
        }
    }

    void free(int bytes) {
        held.addAndGet(-bytes);
    }

    long held() {
        return held.get();
    }
}
