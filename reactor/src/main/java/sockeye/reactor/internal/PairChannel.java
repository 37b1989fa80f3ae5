// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.SocketType;

import java.io.IOException;
import java.util.Optional;

/** Two descriptors as one connection: one to read and one to write, or one of them alone. */
final class PairChannel extends Channel {
    private final StreamEnd reading;
    private final @Nullable StreamEnd writing;
    private final boolean readsOn;
    private boolean outputOpen;

    /**
     * A connection of two ends.
     *
     * @param writing null if it has none
     * @param readsOn whether the input goes on if nobody reads the output any more
     */
    PairChannel(StreamEnd reading, @Nullable StreamEnd writing, boolean readsOn) {
        this.reading = reading;
        this.writing = writing;
        this.readsOn = readsOn;
        this.outputOpen = writing != null;
    }

    @Override
    Receive receive(Operation.Owner owner) {
        return new Read(reading, owner);
    }

    @Override
    Send send(Operation.Owner owner) {
        // Without an output nothing is ever sent.
        return new Write(writing == null ? reading : writing, owner);
    }

    @Override
    void whenClosed(Runnable afterInput, Runnable afterOutput) {
        reading.whenClosed(afterInput);
        if (writing != null) {
            writing.whenClosed(afterOutput);
        }
    }

    @Override
    boolean readsOn() {
        return readsOn;
    }

    @Override
    boolean isInputAlone() {
        return writing == null;
    }

    @Override
    int type() {
        return SocketType.SOCK_STREAM;
    }

    @Override
    boolean halfCloses() {
        return true;
    }

    /** There is no peer of both whose end would say that it has read all. */
    @Override
    boolean lingers() {
        return false;
    }

    @Override
    boolean endsOutput() {
        return true;
    }

    @Override
    boolean takesFiles() {
        return false; // sendfile(2) would wait where nobody may make the output non-blocking
    }

    boolean hasInput(KernelDriver driver) {
        return reading.hasInput(driver);
    }

    /** Closes the descriptor that is written to. */
    int endOutput(KernelDriver driver) {
        StreamEnd end = writing;
        if (end != null && outputOpen) {
            outputOpen = false;
            end.close(driver);
        }
        return 0;
    }

    void close(KernelDriver driver) {
        endOutput(driver);
        reading.close(driver);
    }

    @Override
    @Nullable Endpoint peer() {
        return null;
    }

    @Override
    @Nullable Endpoint local() {
        return null;
    }

    @Override
    <T> Optional<T> unwrap(Class<T> kind) {
        return Optional.empty();
    }

    @Override
    IOException failure(String operation, int result, @Nullable Endpoint peer) {
        boolean read = operation.equals("recv");
        StreamEnd end = read || writing == null ? reading : writing;
        String call = read ? "read" : "write";
        return ErrnoFailure.of(call, -result, end.describe(), null, null, 0);
    }

    @Override
    int encode(Endpoint peer, Chunk chunk) {
        throw new AssertionError("no messages");
    }

    @Override
    int sender(Chunk chunk, byte[] address) {
        throw new AssertionError("no messages");
    }

    @Override
    @Nullable Endpoint decode(Chunk chunk) {
        throw new AssertionError("no messages");
    }
}
