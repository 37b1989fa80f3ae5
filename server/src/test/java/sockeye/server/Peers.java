// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/** Places to serve at, and an observer that remembers. */
final class Peers {
    private static final AtomicInteger NAMES = new AtomicInteger();

    private Peers() {}

    /** Addresses of every family, each new. */
    static List<Endpoint> endpoints() throws IOException {
        return List.of(
                InetEndpoint.of("127.0.0.1", 0), InetEndpoint.of("::1", 0), path(), abstractName());
    }

    static Endpoint tcp() {
        return InetEndpoint.of("127.0.0.1", 0);
    }

    static Endpoint path() throws IOException {
        Path directory = Files.createTempDirectory("sockeye");
        directory.toFile().deleteOnExit();
        return UnixEndpoint.of(directory.resolve("socket").toString());
    }

    static Endpoint abstractName() {
        long pid = ProcessHandle.current().pid();
        return UnixEndpoint.ofAbstract("sockeye-server-" + pid + "-" + NAMES.incrementAndGet());
    }

    /** A connection from an address of this machine's many. */
    static StreamSocket connectFrom(Endpoint local, Endpoint peer) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(local.family(), SocketType.SOCK_STREAM);
        socket.bind(local);
        socket.connect(peer);
        return StreamSocket.of(socket);
    }

    /** The payload of a message as text. */
    static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    /** How many descriptors this process has open. */
    static long descriptors() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    /** How many threads of the kernel this process has. */
    static long threads() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc/self/task"))) {
            return all.count();
        }
    }

    /** How much of the heap is in use, once what is not has been collected. */
    static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Keeps every event. */
    static final class Recorder implements ServerObserver {
        final BlockingQueue<ServerConnection> accepted = new LinkedBlockingQueue<>();
        final BlockingQueue<ServerConnection> closed = new LinkedBlockingQueue<>();
        final BlockingQueue<Throwable> failed = new LinkedBlockingQueue<>();
        final BlockingQueue<Throwable> requestFailed = new LinkedBlockingQueue<>();

        @Override
        public void accepted(ServerConnection connection) {
            accepted.add(connection);
        }

        @Override
        public void closed(ServerConnection connection) {
            closed.add(connection);
        }

        @Override
        public void failed(ServerConnection connection, Throwable cause) {
            failed.add(cause);
        }

        @Override
        public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
            requestFailed.add(cause);
        }

        ServerSettings settings() {
            return ServerSettings.DEFAULT.withObserver(this);
        }
    }
}
