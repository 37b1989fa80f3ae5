// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AccessRecord;
import sockeye.wire.Rejection;

import java.io.Flushable;
import java.io.IOException;
import java.time.Instant;

/** Writes a line for each connection when it is over, or was not let in. */
final class AccessLog implements ServerObserver {
    private final AccessFormat format;
    private final Appendable out;
    private boolean broken; // guarded by this

    AccessLog(AccessFormat format, Appendable out) {
        this.format = format;
        this.out = out;
    }

    @Override
    public void closed(ServerConnection connection) {
        write(format.line(connection.record()) + "\n");
    }

    @Override
    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
        if (!isServed(local)) {
            write(format.line(AccessRecord.rejected(Instant.now(), peer, local, why)) + "\n");
        }
    }

    /** Whether it is the connection of this thread, which has a line when it is closed. */
    private static boolean isServed(Endpoint local) {
        return ServerConnection.CURRENT.isBound()
                && ServerConnection.CURRENT.get().local().equals(local);
    }

    /** Whole lines, each at once, in the order of the ends. */
    private synchronized void write(String line) {
        try {
            out.append(line);
            if (out instanceof Flushable flushable) {
                flushable.flush();
            }
            broken = false;
        } catch (IOException lost) {
            // A full disk shall not fill the other log too.
            if (!broken) {
                broken = true;
                System.getLogger("sockeye.server")
                        .log(System.Logger.Level.WARNING, "the access log loses lines", lost);
            }
        }
    }
}
