// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.IpProtocol.IPPROTO_MPTCP;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The ways to connect two sockets on one machine that the contract suites are run over: family,
 * type, protocol, and the form of the address.
 *
 * <p>A family that this kernel lacks is skipped, and the reason printed. With the environment's
 * {@code CI} set to {@code true}, one that every machine must have fails instead.
 */
public enum TestFamily {
    /** TCP over 127.0.0.1. */
    TCP4(AF_INET, SOCK_STREAM, 0),
    /** TCP over ::1. */
    TCP6(AF_INET6, SOCK_STREAM, 0),
    /** TCP from 127.0.0.1 to a listener on [::]. */
    TCP_DUAL(AF_INET6, SOCK_STREAM, 0),
    /** Multipath TCP over 127.0.0.1; the one that a machine may lack. */
    MPTCP(AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
    /** AF_UNIX streams by a path name. */
    UNIX_PATH(AF_UNIX, SOCK_STREAM, 0),
    /** AF_UNIX streams by an abstract name. */
    UNIX_ABSTRACT(AF_UNIX, SOCK_STREAM, 0),
    /** AF_UNIX streams of socketpair(2). */
    UNIX_PAIR(AF_UNIX, SOCK_STREAM, 0),
    /** UDP over 127.0.0.1. */
    UDP4(AF_INET, SOCK_DGRAM, 0),
    /** UDP over ::1. */
    UDP6(AF_INET6, SOCK_DGRAM, 0),
    /** AF_UNIX datagrams by path names. */
    UNIX_DGRAM_PATH(AF_UNIX, SOCK_DGRAM, 0),
    /** AF_UNIX datagrams by abstract names. */
    UNIX_DGRAM_ABSTRACT(AF_UNIX, SOCK_DGRAM, 0),
    /** AF_UNIX datagrams by names of the kernel's choice. */
    UNIX_DGRAM_AUTOBIND(AF_UNIX, SOCK_DGRAM, 0),
    /** AF_UNIX datagrams of socketpair(2). */
    UNIX_DGRAM_PAIR(AF_UNIX, SOCK_DGRAM, 0),
    /** AF_UNIX records by a path name. */
    UNIX_SEQPACKET_PATH(AF_UNIX, SOCK_SEQPACKET, 0),
    /** AF_UNIX records by an abstract name. */
    UNIX_SEQPACKET_ABSTRACT(AF_UNIX, SOCK_SEQPACKET, 0),
    /** AF_UNIX records of socketpair(2). */
    UNIX_SEQPACKET_PAIR(AF_UNIX, SOCK_SEQPACKET, 0);

    private static final AtomicLong NAMES = new AtomicLong();
    private static final Map<TestFamily, Optional<String>> MISSING =
            new EnumMap<>(TestFamily.class);

    private final int family;
    private final int type;
    private final int protocol;

    TestFamily(int family, int type, int protocol) {
        this.family = family;
        this.type = type;
        this.protocol = protocol;
    }

    /** The AF_ number of the side that is connected to. */
    public int family() {
        return family;
    }

    /** The SOCK_ number. */
    public int type() {
        return type;
    }

    /** The protocol to ask socket(2) for. */
    public int protocol() {
        return protocol;
    }

    /** Those that move bytes. */
    public static Stream<TestFamily> streams() {
        return Arrays.stream(values()).filter(each -> each.type == SOCK_STREAM);
    }

    /** Those that move messages. */
    public static Stream<TestFamily> messages() {
        return Arrays.stream(values()).filter(each -> each.type != SOCK_STREAM);
    }

    /** Those whose connections are accepted. */
    public static Stream<TestFamily> listening() {
        return Arrays.stream(values()).filter(each -> each.type != SOCK_DGRAM && !each.isPair());
    }

    /** Whether its messages need no connection. */
    public boolean isDatagram() {
        return type == SOCK_DGRAM;
    }

    /** Whether it moves records on a connection. */
    public boolean isSeqpacket() {
        return type == SOCK_SEQPACKET;
    }

    /** Whether it moves bytes. */
    public boolean isStream() {
        return type == SOCK_STREAM;
    }

    /** Whether it is of AF_UNIX. */
    public boolean isUnix() {
        return family == AF_UNIX;
    }

    /** Whether it comes from socketpair(2), without names. */
    public boolean isPair() {
        return this == UNIX_PAIR || this == UNIX_DGRAM_PAIR || this == UNIX_SEQPACKET_PAIR;
    }

    /** Whether every machine that tests must have it. */
    public boolean isRequired() {
        return this != MPTCP;
    }

    /** Why this kernel cannot do it, or empty if it can. */
    public Optional<String> missing() {
        synchronized (MISSING) {
            Optional<String> known = MISSING.get(this);
            if (known == null) {
                known = probe();
                MISSING.put(this, known);
                known.ifPresent(why -> System.err.println("*** skipped: " + this + ": " + why));
            }
            return known;
        }
    }

    private Optional<String> probe() {
        try (LinuxSocket.Pair pair = connect()) {
            return pair.left().isOpen() ? Optional.empty() : Optional.of("closed at once");
        } catch (IOException lacking) {
            return Optional.of(String.valueOf(lacking.getMessage()));
        }
    }

    /** Skips the running test if this kernel lacks the family; fails it if it must not. */
    public void require() {
        Optional<String> missing = missing();
        if (missing.isPresent() && isRequired() && "true".equals(System.getenv("CI"))) {
            Assertions.fail(this + " is missing: " + missing.get());
        }
        Assumptions.assumeTrue(missing.isEmpty(), () -> this + ": " + missing.orElse(""));
    }

    /** A name to bind to that nobody else uses: port 0, a new path or abstract name. */
    public Endpoint fresh() {
        return switch (this) {
            case TCP4, MPTCP, UDP4 -> InetEndpoint.of("127.0.0.1", 0);
            case TCP6, UDP6 -> InetEndpoint.of("::1", 0);
            case TCP_DUAL -> InetEndpoint.any(0);
            case UNIX_PATH, UNIX_DGRAM_PATH, UNIX_SEQPACKET_PATH -> UnixEndpoint.of(freshPath());
            case UNIX_ABSTRACT, UNIX_DGRAM_ABSTRACT, UNIX_SEQPACKET_ABSTRACT ->
                    UnixEndpoint.ofAbstract(freshName());
            case UNIX_PAIR, UNIX_DGRAM_PAIR, UNIX_SEQPACKET_PAIR, UNIX_DGRAM_AUTOBIND ->
                    UnixEndpoint.unnamed();
        };
    }

    /** An abstract name that nobody else uses. */
    public static String freshName() {
        return "sockeye-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
    }

    /** A path that nobody else uses, in a directory that goes with this process. */
    public static Path freshPath() {
        return Directory.PATH.resolve("s" + NAMES.incrementAndGet());
    }

    /** A socket as the one that is bound, for instance to {@link #fresh()}. */
    public LinuxSocket socket() throws IOException {
        return LinuxSocket.socket(family, type, protocol);
    }

    /** A socket as the one that connects to an address made by {@link #reachable}. */
    public LinuxSocket client() throws IOException {
        return LinuxSocket.socket(this == TCP_DUAL ? AF_INET : family, type, protocol);
    }

    /** A listening socket on a fresh name. */
    public LinuxSocket listen(int backlog) throws IOException {
        LinuxSocket socket = socket();
        try {
            socket.bind(fresh());
            socket.listen(backlog);
            return socket;
        } catch (IOException | RuntimeException failed) {
            socket.close();
            throw failed;
        }
    }

    /** Where a client connects to, or sends to, to reach a bound socket. */
    public Endpoint reachable(LinuxSocket bound) throws IOException {
        return reachable(bound.getSockName());
    }

    /** The same for the address of a bound socket. */
    public Endpoint reachable(Endpoint bound) {
        return this == TCP_DUAL
                ? InetEndpoint.of("127.0.0.1", ((InetEndpoint) bound).port())
                : bound;
    }

    /** Two sockets that are connected to each other. */
    public LinuxSocket.Pair connect() throws IOException {
        if (isPair()) {
            return LinuxSocket.socketPair(family, type, protocol);
        }
        return isDatagram() ? connectDatagrams() : connectToListener();
    }

    private LinuxSocket.Pair connectToListener() throws IOException {
        LinuxSocket client = null;
        try (LinuxSocket listener = listen(1)) {
            client = client();
            client.connect(reachable(listener));
            return new LinuxSocket.Pair(client, listener.accept().socket());
        } catch (IOException | RuntimeException failed) {
            close(client);
            throw failed;
        }
    }

    private LinuxSocket.Pair connectDatagrams() throws IOException {
        LinuxSocket left = null;
        LinuxSocket right = null;
        try {
            left = socket();
            right = socket();
            left.bind(fresh());
            right.bind(fresh());
            left.connect(right.getSockName());
            right.connect(left.getSockName());
            return new LinuxSocket.Pair(left, right);
        } catch (IOException | RuntimeException failed) {
            close(left);
            close(right);
            throw failed;
        }
    }

    private static void close(@Nullable LinuxSocket socket) throws IOException {
        if (socket != null) {
            socket.close();
        }
    }

    /** The name in small letters: {@code unix-dgram-path}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Where the path names are; removed when the process ends. */
    private static final class Directory {
        static final Path PATH = make();

        private static Path make() {
            try {
                Path made = Files.createTempDirectory("sockeye-test");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made)));
                return made;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private static void remove(Path directory) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path each : files.toList()) {
                    Files.deleteIfExists(each);
                }
                Files.deleteIfExists(directory);
            } catch (IOException left) {
                System.err.println("*** left behind: " + directory);
            }
        }
    }
}
