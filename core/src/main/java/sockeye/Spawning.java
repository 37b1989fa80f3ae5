// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;
import sockeye.internal.kernel.SpawnRequest;
import sockeye.internal.wait.Blocking;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Starts one child: makes its streams, duplicates what it is to have above all numbers that it is
 * to have them as, so that no duplicate overwrites one that is still needed, and holds it.
 */
final class Spawning {
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int AT_FDCWD = -100;

    private final Kernel kernel = Kernel.current();
    private final ChildCommand command;
    private final int first;

    /** What is closed when the child has been started, or not. */
    private final List<AutoCloseable> ours = new ArrayList<>();

    private final List<SpawnRequest.Copy> copies = new ArrayList<>();
    private final Map<Integer, PassedDescriptor> pipes = new HashMap<>();
    private final Map<Integer, StreamSocket> sockets = new HashMap<>();

    private Spawning(ChildCommand command) {
        this.command = command;
        this.first = command.streams().keySet().stream().mapToInt(each -> each).max().orElse(0) + 3;
    }

    static ChildProcess start(ChildCommand command) throws IOException {
        var spawning = new Spawning(command);
        boolean done = false;
        try {
            spawning.prepare();
            ChildProcess child = spawning.start();
            done = true;
            return child;
        } finally {
            spawning.close(done);
        }
    }

    private void prepare() throws IOException {
        for (var each : new TreeMap<>(command.streams()).entrySet()) {
            int number = each.getKey();
            switch (each.getValue()) {
                case ChildStream.Inherited same -> {}
                case ChildStream.Discarded none -> {
                    PassedDescriptor opened = devNull();
                    ours.add(opened);
                    copy(opened, number);
                }
                case ChildStream.Piped pipe -> pipe(number);
                case ChildStream.Connected socket -> {
                    LinuxSocket.Pair pair = LinuxSocket.socketPair();
                    ours.add(pair.right());
                    sockets.put(number, StreamSocket.of(pair.left()));
                    copy(pair.right(), number);
                }
                case ChildStream.Given given -> copy(given.source(), number);
            }
        }
    }

    private void pipe(int number) throws IOException {
        PipePair pipe = PipePair.open();
        boolean reads = number == 0;
        pipes.put(number, reads ? pipe.writer() : pipe.reader());
        PassedDescriptor theirs = reads ? pipe.reader() : pipe.writer();
        ours.add(theirs);
        copy(theirs, number);
    }

    private PassedDescriptor devNull() throws IOException {
        try (NativePath path = NativePath.of(Path.of("/dev/null"))) {
            int fd = kernel.openat(AT_FDCWD, path.address(), O_RDWR | O_CLOEXEC, 0);
            if (fd < 0) {
                throw ErrnoFailure.of("open", -fd, "/dev/null", null, null, 0);
            }
            return PassedDescriptor.adopt(fd);
        }
    }

    private void copy(HasDescriptor source, int number) throws IOException {
        int copy;
        try (HasDescriptor.Lease lease = source.lease()) {
            copy = kernel.fcntl(lease.fileno(), F_DUPFD_CLOEXEC, first);
            if (copy < 0) {
                String what = "fd " + lease.fileno();
                throw ErrnoFailure.of("dup", -copy, what, null, null, 0);
            }
        }
        ours.add(PassedDescriptor.adopt(copy));
        copies.add(new SpawnRequest.Copy(copy, number));
        int flags = kernel.fcntl(copy, F_GETFL, 0);
        if (flags >= 0 && (flags & O_NONBLOCK) != 0) {
            kernel.fcntl(copy, F_SETFL, flags & ~O_NONBLOCK);
        }
    }

    private SpawnRequest request() {
        List<byte[]> environment = new ArrayList<>();
        command.environment()
                .forEach((name, value) -> environment.add(NativePath.encode(name + "=" + value)));
        List<Integer> closed = new ArrayList<>();
        for (int number = 3; number < first; number++) {
            if (!command.streams().containsKey(number)) {
                closed.add(number);
            }
        }
        Optional<Path> directory = Optional.ofNullable(command.directory());
        return new SpawnRequest(
                command.words().stream().map(NativePath::encode).toList(),
                environment,
                directory.map(path -> NativePath.encode(path.toString())),
                copies,
                closed,
                first,
                defaults(),
                command.group(),
                command.session());
    }

    /** All signals but those that this process was started to ignore. */
    private static long defaults() {
        long all = -1;
        for (ProcessSignal each :
                List.of(ProcessSignal.SIGHUP, ProcessSignal.SIGINT, ProcessSignal.SIGQUIT)) {
            if (each.isIgnored()) {
                all &= ~(1L << (each.number() - 1));
            }
        }
        return all;
    }

    private ChildProcess start() throws IOException {
        SpawnRequest request = request();
        long pid = Blocking.call(() -> kernel.spawn(request));
        if (pid < 0) {
            String what = command.words().getFirst();
            throw ErrnoFailure.of("posix_spawn", (int) -pid, what, null, null, 0);
        }
        return ChildProcess.hold(kernel, (int) pid, command.words().getFirst(), pipes, sockets);
    }

    private void close(boolean done) {
        List<AutoCloseable> all = new ArrayList<>(ours);
        if (!done) {
            all.addAll(pipes.values());
            all.addAll(sockets.values());
        }
        var ignored = new IOException("while a child is started");
        all.forEach(each -> Closing.quietly(each, ignored));
    }
}
