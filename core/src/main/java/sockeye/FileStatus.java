// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.lang.foreign.MemorySegment;

/** What stat(2) says of a file, as far as it matters here. */
record FileStatus(long device, long inode, int mode, int owner) {
    @CStruct("struct stat")
    static final class Stat {
        private static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
        static final int SIZEOF = X86_64 ? 144 : 128;
        static final int st_dev = 0;
        static final int st_ino = 8;
        static final int st_mode = X86_64 ? 24 : 16;
        static final int st_uid = X86_64 ? 28 : 24;

        private Stat() {}
    }

    static final int S_IFMT = 0xF000;
    private static final int S_IFREG = 0x8000;
    private static final int S_IFSOCK = 0xC000;

    /** fstat(2), also of a descriptor that is open for nothing (O_PATH); null if it fails. */
    static @Nullable FileStatus of(Kernel kernel, int fd) {
        try (Scratch scratch = Scratch.take()) {
            int result;
            do {
                result = kernel.fstat(fd, scratch.address(Scratch.CONTROL));
            } while (result == -LinuxSocket.EINTR);
            if (result < 0) {
                return null;
            }
            MemorySegment memory = scratch.memory();
            return new FileStatus(
                    memory.get(JAVA_LONG, Scratch.CONTROL + Stat.st_dev),
                    memory.get(JAVA_LONG, Scratch.CONTROL + Stat.st_ino),
                    memory.get(JAVA_INT, Scratch.CONTROL + Stat.st_mode),
                    memory.get(JAVA_INT, Scratch.CONTROL + Stat.st_uid));
        }
    }

    boolean isSocket() {
        return (mode & S_IFMT) == S_IFSOCK;
    }

    boolean isRegularFile() {
        return (mode & S_IFMT) == S_IFREG;
    }

    /** The permission bits. */
    int permissions() {
        return mode & 0777;
    }

    boolean isSameFileAs(@Nullable FileStatus other) {
        return other != null && device == other.device && inode == other.inode;
    }
}
