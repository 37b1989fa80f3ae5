// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.Output;
import sockeye.wire.StreamMachine;

import java.io.IOException;

/** A stream as the driver of a machine uses it: reads that do not wait, and waits that read not. */
sealed interface Line permits SocketLine, StreamLine {
    /** For {@link #read}: nothing queued. */
    int NOTHING = 0;

    /** For {@link #read}: the peer will send no more. */
    int END = -1;

    /** Reads what is queued, without waiting; a count, {@link #NOTHING} or {@link #END}. */
    int read(byte[] bytes, int length) throws IOException;

    /** Whether the read just made, which brought something, proves that nothing more is queued. */
    boolean drained();

    /**
     * Sends all that the output has.
     *
     * @return whether it may have had to wait for room
     */
    boolean send(Output output) throws IOException;

    /** Ends the sending. */
    void shutdownOutput() throws IOException;

    /**
     * Waits until a read would find something, until a time, or until the server stops; maybe
     * shorter.
     *
     * @param wakeAt a time of {@link System#nanoTime}, or {@link StreamMachine#NEVER}
     */
    void await(long wakeAt) throws IOException;

    /** Whether the server stops: then what was read so far is all. */
    boolean stopping();
}
