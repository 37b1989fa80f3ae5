// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/** Both netcats, OpenBSD's and Nmap's, as clients of ours and as servers. */
@Timeout(60)
class NetcatTest {
    private static final String OPENBSD = "nc.openbsd";
    private static final String NMAP = "ncat";

    @TempDir private Path directory;

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    private static void talk(Peer client, StreamSocket connection) throws IOException {
        client.type("hello\n");
        assertEquals("hello", connection.reader().readLine());
        connection.write("good bye\n");
        client.says("good bye");
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A2-03")
    void netcatTalksToOurTcpListener(String netcat) throws Exception {
        try (var listener = Listener.stream(InetEndpoint.any(0))) {
            String port = "" + ((InetEndpoint) listener.local()).port();
            for (String host : new String[] {"127.0.0.1", "::1"}) {
                try (var client = Peer.start(netcat, host, port);
                        var connection = listener.accept()) {
                    assertEquals(host, ((InetEndpoint) connection.peer()).address().toString());
                    talk(client, connection);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A6-03")
    void netcatTalksToOurUnixListener(String netcat) throws Exception {
        Path path = directory.resolve("s");
        try (var listener = Listener.stream(UnixEndpoint.of(path));
                var client = Peer.start(netcat, "-U", path.toString());
                var connection = listener.accept()) {
            talk(client, connection);
            client.end();
            if (netcat.equals(NMAP)) {
                assertNull(connection.reader().readLine());
                connection.shutdownOutput();
                client.succeeds();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A4-03")
    void netcatsUdpDatagramIsAnswered(String netcat) throws Exception {
        try (var socket = MessageSocket.bind(InetEndpoint.loopback(0));
                var client =
                        Peer.start(
                                netcat,
                                "-u",
                                "127.0.0.1",
                                "" + ((InetEndpoint) socket.local()).port())) {
            client.type("question\n");
            Message message = socket.receive(ByteBuffer.allocate(100));
            assertEquals("question\n", text(message));
            socket.sendTo("answer\n", message.peer());
            client.says("answer");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A6-03")
    void netcatsUnixDatagramArrives(String netcat) throws Exception {
        Path path = directory.resolve("s");
        try (var socket = MessageSocket.bind(UnixEndpoint.of(path));
                var client = Peer.start(netcat, "-U", "-u", path.toString())) {
            client.type("question\n");
            assertEquals("question\n", text(socket.receive(ByteBuffer.allocate(100))));
        }
    }

    /** OpenBSD's says nothing when it listens, so the connect is what finds out. */
    private static StreamSocket patiently(Endpoint peer, Peer server) throws IOException {
        while (true) {
            try {
                return StreamSocket.connect(peer);
            } catch (IOException notYet) {
                if (!server.isAlive()) {
                    throw notYet;
                }
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A2-05")
    void weTalkToNetcatsUnixListener(String netcat) throws Exception {
        Path path = directory.resolve("s");
        try (var server = Peer.start(netcat, "-l", "-U", path.toString());
                var connection = patiently(UnixEndpoint.of(path), server)) {
            talk(server, connection);
            Files.delete(path);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {OPENBSD, NMAP})
    @Tag("A2-05")
    void weTalkToNetcatsTcpListener(String netcat) throws Exception {
        int port;
        try (var free = Listener.stream(InetEndpoint.loopback(0))) {
            port = ((InetEndpoint) free.local()).port();
        }
        try (var server = Peer.start(netcat, "-l", "127.0.0.1", "" + port);
                var connection = patiently(InetEndpoint.loopback(port), server)) {
            talk(server, connection);
        }
    }
}
