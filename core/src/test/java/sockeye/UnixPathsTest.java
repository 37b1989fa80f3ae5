// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The files of Unix sockets: who finds them, who replaces them, who removes them. */
@Tag("A6-03")
class UnixPathsTest {
    @TempDir Path directory;

    private Path file(String name) {
        return directory.resolve(name);
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private List<String> names() {
        return List.of(directory.toFile().list());
    }

    private static Object inode(Path path) throws IOException {
        return Files.getAttribute(path, "unix:ino", LinkOption.NOFOLLOW_LINKS);
    }

    /** The file of a socket that nobody has any more. */
    private static void leaveBehind(Path path, int type) throws IOException {
        try (LinuxSocket socket = LinuxSocket.socket(AF_UNIX, type)) {
            socket.bind(UnixEndpoint.of(path));
        }
        assertTrue(exists(path));
    }

    private static Role open(Path path, int type) throws IOException {
        return open(UnixEndpoint.of(path), type, ListenSettings.DEFAULT);
    }

    private static Role open(UnixEndpoint path, int type, ListenSettings rules) throws IOException {
        return switch (type) {
            case SOCK_STREAM -> Listener.stream(path, rules);
            case SOCK_SEQPACKET -> Listener.seqpacket(path, rules);
            default -> MessageSocket.bind(path, rules);
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM})
    void theFileIsThereWhileTheSocketIsOpenAndNothingElseEverStays(int type) throws Exception {
        Path path = file("s");
        try (Role role = open(path, type)) {
            assertEquals(List.of("s"), names());
            assertEquals(UnixEndpoint.of(path), role.socket().getSockName());
        }
        assertEquals(List.of(), names());
    }

    @Test
    void theFileStaysIfItShall() throws Exception {
        Path path = file("s");
        var rules = ListenSettings.DEFAULT.withUnlinkOnClose(false);
        Listener.stream(UnixEndpoint.of(path), rules).close();
        assertEquals(List.of("s"), names());
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM})
    void aLeftoverOfAnyTypeIsReplaced(int left) throws Exception {
        Path path = file("s");
        for (int type : List.of(SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM)) {
            leaveBehind(path, left);
            open(path, type).close();
            assertEquals(List.of(), names());
        }
    }

    @Test
    void aLeftoverStaysIfItShall() throws Exception {
        Path path = file("s");
        leaveBehind(path, SOCK_STREAM);
        Object before = inode(path);
        var rules = ListenSettings.DEFAULT.withReplaceStale(false);
        var refused =
                assertThrows(
                        BindFailure.class, () -> Listener.stream(UnixEndpoint.of(path), rules));
        assertEquals(Errno.EADDRINUSE, refused.errno());
        assertEquals(before, inode(path));
    }

    @Test
    void aLeftoverOfAKilledProcessIsReplaced() throws Exception {
        Path path = file("s");
        try (StarterProcess killed = StarterProcess.start(path)) {
            assertEquals("listening", killed.ask("listen"));
            assertThrows(BindException.class, () -> open(path, SOCK_STREAM));
            killed.kill();
        }
        assertTrue(exists(path));
        try (var listener = Listener.stream(UnixEndpoint.of(path))) {
            StreamSocket.connect(UnixEndpoint.of(path)).close();
            listener.accept().close();
        }
        assertEquals(List.of(), names());
    }

