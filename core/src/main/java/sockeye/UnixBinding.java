// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One socket on its way to a path name; {@code docs/design/unix-names.md} tells the steps. */
final class UnixBinding {
    private static final int RENAME_NOREPLACE = 1;
    private static final int EEXIST = 17;
    private static final int EINVAL = 22;
    private static final int EADDRINUSE = 98;
    private static final int EWOULDBLOCK = 11;

    /** How long a starter waits for others that are busy with the same name. */
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    /** How often a name may reappear after a leftover was removed. */
    private static final int TRIES = 8;

    private static final int LEAVE = -1;

    private final LinuxSocket socket;
    private final UnixEndpoint path;
    private final ListenSettings rules;
    private final boolean listen;
    private final SplitPath split;
    private final int self;

    UnixBinding(LinuxSocket socket, UnixEndpoint path, ListenSettings rules, boolean listen) {
        this.socket = socket;
        this.path = path;
        this.rules = rules;
        this.listen = listen;
        this.split = new SplitPath(path);
        this.self =
                Objects.requireNonNull(FileStatus.of(socket.descriptor.kernel, fd()), "fstat")
                        .owner();
    }

    private int fd() {
        return socket.descriptor.fd;
    }

    private IOException failure(String operation, int result) {
        return ErrnoFailure.of(operation, -result, socket.describe(path), path, null, 0);
    }

    UnixPaths.Bound bind() throws IOException {
        try (FileHandle directory =
                FileHandle.directory(socket.descriptor.kernel, split.directory)) {
            if (!directory.isOpen()) {
                throw failure("bind", directory.fd);
            }
            try (NameLock lock =
                    NameLock.take(directory, split.name, self, Clock.after(PATIENCE))) {
                if (lock.state == NameLock.State.BUSY) {
                    String what = socket.describe(path);
                    if (Thread.currentThread().isInterrupted()) {
                        throw SocketFailures.cut("bind", what, Gate.Outcome.INTERRUPT, 0);
                    }
                    what = lock.name() + " for " + what;
                    throw ErrnoFailure.of("flock", EWOULDBLOCK, what, path, null, 0);
                }
                boolean replace = rules.replaceStale() && lock.state == NameLock.State.HELD;
                FileStatus made =
                        path.fitsSockaddr()
                                ? inPlace(directory, replace)
                                : aside(directory, replace);
                return new UnixPaths.Bound(socket, path, split, made, rules.unlinkOnClose());
            }
        }
    }

    private FileStatus inPlace(FileHandle directory, boolean replace) throws IOException {
        narrow();
        for (int left = TRIES; ; left--) {
            try {
                socket.bind(path);
                break;
            } catch (BindFailure failed) {
                boolean taken = failed.errno().equals(Errno.EADDRINUSE);
                if (!taken || !replace || left == 0 || !removeStale(directory)) {
                    throw failed;
                }
            }
        }
        return finish(directory, split.name);
    }

    /** A long path: bound by a short name in its directory, renamed when all is in order. */
    private FileStatus aside(FileHandle directory, boolean replace) throws IOException {
        narrow();
        String hidden = ".sockeye-%016x".formatted(ThreadLocalRandom.current().nextLong());
        byte[] name = hidden.getBytes(StandardCharsets.US_ASCII);
        try {
            socket.bind(UnixEndpoint.of(directory.shortName() + "/" + hidden));
        } catch (IOException failed) {
            throw failed instanceof ErrnoFailure errno
                    ? failure("bind", -errno.errno().number())
                    : failed;
        }
        FileStatus made = finish(directory, name);
        boolean done = false;
        try {
            for (int left = TRIES; ; left--) {
                int result = directory.rename(name, split.name, RENAME_NOREPLACE);
                if (result == -EINVAL && directory.statusOf(split.name) == null) {
                    // A file system that cannot do that; the lock keeps our own kind away.
                    result = directory.rename(name, split.name, 0);
                }
                if (result == -EEXIST && replace && left > 0 && removeStale(directory)) {
                    continue;
                }
                if (result < 0) {
                    throw failure("bind", result == -EEXIST ? -EADDRINUSE : result);
                }
                done = true;
                return made;
            }
        } finally {
            if (!done) {
                directory.unlink(name);
            }
        }
    }

    /**
     * The mode of the socket's own inode is the mode that bind(2) makes the file with, less the
     * umask. While the file is not yet whose it shall be, it is nobody's.
     */
    private void narrow() throws IOException {
        if (changesOwner() || rules.mode().isPresent()) {
            int mode = changesOwner() ? 0 : rules.mode().getAsInt();
            int result = socket.descriptor.kernel.fchmod(fd(), mode);
            if (result < 0) {
                throw failure("fchmod", result);
            }
        }
    }

    private boolean changesOwner() {
        return rules.owner().isPresent() || rules.group().isPresent();
    }

    /** Owner, mode and listening, in this order; the name goes if one of them fails. */
    private FileStatus finish(FileHandle directory, byte[] name) throws IOException {
        try (FileHandle file = directory.entry(name)) {
            FileStatus made = file.status();
            if (made == null || !made.isSocket() || made.owner() != self) {
                throw new IOException("bind " + socket.describe(path) + ": somebody replaced it");
            }
            boolean done = false;
            try {
                if (changesOwner()) {
                    int result = file.chown(orLeave(rules.owner()), orLeave(rules.group()));
                    if (result < 0) {
                        throw failure("chown", result);
                    }
                }
                int mode = rules.mode().orElseGet(() -> changesOwner() ? 0777 & ~umask() : LEAVE);
                if (mode != LEAVE && mode != made.permissions()) {
                    int result = file.chmod(mode);
                    if (result < 0) {
                        throw failure("chmod", result);
                    }
                }
                if (listen) {
                    socket.listen(rules.backlog());
                }
                done = true;
                return made;
            } finally {
                if (!done) {
                    directory.remove(name, made);
                }
            }
        }
    }

    private static int orLeave(OptionalInt id) {
        return id.orElse(LEAVE);
    }

    /** Asked without setting it, which would be seen by every thread. */
    private static int umask() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("Umask:"))
                    .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                    .findFirst()
                    .orElse(0077);
        } catch (IOException | RuntimeException unknown) {
            return 0077;
        }
    }

    /** Whether the name is free now: it was a socket's, and no socket is bound to it. */
    private boolean removeStale(FileHandle directory) {
        try (FileHandle file = directory.entry(split.name)) {
            FileStatus status = file.status();
            if (status == null) {
                return file.fd == -Errno.ENOENT.number();
            }
            return status.isSocket() && file.isStale(self) && directory.remove(split.name, status);
        }
    }
}
