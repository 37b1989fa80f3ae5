// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

/** The end of a server whose work another goes on with, and what a stop tells. */
@Timeout(60)
@Tag("B-12")
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class RetireTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final StreamHandler ECHO = StreamHandler.of(new EchoService());

    static List<Endpoint> endpoints() throws IOException {
        return Peers.endpoints();
    }

    /** Another who has the same socket, as a successor has it. */
    private static Role other(Server server) throws IOException {
        return Role.of(LinuxSocket.adoptDuplicate(server.source().fileno()));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void whoIsConnectedGoesOnAndWhoComesIsTheOthers(Endpoint endpoint) throws Exception {
        for (StreamHandler handler : List.of(ECHO, (StreamHandler) RetireTest::lines)) {
            var recorder = new Peers.Recorder();
            var server = Server.stream(endpoint, recorder.settings(), handler);
            Endpoint at = server.local();
            CompletableFuture<StopReport> report;
            try (var listener = (Listener<?>) other(server);
                    var client = StreamSocket.connect(at)) {
                recorder.accepted.take();
                report = CompletableFuture.supplyAsync(() -> server.retire(LONG, LONG));
                while (server.source().socket().isOpen()) {
                    Thread.onSpinWait();
                }
                for (int i = 0; i < 3; i++) {
                    client.write("still here\n");
                    assertEquals("still here", client.reader().readLine());
                }
                if (!at.toString().startsWith("/")) {
                    try (var next = StreamSocket.connect(at);
                            var served = (StreamSocket) listener.accept()) {
                        assertTrue(next.isOpen() && served.isOpen());
                    }
                }
                assertFalse(report.isDone());
            }
            assertEquals(1, report.join().finished());
            assertEquals(0, report.join().cutOff());
        }
    }

    private static void lines(ByteStream client) throws IOException {
        var lines = client.reader();
        for (String line; (line = lines.readLine()) != null; ) {
            client.write(line + "\n");
        }
    }

    @Test
    void patienceEndsAndThenItIsAStop() throws Exception {
        var server = Server.stream(Peers.tcp(), ECHO);
        try (var client = StreamSocket.connect(server.local())) {
            client.write("x\n");
            assertEquals("x", client.reader().readLine());
            var report =
                    CompletableFuture.supplyAsync(() -> server.retire(Duration.ofMillis(10), LONG));
            assertNull(client.reader().readLine());
            client.close();
            assertEquals(1, report.join().finished());
        }
    }

    @Test
    void aStopEndsThePatience() throws Exception {
        var recorder = new Peers.Recorder();
        var server = Server.stream(Peers.tcp(), recorder.settings(), ECHO);
        try (var client = StreamSocket.connect(server.local())) {
            recorder.accepted.take();
            var report = CompletableFuture.supplyAsync(() -> server.retire(LONG, LONG));
            while (server.source().socket().isOpen()) {
                Thread.onSpinWait();
            }
            server.close();
            assertEquals(1, report.join().cutOff());
            assertTrue(client.isOpen());
        }
    }

    @Test
    void queuedDatagramsAreTheOthers() throws Exception {
        var busy = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var server =
                Server.datagram(
                        InetEndpoint.loopback(0),
                        request -> {
                            busy.countDown();
                            release.await();
                            request.reply(request.payload());
                        });
        try (var other = (MessageSocket) other(server);
                var client = MessageSocket.connect(server.local())) {
            client.send("taken");
            busy.await();
            client.send("left");
            var report = CompletableFuture.supplyAsync(() -> server.retire(LONG, LONG));
            while (!server.leaving()) {
                Thread.onSpinWait();
            }
            release.countDown();
            assertEquals(new StopReport.Datagrams(0, 0), report.join().datagrams());
            assertEquals(5, client.receive(ByteBuffer.allocate(10)).length());
            assertEquals(4, other.receive(ByteBuffer.allocate(10)).length());
        }
    }

    @Test
    void aStopCountsTheDatagramsThatNobodyAnswers() throws Exception {
        var busy = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var server =
                Server.datagram(
                        InetEndpoint.loopback(0),
                        request -> {
                            busy.countDown();
                            release.await();
                        });
        try (var client = MessageSocket.connect(server.local())) {
            client.send("stuck");
            busy.await();
            for (int i = 0; i < 40; i++) {
                client.send("more");
            }
            StopReport report = server.stop(Duration.ZERO);
            assertEquals(new StopReport.Datagrams(0, 40), report.datagrams());
        } finally {
            release.countDown();
        }
    }

    @Test
    void aStopAnswersTheDatagramsThatAreQueued() throws Exception {
        var busy = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var server =
                Server.datagram(
                        InetEndpoint.loopback(0),
                        request -> {
                            busy.countDown();
                            release.await();
                            request.reply(request.payload());
                        });
        try (var client = MessageSocket.connect(server.local())) {
            client.send("first");
            busy.await();
            for (int i = 0; i < 40; i++) {
                client.send("more");
            }
            var report = CompletableFuture.supplyAsync(() -> server.stop(LONG));
            while (!server.leaving()) {
                Thread.onSpinWait();
            }
            release.countDown();
            for (int i = 0; i < 41; i++) {
                assertNotNull(client.receive(ByteBuffer.allocate(10)));
            }
            assertEquals(new StopReport.Datagrams(40, 0), report.join().datagrams());
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void whatAPeerHasReadIsDelivered(Endpoint endpoint) throws Exception {
        var server = Server.stream(endpoint, ECHO);
        try (var client = StreamSocket.connect(server.local())) {
            client.write("twelve bytes");
            assertEquals(12, client.reader().readExactly(12).length);
            var report = CompletableFuture.supplyAsync(() -> server.stop(LONG));
            assertNull(client.reader().readLine());
            client.close();
            assertEquals(new StopReport.Delivery(12, 12, 0), report.join().delivery());
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void whatWaitsForAPeerThatNeverReadsIsNot(Endpoint endpoint) throws Exception {
        int much = 1 << 20;
        var settings = ServerSettings.DEFAULT.withOptions(SoOption.SND_BUF.to(much));
        var full = new CountDownLatch(1);
        var server =
                Server.stream(
                        endpoint,
                        settings,
                        client -> {
                            client.write(new byte[100_000]);
                            full.countDown();
                            client.read(new byte[1]);
                            new CountDownLatch(1).await();
                        });
        try (var deaf = StreamSocket.connect(server.local(), SoOption.RCV_BUF.to(4_096))) {
            full.await();
            StopReport report = server.stop(Duration.ZERO);
            assertEquals(1, report.cutOff());
            assertEquals(100_000, report.delivery().written());
            assertEquals(1, report.delivery().incomplete());
            assertTrue(report.delivery().delivered() < 100_000, report::toString);
            assertTrue(deaf.isOpen());
        }
    }
}
