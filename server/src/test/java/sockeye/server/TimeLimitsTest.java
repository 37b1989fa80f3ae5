// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.wire.CheckedService;
import sockeye.wire.EchoService;
import sockeye.wire.StampFormat;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;

/** How long a connection may take, and how much memory. */
@Timeout(60)
@Tag("H12")
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class TimeLimitsTest {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final StreamHandler ECHO =
            StreamHandler.of(new CheckedService(new EchoService()));
    private static final StreamHandler STAMP =
            StreamHandler.of(
                    new CheckedService(
                            TimestampService.in(ZoneOffset.UTC).format(StampFormat.EPOCH)));
    private static final StreamHandler LINES =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write("<" + line + ">\n");
                }
            };

    private final Peers.Recorder recorder = new Peers.Recorder();

    static List<Endpoint> endpoints() throws IOException {
        return Peers.endpoints();
    }

    static List<StreamHandler> handlers() {
        return List.of(LINES, STAMP);
    }

    private ServerSettings limited(Function<ServerLimits, ServerLimits> change) {
        return recorder.settings().withLimits(change.apply(ServerLimits.DEFAULT));
    }

    private void expect(TimeLimit limit, Server server) throws Exception {
        var told = assertInstanceOf(TimeLimitException.class, recorder.failed.take());
        assertEquals(limit, told.limit());
        assertEquals(1, server.exceeded(limit));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aSilentPeerIsLetGo(Endpoint endpoint) throws Exception {
        for (StreamHandler handler : handlers()) {
            var settings = limited(limits -> limits.withIdle(SHORT));
            try (var server = Server.stream(endpoint, settings, handler);
                    var client = StreamSocket.connect(server.local())) {
                client.write("hello\n");
                assertNotNull(client.reader().readLine());
                assertEquals(-1, client.read(new byte[1]));
                expect(TimeLimit.IDLE, server);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aSilentPeerBehindALayerIsLetGo(StreamHandler handler) throws Exception {
        var settings =
                limited(limits -> limits.withIdle(SHORT))
                        .withLayers((below, connection) -> Masking.answer(below));
        try (var server = Server.stream(Peers.tcp(), settings, handler);
                var socket = StreamSocket.connect(server.local())) {
            ByteStream client = Masking.greet(socket);
            client.write("hello\n");
            assertNotNull(client.reader().readLine());
            assertEquals(-1, client.read(new byte[1]));
            expect(TimeLimit.IDLE, server);
        }
    }

    @Test
    void aSilentPeerOfRecordsIsLetGo() throws Exception {
        var settings = limited(limits -> limits.withIdle(SHORT));
        try (var server =
                        Server.seqpacket(
                                Peers.abstractName(),
                                settings,
                                MessageHandler.of(new EchoService()));
                var client = MessageSocket.connectSeqpacket(server.local())) {
            client.send("hello");
            assertNotNull(client.receive(ByteBuffer.allocate(100)));
            assertTrue(client.receive(ByteBuffer.allocate(100)) == null);
            expect(TimeLimit.IDLE, server);
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aMessageThatNeverEndsIsExceededHoweverBusyItsPeer(StreamHandler handler) throws Exception {
        var settings = limited(limits -> limits.withMessageTime(SHORT));
        try (var server = Server.stream(Peers.tcp(), settings, handler);
                var client = StreamSocket.connect(server.local())) {
            client.write("whole\n");
            assertNotNull(client.reader().readLine());
            dribble(client);
            expect(TimeLimit.MESSAGE, server);
        }
    }

    /** A byte now and then, until nobody wants any more. */
    private static void dribble(StreamSocket client) throws IOException {
        while (true) {
            client.readDeadline(Deadline.after(Duration.ofMillis(20)));
            try {
                client.write("x");
                if (client.read(new byte[1]) < 0) {
                    return;
                }
            } catch (SocketTimeoutException notYet) {
                // On with it.
            } catch (IOException reset) {
                return;
            }
        }
    }

    private static void fill(StreamSocket client, byte[] with) throws IOException {
        client.writeDeadline(Deadline.after(Duration.ofMillis(300)));
        try {
            while (true) {
                client.write(with);
            }
        } catch (SocketTimeoutException full) {
            client.writeDeadline(Deadline.NONE);
        }
    }

    @Test
    void aPeerThatTakesNothingIsLetGoAndItsMemoryToo() throws Exception {
        for (StreamHandler handler : List.of(ECHO, LINES)) {
            var settings = limited(limits -> limits.withStall(SHORT));
            try (var server = Server.stream(Peers.tcp(), settings, handler);
                    var client = StreamSocket.connect(server.local())) {
                byte[] lines = "0123456\n".repeat(8_192).getBytes(StandardCharsets.US_ASCII);
                try {
                    while (true) {
                        fill(client, lines);
                    }
                } catch (IOException reset) {
                    // As it has to be.
                }
                expect(TimeLimit.STALL, server);
                recorder.closed.take();
                assertEquals(0, server.arrears.held());
            }
        }
    }

    @Test
    void aLifetimeEndsTheBusiest() throws Exception {
        var settings = limited(limits -> limits.withLifetime(SHORT));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var client = StreamSocket.connect(server.local())) {
            byte[] one = new byte[1];
            try {
                do {
                    client.write("x");
                } while (client.read(one) == 1);
            } catch (IOException reset) {
                // That may be how it sees the end.
            }
            expect(TimeLimit.LIFETIME, server);
        }
    }

    @Test
    void aHandlerThatDoesNotListenIsClosedUnderItsHands() throws Exception {
        var settings = limited(limits -> limits.withIdle(SHORT)).withLinger(Duration.ZERO);
        StreamHandler stubborn =
                client -> {
                    while (client.isOpen()) {
                        try {
                            client.readDeadline(Deadline.NONE);
                            client.read(new byte[1]);
                        } catch (SocketTimeoutException again) {
                            // It was told and tries again.
                        }
                    }
                };
        try (var server = Server.stream(Peers.tcp(), settings, stubborn);
                var client = StreamSocket.connect(server.local())) {
            assertEquals(-1, client.read(new byte[1]));
            assertNotNull(recorder.closed.take());
            assertEquals(1, server.exceeded(TimeLimit.IDLE));
        }
    }

    @Test
    void aHandshakeThatTakesTooLongIsCounted() throws Exception {
        var settings =
                limited(limits -> limits.withHandshake(SHORT))
                        .withLayers((below, connection) -> Masking.answer(below));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var client = StreamSocket.connect(server.local())) {
            assertEquals(-1, client.read(new byte[1]));
            expect(TimeLimit.HANDSHAKE, server);
        }
    }

    @Test
    void aServerThatNobodyVisitsIsStillThere() throws Exception {
        var settings = limited(limits -> limits.withIdle(SHORT));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO)) {
            for (int i = 0; i < 3; i++) {
                // Between them the watch rests.
                try (var client = StreamSocket.connect(server.local())) {
                    assertEquals(-1, client.read(new byte[1]));
                }
                recorder.closed.take();
            }
            assertEquals(3, server.exceeded(TimeLimit.IDLE));
        }
    }

    // Memory.

    @Test
    void withLittleMemoryNothingIsLost() throws Exception {
        byte[] sent = new byte[4 << 20];
        new Random(1).nextBytes(sent);
        // Too little to keep any workspace: every wait copies what is left.
        var settings = limited(limits -> limits.withMemory(Workspace.BYTES * 2L - 1));
        for (Endpoint endpoint : endpoints()) {
            try (var server = Server.stream(endpoint, settings, ECHO);
                    var client = StreamSocket.connect(server.local())) {
                Thread writer =
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        client.write(sent);
                                        client.shutdownOutput();
                                    } catch (IOException failed) {
                                        throw new AssertionError(failed);
                                    }
                                });
                byte[] got = client.inputStream().readAllBytes();
                writer.join();
                assertArrayEquals(sent, got);
            }
        }
    }

    @Test
    void linesThatAreAnsweredLateAreAllAnswered() throws Exception {
        var settings = limited(limits -> limits.withMemory(Workspace.BYTES * 2L - 1));
        int many = 200_000;
        try (var server = Server.stream(Peers.tcp(), settings, STAMP);
                var client = StreamSocket.connect(server.local())) {
            var text = new StringBuilder();
            for (int i = 0; i < many; i++) {
                text.append(i).append('\n');
            }
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    client.write(text.toString());
                                } catch (IOException failed) {
                                    throw new AssertionError(failed);
                                }
                            });
            for (int i = 0; i < many; i++) {
                String line = client.reader().readLine();
                assertNotNull(line);
                assertEquals(i, Integer.parseInt(line.substring(line.indexOf(' ') + 1)));
            }
            writer.join();
        }
    }

    @Test
    void thoseWhoTakeNothingShareWhatMemoryTheyMayHold() throws Exception {
        int most = 300_000;
        var settings = limited(limits -> limits.withMemory(most).withStall(Duration.ZERO));
        var deaf = new ArrayList<StreamSocket>();
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var other = StreamSocket.connect(server.local())) {
            byte[] much = new byte[1 << 16];
            while (recorder.failed.isEmpty()) {
                var client = StreamSocket.connect(server.local());
                deaf.add(client);
                try {
                    fill(client, much);
                } catch (IOException closedForAll) {
                    // It was the one too many.
                }
                assertTrue(server.arrears.held() <= most);
                other.write("x");
                assertEquals(1, other.read(new byte[1]), "others are served");
            }
            String told = recorder.failed.take().getMessage();
            assertTrue(told.contains("take no answers"), told);
        } finally {
            for (StreamSocket client : deaf) {
                client.close();
            }
        }
    }
}
