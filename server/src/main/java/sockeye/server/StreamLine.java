// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.wire.Output;
import sockeye.wire.StreamMachine;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Any stream, by what every stream can: a read that must not wait has a deadline in the past. */
final class StreamLine implements Line {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private final ByteStream stream;

    StreamLine(ByteStream stream) {
        this.stream = stream;
    }

    @Override
    public int read(byte[] bytes, int length) throws IOException {
        stream.readDeadline(PASSED);
        try {
            int count = stream.read(bytes, 0, length);
            return count < 0 ? END : count;
        } catch (SocketTimeoutException nothing) {
            return NOTHING;
        }
    }

    @Override
    public boolean drained() {
        return false;
    }

    @Override
    public boolean send(Output output) throws IOException {
        boolean something = false;
        ByteBuffer collected = output.collected();
        if (collected.hasRemaining()) {
            stream.write(collected);
            something = true;
        }
        ByteBuffer passed = output.passed();
        if (passed != null && passed.hasRemaining()) {
            stream.write(passed);
            something = true;
        }
        if (something) {
            stream.flush();
        }
        return something;
    }

    @Override
    public void shutdownOutput() throws IOException {
        stream.shutdownOutput();
    }

    @Override
    public void await(long wakeAt) throws IOException {
        stream.readDeadline(
                wakeAt == StreamMachine.NEVER
                        ? Deadline.NONE
                        : Deadline.after(Duration.ofNanos(wakeAt - System.nanoTime())));
        try {
            stream.awaitInput();
        } catch (SocketTimeoutException awake) {
            // The next read is the one that the machine wants.
        }
    }

    /** A stream that a server stops ends by itself. */
    @Override
    public boolean stopping() {
        return false;
    }
}
