// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LineReader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * The least that has all the trouble of TLS: a greeting from both sides, every byte changed on its
 * way, and an end that is said rather than seen.
 */
final class Masking implements ByteStream {
    static final byte GREETING = '!';

    /** Ends the sending; cannot be sent masked. */
    static final byte FAREWELL = (byte) 0xFF;

    private final ByteStream below;
    private @Nullable LineReader reader;
    private boolean ended;
    private boolean farewell;
    private volatile boolean shut;

    private Masking(ByteStream below) {
        this.below = below;
    }

    /** Waits for the other side's greeting, and answers it. */
    static Masking answer(ByteStream below) throws IOException {
        byte[] one = new byte[1];
        if (below.read(one) != 1 || one[0] != GREETING) {
            below.write("what?\n");
            throw new IOException("no greeting");
        }
        below.write(new byte[] {GREETING});
        return new Masking(below);
    }

    /** Greets, and waits for the answer. */
    static Masking greet(ByteStream below) throws IOException {
        below.write(new byte[] {GREETING});
        byte[] one = new byte[1];
        if (below.read(one) != 1 || one[0] != GREETING) {
            throw new IOException("no greeting");
        }
        return new Masking(below);
    }

    private static void mask(byte[] bytes, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            bytes[i] ^= 0x55;
        }
    }

    /** Whether the other side has said that it ends. */
    boolean hasFarewell() {
        return ended && !shut;
    }

    private int receive(byte[] bytes, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        int count = below.read(bytes, offset, length);
        if (count < 0) {
            if (!shut) {
                throw new IOException("cut short");
            }
            ended = true;
            return -1;
        }
        for (int i = 0; i < count; i++) {
            if (bytes[offset + i] == FAREWELL) {
                ended = true;
                count = i;
            }
        }
        mask(bytes, offset, count);
        return count == 0 ? -1 : count;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return reader == null ? receive(bytes, offset, length) : reader.read(bytes, offset, length);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        byte[] some = new byte[buffer.remaining()];
        int count = read(some, 0, some.length);
        buffer.put(some, 0, Math.max(0, count));
        return count;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        byte[] masked = Arrays.copyOfRange(bytes, offset, offset + length);
        mask(masked, 0, length);
        below.write(masked);
    }

    @Override
    public int write(ByteBuffer buffer) throws IOException {
        byte[] some = new byte[buffer.remaining()];
        buffer.get(some);
        write(some, 0, some.length);
        return some.length;
    }

    @Override
    public void flush() throws IOException {
        below.flush();
    }

    @Override
    public void awaitInput() throws IOException {
        if (!ended) {
            below.awaitInput();
        }
    }

    @Override
    public LineReader reader() {
        if (reader == null) {
            reader =
                    LineReader.over(
                            this,
                            new LineReader.Source() {
                                @Override
                                public void flushHeld() throws IOException {
                                    below.flush();
                                }

                                @Override
                                public int read(byte[] bytes, int offset, int length)
                                        throws IOException {
                                    return receive(bytes, offset, length);
                                }
                            });
        }
        return reader;
    }

    @Override
    public @Nullable Endpoint peer() {
        return below.peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return below.local();
    }

    @Override
    public void shutdownOutput() throws IOException {
        if (!farewell) {
            farewell = true;
            below.write(new byte[] {FAREWELL});
        }
    }

    @Override
    public void shutdownInput() throws IOException {
        shut = true;
        below.shutdownInput();
    }

    @Override
    public void readDeadline(Deadline deadline) {
        below.readDeadline(deadline);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        below.writeDeadline(deadline);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        return kind.isInstance(this) ? Optional.of(kind.cast(this)) : below.unwrap(kind);
    }

    @Override
    public boolean isOpen() {
        return below.isOpen();
    }

    @Override
    public void close() throws IOException {
        try {
            if (isOpen()) {
                shutdownOutput();
            }
        } finally {
            below.close();
        }
    }
}
