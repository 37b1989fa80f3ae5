// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Clock;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * The right to make, replace or remove the file of a socket: an flock(2) on a file beside it, which
 * exists only meanwhile. {@code docs/design/unix-names.md} says why it is like that.
 */
final class NameLock implements AutoCloseable {
    private static final byte[] SUFFIX = ".bindlock".getBytes(StandardCharsets.US_ASCII);
    private static final int NAME_MAX = 255;
    private static final int LOCK_EX = 2;
    private static final int LOCK_NB = 4;
    private static final int EWOULDBLOCK = 11;
    private static final int MODE = 0600;

    /** How the attempt ended. */
    enum State {
        /** It is ours. */
        HELD,
        /** Another process holds it, and did not let go in time. */
        BUSY,
        /** There can be none: no right to make the file, or a stranger's file has its name. */
        UNAVAILABLE
    }

    final State state;
    private final FileHandle directory;
    private final byte[] name;
    private final int fd;

    private NameLock(State state, FileHandle directory, byte[] name, int fd) {
        this.state = state;
        this.directory = directory;
        this.name = name;
        this.fd = fd;
    }

    /**
     * Takes the lock for a name in a directory.
     *
     * @param self the user of this process, who alone may own the file of the lock
     * @param until when to give up; an interrupt is a reason too
     */
    static NameLock take(FileHandle directory, byte[] socketName, int self, long until) {
        byte[] name = nameFor(socketName);
        long pause = LinuxSocket.BACKOFF_FIRST;
        while (true) {
            NameLock lock = attempt(directory, name, self);
            if (lock.state != State.BUSY
                    || Clock.now() >= until
                    || Thread.currentThread().isInterrupted()) {
                return lock;
            }
            LockSupport.parkNanos(lock, pause);
            pause = Math.min(pause * 2, LinuxSocket.BACKOFF_MOST);
        }
    }

    private static byte[] nameFor(byte[] socketName) {
        // Of two very long names that begin alike the locks are one: they wait, no more.
        int length = Math.min(socketName.length, NAME_MAX - SUFFIX.length);
        byte[] name = Arrays.copyOf(socketName, length + SUFFIX.length);
        System.arraycopy(SUFFIX, 0, name, length, SUFFIX.length);
        return name;
    }

    private static NameLock attempt(FileHandle directory, byte[] name, int self) {
        Kernel kernel = directory.kernel;
        int flags =
                FileHandle.O_RDWR
                        | FileHandle.O_CREAT
                        | FileHandle.O_NOFOLLOW
                        | FileHandle.O_NONBLOCK;
        int fd = FileHandle.openat(kernel, directory.fd, name, flags, MODE);
        if (fd < 0) {
            return new NameLock(State.UNAVAILABLE, directory, name, -1);
        }
        FileStatus opened = FileStatus.of(kernel, fd);
        State state;
        if (opened == null || !opened.isRegularFile() || opened.owner() != self) {
            state = State.UNAVAILABLE;
        } else {
            int result;
            do {
                result = kernel.flock(fd, LOCK_EX | LOCK_NB);
            } while (result == -LinuxSocket.EINTR);
            // Whoever had it before has removed the file, and others may have made a new one.
            boolean current = opened.isSameFileAs(directory.statusOf(name));
            if (result == -EWOULDBLOCK || (result == 0 && !current)) {
                state = State.BUSY;
            } else {
                state = result == 0 ? State.HELD : State.UNAVAILABLE;
            }
        }
        if (state == State.HELD) {
            return new NameLock(state, directory, name, fd);
        }
        kernel.close(fd);
        return new NameLock(state, directory, name, -1);
    }

    /** The name of the file of the lock. */
    String name() {
        return Percent.encodePath(name);
    }

    @Override
    public void close() {
        if (fd >= 0) {
            directory.unlink(name);
            directory.kernel.close(fd);
        }
    }
}
