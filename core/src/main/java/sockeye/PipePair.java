// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;

/**
 * A pipe: what is written to one end is read from the other. pipe2(2). Either end can be registered
 * with a {@link ReadinessSelector}, passed to another process or given to a child.
 *
 * <p>Up to 4,096 bytes are written all at once or not at all. When all writers are closed the
 * reader finds the end; when all readers are, a write fails with EPIPE.
 *
 * @param reader the end to read from
 * @param writer the end to write to
 * @see <a href="https://man7.org/linux/man-pages/man7/pipe.7.html">pipe(7)</a>
 */
public record PipePair(PassedDescriptor reader, PassedDescriptor writer) implements AutoCloseable {
    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_DIRECT = X86_64 ? 0x4000 : 0x10000;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int F_GETPIPE_SZ = 1032;
    private static final int FIONREAD = 0x541B;

    /**
     * A pipe of bytes, neither end inherited by child processes.
     *
     * @throws IOException EMFILE, ENFILE
     */
    public static PipePair open() throws IOException {
        return open(0);
    }

    /**
     * A pipe that keeps the boundaries of writes up to 4,096 bytes: each read gets one, and what
     * does not fit into its buffer is lost. O_DIRECT.
     */
    public static PipePair ofPackets() throws IOException {
        return open(O_DIRECT);
    }

    private static PipePair open(int flags) throws IOException {
        try (Scratch scratch = Scratch.take()) {
            int result = Kernel.current().pipe2(scratch.address(Scratch.INTS), O_CLOEXEC | flags);
            if (result < 0) {
                throw ErrnoFailure.of("pipe2", -result, "", null, null, 0);
            }
            return new PipePair(
                    PassedDescriptor.adopt(scratch.memory().get(JAVA_INT, Scratch.INTS)),
                    PassedDescriptor.adopt(scratch.memory().get(JAVA_INT, Scratch.INTS + 4)));
        }
    }

    /** How many bytes it holds at most: 65,536 by default. */
    public int capacity() throws IOException {
        return control(reader, F_GETPIPE_SZ, 0);
    }

    /**
     * Has it hold more or less: F_SETPIPE_SZ, rounded up to a power of two of pages.
     *
     * @return what it is now
     * @throws IOException EPERM for more than {@code /proc/sys/fs/pipe-max-size} without
     *     CAP_SYS_RESOURCE; EBUSY if it holds more already
     */
    public int capacity(int bytes) throws IOException {
        return control(reader, F_SETPIPE_SZ, bytes);
    }

    private static int control(HasDescriptor end, int command, int argument) throws IOException {
        try (HasDescriptor.Lease lease = end.lease()) {
            int result = Kernel.current().fcntl(lease.fileno(), command, argument);
            if (result < 0) {
                throw ErrnoFailure.of("fcntl", -result, "pipe", null, null, 0);
            }
            return result;
        }
    }

    /** How many bytes wait to be read: ioctl(2), FIONREAD. */
    public int available() throws IOException {
        try (HasDescriptor.Lease lease = reader.lease();
                Scratch scratch = Scratch.take()) {
            int result =
                    Kernel.current().ioctl(lease.fileno(), FIONREAD, scratch.address(Scratch.INTS));
            if (result < 0) {
                throw ErrnoFailure.of("ioctl FIONREAD", -result, "pipe", null, null, 0);
            }
            return scratch.memory().get(JAVA_INT, Scratch.INTS);
        }
    }

    /** Closes both ends. */
    @Override
    public void close() throws IOException {
        try (reader) {
            writer.close();
        }
    }
}
