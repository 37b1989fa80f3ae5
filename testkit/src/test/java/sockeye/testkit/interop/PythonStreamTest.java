// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.MessageFlag.MSG_OOB;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.SoOption;
import sockeye.StreamSocket;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.FutureTask;

/** Streams between ourselves and Python's socket module, in both directions. */
@Timeout(60)
class PythonStreamTest {
    private static final int MANY = 3_000_000;

    /** A client that sends much while it receives, and compares. */
    private static final String CLIENT =
            """
            family, kind, address = ARGUMENTS
            connection = socket(family, kind)
            connection.connect(address)
            say(repr(connection.getsockname()))
            say(repr(connection.getpeername()))
            data = os.urandom(%d)
            def send():
                connection.sendall(data)
                connection.shutdown(SHUT_WR)
            threading.Thread(target=send).start()
            say(everything(connection) == data)
            """
                    .formatted(MANY);

    private static final String SERVER =
            """
            family, kind, address = ARGUMENTS
            listener = socket(family, kind)
            listener.bind(address)
            listener.listen(5)
            say(listener.getsockname()[1] if family != AF_UNIX else 0)
            connection, peer = listener.accept()
            say(repr(peer))
            while part := connection.recv(65536):
                connection.sendall(part)
            connection.close()
            """;

    @TempDir private Path directory;

    private static void echo(StreamSocket client) throws IOException {
        byte[] buffer = new byte[50_000];
        for (int count; (count = client.read(buffer)) >= 0; ) {
            client.write(buffer, 0, count);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6", "UNIX", "UNIX_ABSTRACT"})
    @Tag("A2-01")
    @Tag("A2-03")
    @Tag("A2-07")
    @Tag("A2-08")
    void pythonsClientGetsBackWhatItSends(Way way) throws Exception {
        try (var listener = Listener.stream(way.fresh(directory));
                var client = client(way, listener);
                var connection = listener.accept()) {
            client.says(Way.python(connection.peer()));
            client.says(Way.python(connection.local()));
            echo(connection);
            connection.shutdownOutput();
            client.says("True").succeeds();
        }
    }

    private static Peer client(Way way, Listener<?> listener) throws IOException {
        return Peer.python(CLIENT, way.family, way.type, listener.local());
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6", "UNIX", "UNIX_ABSTRACT"})
    @Tag("A2-05")
    @Tag("A4-02")
    void pythonsServerGivesBackWhatWeSend(Way way) throws Exception {
        Endpoint asked = way.fresh(directory);
        byte[] data = new byte[MANY];
        new Random(1).nextBytes(data);
        try (var server = Peer.python(SERVER, way.family, way.type, asked);
                var connection = StreamSocket.connect(Way.at(asked, server.number()))) {
            server.says(Way.python(connection.local()));
            var sending =
                    new FutureTask<Void>(() -> {
                        connection.write(data);
                        connection.shutdownOutput();
                        return null;
                    });
            Thread.ofVirtual().start(sending);
            assertArrayEquals(data, connection.inputStream().readAllBytes());
            sending.get();
            server.succeeds();
        }
    }

    @Test
    @Tag("A2-11")
    void aDualStackListenerShowsPythonsIpv4ClientAsWhatItIs() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.any(0))) {
            var local = (InetEndpoint) listener.local();
            try (var client =
                            Peer.python(
                                    """
                                    s = create_connection(("127.0.0.1", ARGUMENTS[0]))
                                    say(repr(s.getsockname()))
                                    sys.stdin.read()
                                    """,
                                    local.port());
                    var connection = listener.accept()) {
                client.says(Way.python(connection.peer()));
                assertEquals("127.0.0.1", ((InetEndpoint) connection.peer()).address().toString());
                client.end().succeeds();
            }
        }
    }

    @Test
    @Tag("A4-16")
    void linesOfPythonsFileObjectAreLinesToUs() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0));
                var client =
                        Peer.python(
                                """
                                s = create_connection(ARGUMENTS[0])
                                f = s.makefile("rw", encoding="utf-8", newline="")
                                f.write("first\\nsecond\\r\\n\\ngr\\u00fc\\u00dfe\\nno end")
                                f.flush()
                                s.shutdown(SHUT_WR)
                                for line in f: say(repr(line))
                                """,
                                listener.local());
                var connection = listener.accept()) {
            var lines = connection.reader();
            for (String line; (line = lines.readLine()) != null; ) {
                connection.write("<" + line + ">\n");
            }
            connection.shutdownOutput();
            client.says("'<first>\\n'").says("'<second>\\n'").says("'<>\\n'");
            client.says("'<grüße>\\n'").says("'<no end>\\n'").succeeds();
        }
    }

    @Test
    @Tag("A2-05")
    void aResetByPythonIsSeenAsOne() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0));
                var client =
                        Peer.python(
                                """
                                s = create_connection(ARGUMENTS[0])
                                s.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                                s.sendall(b"x")
                                sys.stdin.read()
                                s.close()
                                """,
                                listener.local());
                var connection = listener.accept()) {
            assertEquals('x', connection.socket().recv(1)[0]);
            client.end().succeeds();
            var reset = assertThrows(IOException.class, () -> connection.read(new byte[1]));
            assertEquals(
                    "recv tcp:%s from %s: ECONNRESET (104) Connection reset by peer"
                            .formatted(connection.peer(), connection.local()),
                    reset.getMessage());
        }
    }

    @Test
    @Tag("A4-17")
    void urgentDataGoesBothWays() throws Exception {
        try (var listener =
                        Listener.stream(InetEndpoint.loopback(0), SoOption.OOB_INLINE.to(false));
                var client =
                        Peer.python(
                                """
                                s = create_connection(ARGUMENTS[0])
                                s.send(b"abc")
                                s.send(b"!", MSG_OOB)
                                s.send(b"def")
                                say("sent")
                                s.shutdown(SHUT_WR)
                                poll = select.poll()
                                poll.register(s, select.POLLPRI)
                                poll.poll()
                                say(s.recv(1, MSG_OOB))
                                say(everything(s))
                                """,
                                listener.local());
                var connection = listener.accept()) {
            LinuxSocket socket = connection.socket();
            client.says("sent");
            assertEquals("abc", text(socket.recv(10)), "a receive stops at the mark");
            assertTrue(socket.atMark());
            assertEquals("!", text(socket.recv(1, MSG_OOB)));
            assertEquals("def", text(socket.recv(10)));
            assertEquals(0, socket.recv(1).length);
            socket.send(bytes("ghi"));
            socket.send(bytes("?"), 0, 1, MSG_OOB);
            connection.shutdownOutput();
            client.says("b'?'").says("b'ghi'").succeeds();
        }
    }

    @Test
    @Tag("A4-16")
    void theReaderEndsWhenPythonDoes() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0));
                var client = Peer.python("create_connection(ARGUMENTS[0])", listener.local());
                var connection = listener.accept()) {
            client.succeeds();
            assertNull(connection.reader().readLine());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
