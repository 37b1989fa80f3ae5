// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.function.IntToLongFunction;

/** Bytes that go from one descriptor to another inside the kernel: sendfile(2), splice(2). */
final class FileTransfer {
    private static final int AT_FDCWD = -100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final int SPLICE_F_MOVE = 1;
    private static final int SPLICE_F_NONBLOCK = 2;

    /**
     * The most that one sendfile(2) is asked for, so that a close or a deadline is noticed in
     * between.
     */
    private static final long FILE_BYTES = 8 << 20;

    /** The most that one splice(2) is asked for; a pipe holds 64 KiB by default. */
    private static final long PIPE_BYTES = 64 << 10;

    private FileTransfer() {}

    static long send(LinuxSocket socket, Path file, long offset, long count) throws IOException {
        Kernel kernel = socket.descriptor.kernel;
        int fd = (int) Blocking.call(() -> open(kernel, file));
        if (fd < 0) {
            throw ErrnoFailure.of("open", -fd, file.toString(), null, null, 0);
        }
        try {
            return send(socket, fd, offset, count);
        } finally {
            kernel.close(fd);
        }
    }

    private static int open(Kernel kernel, Path file) {
        try (NativePath path = NativePath.of(file)) {
            // Without O_NONBLOCK to open a FIFO would wait for its writer.
            return kernel.openat(AT_FDCWD, path.address(), O_CLOEXEC | O_NONBLOCK, 0);
        }
    }

    /** Sends from an open descriptor that stays open meanwhile. */
    static long send(LinuxSocket socket, int file, long offset, long count) throws IOException {
        return SocketTrace.writes()
                ? SocketRecorder.write(
                        socket, "sendfile", null, () -> sendAll(socket, file, offset, count))
                : sendAll(socket, file, offset, count);
    }

    private static long sendAll(LinuxSocket socket, int file, long offset, long count)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.output;
        long until = socket.until(0);
        long done = 0;
        d.enter();
        try {
            while (done < count) {
                int seen = gate.epoch();
                long from = offset + done;
                long part = Math.min(count - done, FILE_BYTES);
                // The disk may make it wait.
                long result = Blocking.call(() -> sendfile(d, file, from, part));
                if (result > 0) {
                    done += result;
                    SocketTraffic.sent(socket, result);
                } else if (result == 0) {
                    break;
                } else if (!d.again(socket.owner(), "sendfile", gate, seen, result, until, done)) {
                    throw socket.owner().failure("sendfile", (int) -result, done);
                }
            }
            return done;
        } finally {
            d.exit();
        }
    }

    private static long sendfile(Descriptor d, int file, long offset, long count) {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_LONG, Scratch.INTS, offset);
            return d.kernel.sendfile(d.fd, file, scratch.address(Scratch.INTS), count);
        }
    }

    /** A channel's descriptor is the JDK's secret: the bytes go through this process. */
    static long send(LinuxSocket socket, FileChannel file, long offset, long count)
            throws IOException {
        long done = 0;
        var sink = new Sink(socket);
        while (done < count) {
            long moved = file.transferTo(offset + done, count - done, sink);
            if (moved <= 0) {
                break;
            }
            done += moved;
        }
        return done;
    }

    private record Sink(LinuxSocket socket) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer source) throws IOException {
            int length = source.remaining();
            socket.sendAll(source, 0);
            return length;
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() {}
    }

    /**
     * Moves up to so many bytes from one stream to another through a pipe, until the first ends.
     */
    static long splice(LinuxSocket source, LinuxSocket target, long count) throws IOException {
        return SocketTrace.writes()
                ? SocketRecorder.write(target, "splice", null, () -> move(source, target, count))
                : move(source, target, count);
    }

    private static long move(LinuxSocket source, LinuxSocket target, long count)
            throws IOException {
        Kernel kernel = source.descriptor.kernel;
        int in;
        int out;
        try (Scratch scratch = Scratch.take()) {
            int result = kernel.pipe2(scratch.address(Scratch.INTS), O_CLOEXEC | O_NONBLOCK);
            if (result < 0) {
                throw ErrnoFailure.of("pipe2", -result, null, null, null, 0);
            }
            in = scratch.memory().get(JAVA_INT, Scratch.INTS);
            out = scratch.memory().get(JAVA_INT, Scratch.INTS + 4);
        }
        long done = 0;
        try {
            while (done < count) {
                long part = Math.min(count - done, PIPE_BYTES);
                long filled =
                        waited(
                                source,
                                source.descriptor.input,
                                done,
                                fd ->
                                        kernel.splice(
                                                fd,
                                                0,
                                                out,
                                                0,
                                                part,
                                                SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
                if (filled == 0) {
                    break;
                }
                SocketTraffic.received(source, filled);
                for (long left = filled; left > 0; ) {
                    long rest = left;
                    long moved =
                            waited(
                                    target,
                                    target.descriptor.output,
                                    done,
                                    fd ->
                                            kernel.splice(
                                                    in,
                                                    0,
                                                    fd,
                                                    0,
                                                    rest,
                                                    SPLICE_F_MOVE | SPLICE_F_NONBLOCK));
                    left -= moved;
                    done += moved;
                    SocketTraffic.sent(target, moved);
                }
            }
            return done;
        } finally {
            kernel.close(in);
            kernel.close(out);
        }
    }

    private static long waited(LinuxSocket socket, Gate gate, long done, IntToLongFunction call)
            throws IOException {
        Descriptor d = socket.descriptor;
        long until = socket.until(0);
        d.enter();
        try {
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result = call.applyAsLong(d.fd);
            } while (result < 0
                    && d.again(socket.owner(), "splice", gate, seen, result, until, done));
            if (result < 0) {
                throw socket.owner().failure("splice", (int) -result, done);
            }
            return result;
        } finally {
            d.exit();
        }
    }
}
