// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;

/**
 * The process that has taken over, as {@link Handover#await} tells of it.
 *
 * <p>From here on this process accepts no more: it closes its listeners, which the successor has,
 * finishes what it has begun, and ends. Closing this lets the successor know that it is done.
 */
public final class Successor implements AutoCloseable {
    private final MessageSocket connection;
    private final long pid;

    Successor(MessageSocket connection, long pid) {
        this.connection = connection;
        this.pid = pid;
    }

    /** Its number; 0 if it is not visible from here. */
    public long pid() {
        return pid;
    }

    /** Tells it how the draining went, in a line for people; nothing happens if it is gone. */
    public void report(String text) {
        try {
            HandoverRecord.of(HandoverRecord.Verb.REPORT).with("TEXT", text).send(connection);
        } catch (IOException gone) {
            // It has nobody to tell.
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }

    @Override
    public String toString() {
        return "Successor[" + pid + "]";
    }
}
