// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Paths that a struct sockaddr_un has no room for. */
@Tag("A6-03")
class UnixLongPathsTest {
    @TempDir Path directory;

    /** A file {@code deep} in directories, or with a name of so many characters. */
    private Path path(String kind) throws IOException {
        if (kind.equals("deep")) {
            Path deep = directory.resolve("d".repeat(90)).resolve("é".repeat(90));
            return Files.createDirectories(deep).resolve("s");
        }
        return directory.resolve("n".repeat(Integer.parseInt(kind)));
    }

    private static List<String> namesBeside(Path path) {
        return List.of(path.toFile().getParentFile().list());
    }

    @ParameterizedTest
    @ValueSource(strings = {"deep", "110", "255"})
    void aListenerIsReachedAndKnowsItsName(String kind) throws Exception {
        Path path = path(kind);
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        int before = OpenDescriptors.count();
        var rules = ListenSettings.DEFAULT.withMode(0640);
        try (var listener = Listener.stream(endpoint, rules)) {
            assertEquals(endpoint, listener.local());
            assertEquals(List.of(path.getFileName().toString()), namesBeside(path));
            try (var client = StreamSocket.connect(endpoint);
                    var accepted = listener.accept()) {
                assertEquals(endpoint, client.peer());
                assertEquals(endpoint, accepted.local());
                client.write("x");
                assertEquals('x', accepted.inputStream().read());
            }
            assertThrows(BindException.class, () -> Listener.stream(endpoint));
            assertEquals(List.of(path.getFileName().toString()), namesBeside(path));
        }
        assertEquals(List.of(), namesBeside(path));
        assertEquals(before, OpenDescriptors.count());
    }

    @Test
    void recordsAreTakenToo() throws Exception {
        UnixEndpoint endpoint = UnixEndpoint.of(path("deep"));
        try (var listener = Listener.seqpacket(endpoint);
                var client = MessageSocket.connectSeqpacket(endpoint);
                var accepted = listener.accept()) {
            client.send("record");
            assertEquals(6, accepted.receive(ByteBuffer.allocate(9)).length());
            assertEquals(endpoint, accepted.local());
            assertEquals(endpoint, client.peer());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"deep", "255"})
    void aLeftoverIsReplaced(String kind) throws Exception {
        Path path = path(kind);
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        var leave = ListenSettings.DEFAULT.withUnlinkOnClose(false);
        Listener.stream(endpoint, leave).close();
        assertEquals(1, namesBeside(path).size());
        Listener.stream(endpoint).close();
        assertEquals(List.of(), namesBeside(path));
    }

    @Test
    void pythonConnectsByChangingItsDirectory() throws Exception {
        Path path = path("deep");
        String client =
                """
                import os, socket, sys
                os.chdir(os.path.dirname(sys.argv[1]))
                s = socket.socket(socket.AF_UNIX)
                s.connect(os.path.basename(sys.argv[1]))
                s.sendall(b'hello')
                s.shutdown(socket.SHUT_WR)
                print(s.recv(9).decode())
                """;
        try (var listener = Listener.stream(UnixEndpoint.of(path));
                var python = PythonPeer.run(client, path.toString());
                var accepted = listener.accept()) {
            byte[] hello = accepted.inputStream().readAllBytes();
            assertEquals("hello", new String(hello, StandardCharsets.UTF_8));
            accepted.write("bye");
            accepted.shutdownOutput();
            assertEquals("bye\n", python.output());
        }
    }

    private static final String SERVER =
            """
            import os, socket, sys
            os.chdir(os.path.dirname(sys.argv[1]))
            s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
            s.bind(os.path.basename(sys.argv[1]))
            if s.type == socket.SOCK_STREAM:
                s.listen()
            print('ready', flush=True)
            if s.type == socket.SOCK_STREAM:
                for _ in range(2):
                    c, _ = s.accept()
                    c.sendall(c.recv(9))
                    c.close()
            else:
                for _ in range(2):
                    data, peer = s.recvfrom(9)
                    s.sendto(data, peer)
            """;

    @Test
    void weConnectToPythonByTheWholePath() throws Exception {
        Path path = path("deep");
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        try (var python = PythonPeer.run(SERVER, path.toString(), "SOCK_STREAM")) {
            assertEquals("ready", python.readLine());
            try (var stream = StreamSocket.connect(endpoint)) {
                stream.write("role");
                assertEquals("role", text(stream.inputStream().readAllBytes()));
            }
            try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
                assertEquals(0, socket.connectEx(endpoint));
                socket.sendAll("floor".getBytes(StandardCharsets.UTF_8));
                assertEquals("floor", text(socket.recv(9)));
            }
            python.output();
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void weSendToPythonAndAreAnswered() throws Exception {
        Path path = path("deep");
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        try (var python = PythonPeer.run(SERVER, path.toString(), "SOCK_DGRAM")) {
            assertEquals("ready", python.readLine());
            try (var connected = MessageSocket.connect(endpoint)) {
                connected.send("role");
                Message answer = connected.receive(ByteBuffer.allocate(9));
                assertEquals(4, answer.length());
            }
            int before = OpenDescriptors.count();
            try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_DGRAM)) {
                socket.bind(UnixEndpoint.unnamed());
                socket.sendTo("floor".getBytes(StandardCharsets.UTF_8), endpoint);
                assertEquals("floor", text(socket.recv(9)));
            }
            assertEquals(before, OpenDescriptors.count());
            python.output();
        }
    }

    @Test
    void aDatagramSocketIsRefusedWithTheReason() throws Exception {
        Path path = path("deep");
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        var role = assertThrows(IllegalArgumentException.class, () -> MessageSocket.bind(endpoint));
        assertTrue(role.getMessage().contains("could not answer: " + path), role.getMessage());
        try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_DGRAM)) {
            assertThrows(IllegalArgumentException.class, () -> socket.bind(endpoint));
        }
        var spec = EndpointSpec.parse("unix-dgram:" + path);
        assertThrows(EndpointSyntaxException.class, () -> Role.listen(spec));
        assertEquals(List.of(), namesBeside(path));
    }

    @Test
    void theFloorBindsWithinALongDirectory() throws Exception {
        Path path = path("deep");
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
            socket.bind(endpoint);
            socket.listen();
            StreamSocket.connect(endpoint).close();
        }
        assertEquals(List.of("s"), namesBeside(path));
        try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
            UnixEndpoint name = UnixEndpoint.of(path("255"));
            assertThrows(IllegalArgumentException.class, () -> socket.bind(name));
        }
    }

    @Test
    void whatIsMissingIsToldByItsWholeName() throws Exception {
        Path path = path("deep");
        UnixEndpoint endpoint = UnixEndpoint.of(path);
        var refused = assertThrows(ConnectFailure.class, () -> StreamSocket.connect(endpoint));
        assertEquals(
                "connect unix:" + path + ": ENOENT (2) No such file or directory",
                refused.getMessage());
        try (var socket = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
            assertEquals(Errno.ENOENT.number(), socket.connectEx(endpoint));
        }
        UnixEndpoint below = UnixEndpoint.of(path.resolve("s"));
        var bind = assertThrows(SocketFailure.class, () -> Listener.stream(below));
        assertEquals(Errno.ENOENT, bind.errno());
        assertEquals(below, bind.local());
    }
}
