// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.internal.kernel.Kernel;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** What this process has open, and descriptors of several kinds to test with. */
public final class OpenDescriptors {
    private static final int AT_FDCWD = -100;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_CLOEXEC = 0x80000;
    private static final int STANDARD_ERROR = 2;

    private OpenDescriptors() {}

    /** How many are open, but for the one that this takes to look. */
    public static int count() {
        String[] names = new File("/proc/self/fd").list();
        return names.length - 1;
    }

    /** Whether a number is open. */
    public static boolean exists(int fd) {
        return Files.exists(Path.of("/proc/self/fd/" + fd), LinkOption.NOFOLLOW_LINKS);
    }

    /** A new number for something that is open anyway. */
    public static int duplicate() {
        return checked(Kernel.current().fcntl(STANDARD_ERROR, F_DUPFD_CLOEXEC, 0));
    }

    /** A pipe: the reading end, then the writing end. */
    static PassedDescriptor[] pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fds = arena.allocate(JAVA_INT, 2);
            checked(Kernel.current().pipe2(fds.address(), O_CLOEXEC));
            return new PassedDescriptor[] {
                PassedDescriptor.adopt(fds.getAtIndex(JAVA_INT, 0)),
                PassedDescriptor.adopt(fds.getAtIndex(JAVA_INT, 1))
            };
        }
    }

    /** A file by open(2). */
    static PassedDescriptor open(String path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long name = arena.allocateFrom(path).address();
            return PassedDescriptor.adopt(
                    checked(Kernel.current().openat(AT_FDCWD, name, flags | O_CLOEXEC, 0600)));
        }
    }

    static PassedDescriptor eventfd(int count) {
        return PassedDescriptor.adopt(checked(Kernel.current().eventfd2(count, O_CLOEXEC)));
    }

    static PassedDescriptor epoll() {
        return PassedDescriptor.adopt(checked(Kernel.current().epollCreate1(O_CLOEXEC)));
    }

    static PassedDescriptor pidfd(long pid) {
        return PassedDescriptor.adopt(checked(Kernel.current().pidfdOpen((int) pid, 0)));
    }

    /** The terminal behind /dev/ptmx. */
    static PassedDescriptor terminalOf(PassedDescriptor master, long unlock) throws IOException {
        int tiocgptn = 0x8004_5430;
        try (Arena arena = Arena.ofConfined();
                var lease = master.lease()) {
            MemorySegment number = arena.allocate(JAVA_INT);
            checked(Kernel.current().ioctl(lease.fileno(), unlock, number.address()));
            checked(
                    Kernel.current()
                            .ioctl(lease.fileno(), tiocgptn & 0xFFFF_FFFFL, number.address()));
            return open("/dev/pts/" + number.get(JAVA_INT, 0), 2 | 0x100);
        }
    }

    /** The inode behind a number, which tells files apart. */
    static Object inode(int fd) throws IOException {
        return Files.getAttribute(Path.of("/proc/self/fd/" + fd), "unix:ino");
    }

    /** A value for an eventfd. */
    static java.nio.ByteBuffer counter(long value) {
        var buffer = java.nio.ByteBuffer.allocate(8);
        MemorySegment.ofBuffer(buffer).set(JAVA_LONG.withByteAlignment(1), 0, value);
        return buffer;
    }

    public static void close(PassedDescriptor descriptor) {
        try {
            descriptor.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int checked(int result) {
        if (result < 0) {
            throw new IllegalStateException(new Errno(-result).toString());
        }
        return result;
    }
}
