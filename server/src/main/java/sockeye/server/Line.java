// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

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
     * Sends what goes of the output without waiting for room.
     *
     * @return whether that was all
     */
    boolean sendNow(Output output) throws IOException;

    /** Sends all that is left of the output. */
    void send(Output output) throws IOException;

    /** Sends all of the bytes. */
    void send(byte[] bytes) throws IOException;

    /** Who bounds the memory of those who wait in a send; null if nobody does. */
    @Nullable Arrears arrears();

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
