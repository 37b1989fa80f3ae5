// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;
import sockeye.internal.kernel.Scratch;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * A file held by a descriptor that can only name it (O_PATH), so that several calls mean the same
 * file whatever happens to its name. Results are those of the kernel: negative is an error.
 */
final class FileHandle implements AutoCloseable {
    private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    static final int AT_FDCWD = -100;
    private static final int AT_EMPTY_PATH = 0x1000;
    static final int O_CREAT = 0x40;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    static final int O_NOFOLLOW = X86_64 ? 0x20000 : 0x8000;
    static final int O_DIRECTORY = X86_64 ? 0x10000 : 0x4000;
    private static final int ENOENT = 2;
    private static final int ECONNREFUSED = 111;
    private static final int EACCES = 13;
    private static final int S_IWUSR = 0200;

    final Kernel kernel;

    /** The descriptor, or the negated errno of the failure to open it. */
    final int fd;

    private FileHandle(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /** Holds a file; a symbolic link at the end of the path is followed. */
    static FileHandle of(Kernel kernel, byte[] path) {
        return new FileHandle(kernel, openat(kernel, AT_FDCWD, path, O_PATH, 0));
    }

    /** Holds a directory. */
    static FileHandle directory(Kernel kernel, byte[] path) {
        return new FileHandle(kernel, openat(kernel, AT_FDCWD, path, O_PATH | O_DIRECTORY, 0));
    }

    /** Holds what a name in this directory stands for, be it a symbolic link. */
    FileHandle entry(byte[] name) {
        return new FileHandle(kernel, openat(kernel, fd, name, O_PATH | O_NOFOLLOW, 0));
    }

    static int openat(Kernel kernel, int directory, byte[] path, int flags, int mode) {
        try (NativePath name = NativePath.of(path)) {
            int result;
            do {
                result = kernel.openat(directory, name.address(), flags | O_CLOEXEC, mode);
            } while (result == -LinuxSocket.EINTR);
            return result;
        }
    }

    boolean isOpen() {
        return fd >= 0;
    }

    @Nullable FileStatus status() {
        return isOpen() ? FileStatus.of(kernel, fd) : null;
    }

    /** What a name in this directory is now; null if it is nothing, or cannot be seen. */
    @Nullable FileStatus statusOf(byte[] name) {
        try (FileHandle entry = entry(name)) {
            return entry.status();
        }
    }

    /** Another name for the same file, which is short. */
    String shortName() {
        return "/proc/self/fd/" + fd;
    }

    private byte[] shortNameBytes() {
        return shortName().getBytes(StandardCharsets.US_ASCII);
    }

    int unlink(byte[] name) {
        try (NativePath path = NativePath.of(name)) {
            return kernel.unlinkat(fd, path.address(), 0);
        }
    }

    int rename(byte[] from, byte[] to, int flags) {
        try (NativePath before = NativePath.of(from);
                NativePath after = NativePath.of(to)) {
            return kernel.renameat2(fd, before.address(), fd, after.address(), flags);
        }
    }

    int chown(int uid, int gid) {
        try (NativePath itself = NativePath.of(new byte[0])) {
            return kernel.fchownat(fd, itself.address(), uid, gid, AT_EMPTY_PATH);
        }
    }

    int chmod(int mode) {
        try (NativePath path = NativePath.of(shortNameBytes())) {
            return kernel.fchmodat(AT_FDCWD, path.address(), mode);
        }
    }

    /**
     * Whether a socket's file is a leftover: no socket is bound to it any more.
     *
     * <p>A datagram socket asks. To a stream or seqpacket socket it is of the wrong type
     * (EPROTOTYPE), so that a living one is recognized, be it before listen(2) or with a full
     * backlog, and yet gets no connection to wonder about.
     *
     * @param self the user of this process
     */
    boolean isStale(int self) {
        int result = probe();
        FileStatus status = status();
        // A starter that was killed before it had given its file a mode.
        if (result == -EACCES
                && status != null
                && status.owner() == self
                && (status.mode() & S_IWUSR) == 0
                && chmod(status.permissions() | S_IWUSR) == 0) {
            result = probe();
            if (result != -ECONNREFUSED) {
                chmod(status.permissions());
            }
        }
        return result == -ECONNREFUSED;
    }

    private int probe() {
        int socket =
                kernel.socket(
                        AF_UNIX,
                        SOCK_DGRAM | LinuxSocket.SOCK_NONBLOCK | LinuxSocket.SOCK_CLOEXEC,
                        0);
        if (socket < 0) {
            return socket;
        }
        try (Scratch scratch = Scratch.take()) {
            byte[] sockaddr = scratch.sockaddr();
            int length = UnixEndpoint.of(shortName()).encode(AF_UNIX, sockaddr);
            MemorySegment.copy(sockaddr, 0, scratch.memory(), JAVA_BYTE, Scratch.ADDRESS, length);
            int result;
            do {
                result = kernel.connect(socket, scratch.address(Scratch.ADDRESS), length);
            } while (result == -LinuxSocket.EINTR);
            return result;
        } finally {
            kernel.close(socket);
        }
    }

    /** Removes a name of this directory if it is still the file that was seen. */
    boolean remove(byte[] name, FileStatus seen) {
        if (!seen.isSameFileAs(statusOf(name))) {
            return false;
        }
        int result = unlink(name);
        return result == 0 || result == -ENOENT;
    }

    @Override
    public void close() {
        if (isOpen()) {
            kernel.close(fd);
        }
    }
}
