// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.LinuxSocket;
import sockeye.StreamSocket;
import sockeye.wire.CheckedService;
import sockeye.wire.StampFormat;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** What stands between sockets and handlers. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class LayerTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final StreamLayer MASK = (below, connection) -> Masking.answer(below);
    private static final StreamHandler STAMP =
            StreamHandler.of(
                    new CheckedService(
                            TimestampService.in(ZoneOffset.UTC).format(StampFormat.EPOCH)));
    private static final StreamHandler LINES =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write("1 " + line + "\n");
                }
            };

    static List<StreamHandler> handlers() {
        return List.of(LINES, STAMP);
    }

    private static ServerSettings masked() {
        return ServerSettings.DEFAULT.withLayers(MASK);
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aLayersStreamIsServedAndEndedInItsOwnWay(StreamHandler handler) throws Exception {
        try (var server = Server.stream(Peers.tcp(), masked(), handler);
                var socket = StreamSocket.connect(server.local())) {
            var client = Masking.greet(socket);
            client.write("one\ntwo\n");
            assertTrue(client.reader().readLine().endsWith(" one"));
            assertTrue(client.reader().readLine().endsWith(" two"));
            client.shutdownOutput();
            assertNull(client.reader().readLine());
            assertTrue(client.hasFarewell());
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aStopEndsTheInputOfTheLayersStream(StreamHandler handler) throws Exception {
        var recorder = new Peers.Recorder();
        var settings = masked().withObserver(recorder);
        var server = Server.stream(Peers.tcp(), settings, handler);
        try (var socket = StreamSocket.connect(server.local())) {
            var client = Masking.greet(socket);
            client.write("one\n");
            assertNotNull(client.reader().readLine());
            var stopped = CompletableFuture.supplyAsync(() -> server.stop(LONG));
            assertNull(client.reader().readLine());
            assertTrue(client.hasFarewell(), "the end was not said");
            socket.close();
            assertEquals(0, stopped.get().cutOff());
            assertTrue(recorder.failed.isEmpty(), recorder.failed.toString());
        }
    }

    @Test
    void aHandshakeHoldsUpNobodyAndHasADeadline() throws Exception {
        var recorder = new Peers.Recorder();
        var settings =
                masked().withObserver(recorder)
                        .withLimits(ServerLimits.DEFAULT.withHandshake(Duration.ofMillis(300)));
        try (var server = Server.stream(Peers.tcp(), settings, LINES);
                var silent = StreamSocket.connect(server.local());
                var other = StreamSocket.connect(server.local())) {
            var client = Masking.greet(other);
            client.write("hello\n");
            assertEquals("1 hello", client.reader().readLine());
            assertEquals(-1, silent.read(new byte[1]));
            assertInstanceOf(SocketTimeoutException.class, recorder.failed.take());
            // The handshake's deadline is not the connection's.
            client.write("again\n");
            assertEquals("1 again", client.reader().readLine());
        }
    }

    @Test
    void aFailedHandshakesReasonArrives() throws Exception {
        try (var server = Server.stream(Peers.tcp(), masked(), LINES);
                var client = StreamSocket.connect(server.local())) {
            // More than the layer reads: closed at once, that would reset the connection.
            client.write(new byte[100_000]);
            assertEquals("what?", client.reader().readLine());
            assertNull(client.reader().readLine());
        }
    }

    @Test
    void aStopEndsHandshakes() throws Exception {
        var recorder = new Peers.Recorder();
        var server = Server.stream(Peers.tcp(), masked().withObserver(recorder), LINES);
        try (var client = StreamSocket.connect(server.local())) {
            recorder.accepted.take();
            var stopped = CompletableFuture.supplyAsync(() -> server.stop(LONG));
            client.reader().readLine();
            client.close();
            assertEquals(0, stopped.get().cutOff());
        }
    }

    @Test
    void layersAreEstablishedInOrderAndFoundFromTheTop() throws Exception {
        var found = new CompletableFuture<Boolean>();
        var settings =
                ServerSettings.DEFAULT.withLayers(
                        (below, connection) -> {
                            below.reader().readLine();
                            return below;
                        },
                        MASK);
        StreamHandler handler =
                client ->
                        found.complete(
                                client.unwrap(Masking.class).isPresent()
                                        && client.unwrap(LinuxSocket.class).isPresent());
        try (var server = Server.stream(Peers.tcp(), settings, handler);
                var socket = StreamSocket.connect(server.local())) {
            socket.write("header\n");
            Masking.greet(socket);
            assertTrue(found.get());
        }
    }

    @Test
    void aHandlerKnowsItsConnection() throws Exception {
        var found = new CompletableFuture<ServerConnection>();
        var done = new CountDownLatch(1);
        StreamHandler handler =
                client -> {
                    found.complete(ServerConnection.current());
                    done.await();
                };
        try (var server = Server.stream(Peers.tcp(), handler);
                var client = StreamSocket.connect(server.local())) {
            ServerConnection connection = found.get();
            assertEquals(client.local(), connection.peer());
            assertEquals(client.local(), connection.carrier());
            assertEquals(server.local(), connection.local());
            assertTrue(server.connections().contains(connection));
            done.countDown();
        }
        assertThrows(NoSuchElementException.class, ServerConnection::current);
    }

    @Test
    void aProxysClientIsThePeer() throws Exception {
        var behind = sockeye.InetEndpoint.of("192.0.2.1", 1234);
        var front = sockeye.InetEndpoint.of("192.0.2.2", 80);
        var found = new CompletableFuture<ServerConnection>();
        StreamLayer proxy =
                (below, connection) -> {
                    connection.presents(behind, front);
                    return below;
                };
        var settings = ServerSettings.DEFAULT.withLayers(proxy);
        StreamHandler handler = client -> found.complete(ServerConnection.current());
        try (var server = Server.stream(Peers.tcp(), settings, handler);
                var client = StreamSocket.connect(server.local())) {
            ServerConnection connection = found.get();
            assertEquals(behind, connection.peer());
            assertEquals(front, connection.local());
            assertEquals(client.local(), connection.carrier());
            assertFalse(connection.toString().isEmpty());
        }
    }

    @Test
    void aHandlerThatThrowsEndsTheLayersStreamToo() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler poor =
                client -> {
                    client.reader().readLine();
                    throw new IOException("as told");
                };
        var settings = masked().withObserver(recorder);
        try (var server = Server.stream(Peers.tcp(), settings, poor);
                var socket = StreamSocket.connect(server.local())) {
            var client = Masking.greet(socket);
            client.write("x\n");
            assertNull(client.reader().readLine());
            assertTrue(client.hasFarewell());
            assertEquals("as told", recorder.failed.take().getMessage());
        }
    }
}
