// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.AccessFormat;

import java.io.Flushable;
import java.io.IOException;

/** Writes a line for each connection when it is over. */
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
