// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

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
    private final @Nullable ServerConnection connection;

    /**
     * @param connection whose stream it is; null if it is none of a server's
     */
    StreamLine(ByteStream stream, @Nullable ServerConnection connection) {
        this.stream = stream;
        this.connection = connection;
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

    /** What would have to wait is not known before. */
    @Override
    public boolean sendNow(Output output) {
        return output.remaining() == 0;
    }

    @Override
    public void send(Output output) throws IOException {
        ByteBuffer collected = output.collected();
        if (collected.hasRemaining()) {
            stream.write(collected);
        }
        ByteBuffer passed = output.passed();
        if (passed != null && passed.hasRemaining()) {
            stream.write(passed);
        }
        stream.flush();
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        stream.write(bytes);
        stream.flush();
    }

    @Override
    public @Nullable Arrears arrears() {
        return connection == null ? null : connection.arrears();
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
        checkTime();
        try {
            stream.awaitInput();
        } catch (SocketTimeoutException awake) {
            // The next read is the one that the machine wants.
        }
        checkTime();
    }

    /** A limit sets the deadline too, which is ours here: so it is asked for. */
    private void checkTime() throws SocketTimeoutException {
        if (connection != null) {
            connection.checkTime();
        }
    }

    /** A stream that a server stops ends by itself. */
    @Override
    public boolean stopping() {
        return false;
    }
}
