// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** Part of a file in a queue of output; opened and read by threads that may wait for a disk. */
final class FilePart {
    private static final int AT_FDCWD = -100;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;

    private final @Nullable Path path;
    private final long count;
    private long offset;
    private long left;

    /** Ours; of a path from the first portion on. */
    private @Nullable PassedDescriptor file;

    /** Told how many bytes it had, when they are with the kernel. */
    final CompletableFuture<Long> told = new CompletableFuture<>();

    private FilePart(
            @Nullable Path path, @Nullable PassedDescriptor file, long offset, long count) {
        if (offset < 0 || count < 0) {
            throw new IllegalArgumentException("%d bytes at %d".formatted(count, offset));
        }
        this.path = path;
        this.file = file;
        this.offset = offset;
        this.count = count;
        this.left = count;
    }

    static FilePart of(Path path, long offset, long count) {
        return new FilePart(path, null, offset, count);
    }

    static FilePart of(HasDescriptor file, long offset, long count) throws IOException {
        return new FilePart(null, PassedDescriptor.duplicate(file), offset, count);
    }

    /** How many bytes are still to be sent. */
    long left() {
        return left;
    }

    /**
     * sendfile(2) of some of it; by a thread that may wait, for one portion at a time.
     *
     * @return how many bytes the socket took, 0 at the end of the file, or the negated errno
     * @throws IOException if it cannot be opened
     */
    long send(KernelChannel to, long most) throws IOException {
        PassedDescriptor from = open(to.kernel);
        try (HasDescriptor.Lease lease = from.lease();
                Scratch scratch = Scratch.take()) {
            long result;
            do {
                scratch.memory().set(JAVA_LONG, Scratch.INTS, offset);
                long at = scratch.address(Scratch.INTS);
                result = to.kernel.sendfile(to.fd, lease.fileno(), at, Math.min(left, most));
            } while (result == Operation.EINTR);
            return result;
        }
    }

    private PassedDescriptor open(Kernel kernel) throws IOException {
        PassedDescriptor known = file;
        if (known != null || path == null) {
            if (known == null) {
                throw new AssertionError("neither a path nor a file");
            }
            return known;
        }
        try (NativePath name = NativePath.of(path)) {
            int fd;
            do {
                // Without O_NONBLOCK to open a FIFO would wait for its writer.
                fd = kernel.openat(AT_FDCWD, name.address(), O_CLOEXEC | O_NONBLOCK, 0);
            } while (fd == Operation.EINTR);
            if (fd < 0) {
                throw ErrnoFailure.of("open", -fd, path.toString(), null, null, 0);
            }
            PassedDescriptor opened = PassedDescriptor.adopt(fd);
            file = opened;
            return opened;
        }
    }

    /** So much of it is with the kernel; whether that was all. */
    boolean took(long bytes) {
        offset += bytes;
        left -= bytes;
        return left == 0;
    }

    /** It is all with the kernel. */
    void finish() {
        told.complete(count);
    }

    /** It will not be. */
    void fail(Throwable why) {
        told.completeExceptionally(why);
    }

    /** It is not to be sent at all. */
    void end(boolean empty) {
        if (empty) {
            finish();
        }
        close();
    }

    void close() {
        PassedDescriptor done = file;
        if (done != null) {
            try {
                done.close();
            } catch (IOException closedNevertheless) {
                // It was only read.
            }
        }
        if (!told.isDone()) {
            fail(Member.aborted());
        }
    }
}
