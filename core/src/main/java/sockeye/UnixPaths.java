// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.SocketType.SOCK_DGRAM;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Clock;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** What a path name of a Unix socket needs beside the calls that take it. */
final class UnixPaths {
    /** How long close waits for others that are busy with the same name. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

    private UnixPaths() {}

    /** An endpoint whose path fits a struct sockaddr_un, for the length of one call. */
    record Shortened(@Nullable Endpoint endpoint, @Nullable FileHandle held)
            implements AutoCloseable {
        @Override
        public void close() {
            if (held != null) {
                held.close();
            }
        }
    }

    /**
     * The same file by a shorter name, if need be: to connect to, to send to.
     *
     * @param operation what it is for, if the file cannot be found
     */
    static Shortened shorten(LinuxSocket socket, @Nullable Endpoint endpoint, String operation)
            throws IOException {
        if (!(endpoint instanceof UnixEndpoint path) || path.fitsSockaddr()) {
            return new Shortened(endpoint, null);
        }
        FileHandle file = FileHandle.of(socket.descriptor.kernel, path.nameBytes());
        if (!file.isOpen()) {
            throw ErrnoFailure.of(operation, -file.fd, socket.describe(path), null, path, 0);
        }
        return new Shortened(UnixEndpoint.of(file.shortName()), file);
    }

    /** The same name in a directory that is called by a shorter one, if need be: to bind to. */
    static Shortened shortenDirectory(LinuxSocket socket, Endpoint endpoint) throws IOException {
        if (!(endpoint instanceof UnixEndpoint path) || path.fitsSockaddr()) {
            return new Shortened(endpoint, null);
        }
        refuseDatagrams(socket, path);
        SplitPath split = new SplitPath(path);
        FileHandle directory = FileHandle.directory(socket.descriptor.kernel, split.directory);
        if (!directory.isOpen()) {
            throw ErrnoFailure.of("bind", -directory.fd, socket.describe(path), path, null, 0);
        }
        byte[] before = (directory.shortName() + "/").getBytes(StandardCharsets.US_ASCII);
        byte[] name = Arrays.copyOf(before, before.length + split.name.length);
        System.arraycopy(split.name, 0, name, before.length, split.name.length);
        return new Shortened(UnixEndpoint.ofPath(name), directory);
    }

    private static void refuseDatagrams(LinuxSocket socket, UnixEndpoint path) {
        if (socket.type() == SOCK_DGRAM) {
            throw new IllegalArgumentException(
                    "a datagram socket cannot have a path of more than 108 bytes: who gets a"
                            + " datagram from it would see another name, and could not answer: "
                            + path);
        }
    }

    /** The name of a bound socket, and the file that it made. */
    static final class Bound {
        private final Kernel kernel;
        private final UnixEndpoint endpoint;
        private final SplitPath split;
        private final FileStatus made;
        private volatile boolean unlink;

        Bound(
                LinuxSocket socket,
                UnixEndpoint endpoint,
                SplitPath split,
                FileStatus made,
                boolean unlink) {
            this.kernel = socket.descriptor.kernel;
            this.endpoint = endpoint;
            this.split = split;
            this.made = made;
            this.unlink = unlink;
        }

        /** The name that was asked for, however long. */
        UnixEndpoint endpoint() {
            return endpoint;
        }

        FileStatus made() {
            return made;
        }

        /** Whether close removes the file. */
        boolean unlinks() {
            return unlink;
        }

        /** Has another process care for the file from now on, or this one again. */
        void unlinks(boolean unlinks) {
            unlink = unlinks;
        }

        /**
         * Removes the file if it is still the one that was made. To be called before the socket is
         * closed: until then no starter takes the name for a leftover.
         */
        void unlink() {
            if (unlink) {
                Blocking.call(this::remove);
            }
        }

        private long remove() {
            try (FileHandle directory = FileHandle.directory(kernel, split.directory)) {
                if (!directory.isOpen() || !made.isSameFileAs(directory.statusOf(split.name))) {
                    return 0;
                }
                // If it cannot be had it is done without: a stranger's doing is all it is against.
                long until = Clock.after(PATIENCE);
                NameLock lock = NameLock.take(directory, split.name, made.owner(), until);
                directory.remove(split.name, made);
                lock.close();
            }
            return 0;
        }
    }

    /**
     * The name of a socket that other processes may have, too; null if it has no file of its own.
     */
    static @Nullable Bound boundOf(Role role) {
        return switch (role) {
            case Listener<?> listener -> listener.bound();
            case MessageSocket messages -> messages.bound();
            case StreamSocket stream -> stream.bound();
        };
    }

    /**
     * The name of a socket that another process has bound; its file is let be.
     *
     * @return null if the name does not mean that file any more
     */
    static @Nullable Bound inherited(
            LinuxSocket socket, UnixEndpoint endpoint, long device, long inode) {
        Kernel kernel = socket.descriptor.kernel;
        SplitPath split = new SplitPath(endpoint);
        try (FileHandle directory = FileHandle.directory(kernel, split.directory)) {
            FileStatus now = directory.isOpen() ? directory.statusOf(split.name) : null;
            return now != null && now.device() == device && now.inode() == inode
                    ? new Bound(socket, endpoint, split, now, false)
                    : null;
        }
    }

    /**
     * Binds a socket by the rules, and lets it listen if it shall: then there is no moment at which
     * the name is there, and who connects to it is refused for another reason than the rules.
     *
     * @return null if there is no file to care for
     */
    static @Nullable Bound bind(
            LinuxSocket socket, Endpoint local, ListenSettings rules, boolean listen)
            throws IOException {
        if (!(local instanceof UnixEndpoint path) || !path.isPath()) {
            if (rules.mode().isPresent()
                    || rules.owner().isPresent()
                    || rules.group().isPresent()) {
                throw new IllegalArgumentException(
                        "only the path of a Unix socket has a mode, an owner and a group, not "
                                + local);
            }
            // Who waits for a TIPC service connects the moment that it is bound.
            boolean first = listen && TipcConnection.is(socket);
            if (first) {
                socket.listen(rules.backlog());
            }
            socket.bind(local);
            if (listen && !first) {
                socket.listen(rules.backlog());
            }
            return null;
        }
        if (!path.fitsSockaddr()) {
            refuseDatagrams(socket, path);
        }
        try {
            return Blocking.run(() -> new UnixBinding(socket, path, rules, listen).bind());
        } catch (IOException | RuntimeException failed) {
            throw failed;
        } catch (Exception impossible) {
            throw new AssertionError(impossible);
        }
    }
}