    /** A Python socket of any type, bound, maybe listening, maybe with a full backlog. */
    private static final String HOLDER =
            """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
            s.bind(sys.argv[1])
            clients = []
            if sys.argv[3] != 'bound':
                s.listen(0)
            if sys.argv[3] == 'full':
                while True:
                    c = socket.socket(socket.AF_UNIX, s.type)
                    c.setblocking(False)
                    clients.append(c)
                    if c.connect_ex(sys.argv[1]) != 0:
                        break
            print('ready', flush=True)
            sys.stdin.read()
            if sys.argv[3] == 'listening':
                s.setblocking(False)
                try:
                    s.accept()
                    print('somebody came')
                except BlockingIOError:
                    print('nobody came')
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SOCK_STREAM bound",
                "SOCK_STREAM listening",
                "SOCK_STREAM full",
                "SOCK_SEQPACKET bound",
                "SOCK_SEQPACKET listening",
                "SOCK_DGRAM bound",
            })
    void aLivingSocketIsNeverReplacedNorDisturbed(String kind) throws Exception {
        Path path = file("s");
        String[] words = kind.split(" ");
        try (var holder = PythonPeer.run(HOLDER, path.toString(), words[0], words[1])) {
            assertEquals("ready", holder.readLine());
            Object before = inode(path);
            for (int type : List.of(SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM)) {
                var refused = assertThrows(BindFailure.class, () -> open(path, type));
                assertEquals(Errno.EADDRINUSE, refused.errno());
                assertEquals(UnixEndpoint.of(path), refused.local());
            }
            assertEquals(before, inode(path));
            assertEquals(List.of("s"), names());
            String rest = holder.output();
            assertEquals(words[1].equals("listening") ? "nobody came\n" : "", rest);
        }
    }

    @Test
    void whatIsNoSocketIsNeverRemoved() throws Exception {
        Path stale = file("stale");
        leaveBehind(stale, SOCK_STREAM);
        Files.createFile(file("file"));
        Files.createDirectory(file("directory"));
        Files.createSymbolicLink(file("link"), stale);
        Files.createSymbolicLink(file("dangling"), file("nowhere"));
        List<String> before = names().stream().sorted().toList();
        for (String name : before) {
            if (!name.equals("stale")) {
                assertThrows(BindException.class, () -> open(file(name), SOCK_STREAM), name);
            }
        }
        assertEquals(before, names().stream().sorted().toList());
    }

    @Test
    void aFileThatIsNotOursAnyMoreStays() throws Exception {
        Path path = file("s");
        Role first = open(path, SOCK_STREAM);
        Files.delete(path);
        Role second = open(path, SOCK_STREAM);
        Object inode = inode(path);
        first.close();
        assertEquals(inode, inode(path));
        Files.delete(path);
        Files.writeString(path, "mine");
        second.close();
        assertEquals("mine", Files.readString(path));
        assertEquals(List.of("s"), names());
    }

    @Test
    void aListenerWithoutItsFileClosesAllTheSame() throws Exception {
        Path inner = Files.createDirectory(file("inner"));
        Role listener = open(inner.resolve("s"), SOCK_STREAM);
        Files.delete(inner.resolve("s"));
        Files.delete(inner);
        listener.close();
        assertFalse(listener.socket().isOpen());
    }

    @Test
    void ofManyThreadsThatStartAtOnceOneWins() throws Exception {
        Path path = file("s");
        int starters = 6;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int round = 0; round < 100; round++) {
                leaveBehind(path, SOCK_STREAM);
                var barrier = new CyclicBarrier(starters);
                List<Future<Role>> results = new ArrayList<>();
                for (int i = 0; i < starters; i++) {
                    results.add(
                            threads.submit(() -> {
                                barrier.await();
                                return orNull(path);
                            }));
                }
                List<Role> won = new ArrayList<>();
                for (Future<Role> result : results) {
                    if (result.get() != null) {
                        won.add(result.get());
                    }
                }
                assertEquals(1, won.size(), "round " + round);
                try (Role winner = won.getFirst()) {
                    StreamSocket.connect(UnixEndpoint.of(path)).close();
                    assertTrue(winner.socket().isOpen());
                }
                assertEquals(List.of(), names());
            }
        }
    }

    private static Role orNull(Path path) throws IOException {
        try {
            return open(path, SOCK_STREAM);
        } catch (BindException taken) {
            return null;
        }
    }

    @Test
    void ofTwoProcessesThatStartAtOnceOneWins() throws Exception {
        Path path = file("s");
        try (StarterProcess one = StarterProcess.start(path);
                StarterProcess other = StarterProcess.start(path)) {
            for (int round = 0; round < 100; round++) {
                leaveBehind(path, SOCK_STREAM);
                one.tell("listen");
                other.tell("listen");
                List<String> said = List.of(one.answer(), other.answer());
                assertTrue(said.contains("listening"), said::toString);
                assertTrue(said.contains("EADDRINUSE"), said::toString);
                StreamSocket.connect(UnixEndpoint.of(path)).close();
                one.ask("close");
                other.ask("close");
                assertEquals(List.of(), names());
            }
        }
    }

    @Test
    void aStarterWaitsForTheLockOfAnother() throws Exception {
        Path path = file("s");
        byte[] name = {'s'};
        try (FileHandle here = FileHandle.directory(Kernel.current(), bytes(directory))) {
            NameLock held = NameLock.take(here, name, self(), 0);
            assertEquals(NameLock.State.HELD, held.state);
            try (NameLock second = NameLock.take(here, name, self(), 0)) {
                assertEquals(NameLock.State.BUSY, second.state);
            }
            assertEquals(List.of("s.bindlock"), names());
            Thread.currentThread().interrupt();
            assertThrows(SocketInterruptedException.class, () -> open(path, SOCK_STREAM));
            assertTrue(Thread.interrupted());
            assertEquals(List.of("s.bindlock"), names());

            try (var starting = Executors.newVirtualThreadPerTaskExecutor()) {
                Future<Role> started = starting.submit(() -> open(path, SOCK_STREAM));
                held.close();
                started.get().close();
            }
        }
        assertEquals(List.of(), names());
    }

    @Test
    void aLockThatSomebodyLeftIsTakenAndAStrangersIsLetBe() throws Exception {
        Path path = file("s");
        Path lock = file("s.bindlock");
        Files.createFile(lock);
        open(path, SOCK_STREAM).close();
        assertEquals(List.of(), names());

        Files.createSymbolicLink(lock, file("elsewhere"));
        open(path, SOCK_STREAM).close();
        assertEquals(List.of("s.bindlock"), names());
        leaveBehind(path, SOCK_STREAM);
        assertThrows(BindException.class, () -> open(path, SOCK_STREAM));
    }

    private static int self() {
        return Kernel.current().getuid();
    }

    private static byte[] bytes(Path path) {
        return path.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aNameMayHaveAnyBytes() throws Exception {
        byte[] odd = {(byte) 0xFF, '\n', ' ', '%', (byte) 0xC3, 1, '@'};
        byte[] prefix = (directory + "/").getBytes(StandardCharsets.UTF_8);
        byte[] path = java.util.Arrays.copyOf(prefix, prefix.length + odd.length);
        System.arraycopy(odd, 0, path, prefix.length, odd.length);
        UnixEndpoint endpoint = UnixEndpoint.ofPath(path);
        try (var listener = Listener.stream(endpoint)) {
            assertArrayEquals(path, ((UnixEndpoint) listener.local()).nameBytes());
            String connect =
                    """
                    import os, socket, sys
                    d = os.fsencode(sys.argv[1])
                    [name] = os.listdir(d)
                    s = socket.socket(socket.AF_UNIX)
                    s.connect(d + b'/' + name)
                    print(list(name))
                    """;
            try (var python = PythonPeer.run(connect, directory.toString())) {
                listener.accept().close();
                assertEquals("[255, 10, 32, 37, 195, 1, 64]\n", python.output());
            }
            String text = EndpointSpec.of(EndpointScheme.UNIX, endpoint).toString();
            StreamSocket.connect(EndpointSpec.parse(text)).close();
        }
        assertEquals(List.of(), names());
    }

    @Test
    void aRelativePathIsRelativeToTheWorkingDirectory() throws Exception {
        try (var listener = Listener.stream(UnixEndpoint.of("target/relative.sock"))) {
            assertTrue(exists(Path.of("target/relative.sock")));
            StreamSocket.connect(listener.local()).close();
        }
        assertFalse(exists(Path.of("target/relative.sock")));
    }

    @Test
    void aDirectoryThatIsMissingIsTold() {
        Path path = file("missing").resolve("s");
        var refused = assertThrows(SocketFailure.class, () -> open(path, SOCK_STREAM));
        assertEquals(Errno.ENOENT, refused.errno());
        assertEquals(
                "bind unix:" + path + ": ENOENT (2) No such file or directory",
                refused.getMessage());
    }

    @Test
    @Tag("A6-04")
    void onlyAPathHasAModeAndAnOwner() {
        var rules = ListenSettings.DEFAULT;
        List<Endpoint> others = List.of(UnixEndpoint.ofAbstract("x"), InetEndpoint.loopback(0));
        for (Endpoint other : others) {
            for (var wrong :
                    List.of(rules.withMode(0600), rules.withOwner(0), rules.withGroup(0))) {
                assertThrows(IllegalArgumentException.class, () -> Listener.stream(other, wrong));
            }
        }
    }

    @Test
    @Tag("A6-05")
    void aDatagramClientHasANameToBeAnsweredAt() throws Exception {
        Path path = file("s");
        try (var server = MessageSocket.bind(UnixEndpoint.of(path));
                var client = MessageSocket.connect(UnixEndpoint.of(path))) {
            client.send("ping");
            var got = server.receive(java.nio.ByteBuffer.allocate(9));
            assertTrue(((UnixEndpoint) got.peer()).isAbstract());
            server.sendTo("pong", got.peer());
            assertEquals(4, client.receive(java.nio.ByteBuffer.allocate(9)).length());
        }
        assertThrows(ConnectException.class, () -> MessageSocket.connect(UnixEndpoint.of(path)));
    }
}
