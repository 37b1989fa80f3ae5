// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.wire.CheckedService;
import sockeye.wire.EchoService;
import sockeye.wire.StampFormat;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Every way to end a server, by any thread. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class StopTest {
    private static final Duration LONG = Duration.ofMinutes(10);
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

    static List<Endpoint> endpoints() throws IOException {
        return Peers.endpoints();
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void clientsThatSayNothingFinishAtOnce(Endpoint endpoint) throws Exception {
        for (StreamHandler handler : List.of(ECHO, LINES)) {
            var recorder = new Peers.Recorder();
            var server = Server.stream(endpoint, recorder.settings(), handler);
            var clients = new ArrayList<StreamSocket>();
            for (int i = 0; i < 20; i++) {
                clients.add(StreamSocket.connect(server.local()));
                recorder.accepted.take();
            }
            // Each closes when it sees the end, and so ends the lingering.
            for (StreamSocket client : clients) {
                Thread.ofVirtual()
                        .start(() -> {
                            try (client) {
                                assertEquals(-1, client.read(new byte[1]));
                            } catch (IOException failed) {
                                throw new AssertionError(failed);
                            }
                        });
            }
            StopReport report = server.stop(LONG);
            assertEquals(20, report.finished());
            assertEquals(0, report.cutOff());
            server.join();
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void whatHadArrivedIsAnswered(Endpoint endpoint) throws Exception {
        for (StreamHandler handler : List.of(STAMP, LINES)) {
            var server = Server.stream(endpoint, handler);
            try (var client = StreamSocket.connect(server.local())) {
                client.write("first\n");
                assertNotNull(client.reader().readLine());
                var lines = new StringBuilder();
                for (int i = 0; i < 1_000; i++) {
                    lines.append(i).append('\n');
                }
                client.write(lines.toString());
                var stopper = Thread.ofVirtual().start(() -> server.stop(LONG));
                for (int i = 0; i < 1_000; i++) {
                    String line = client.reader().readLine();
                    assertNotNull(line);
                    assertTrue(line.contains(String.valueOf(i)), line);
                }
                assertNull(client.reader().readLine());
                client.close();
                stopper.join();
            }
        }
    }

    @Test
    void aHandlerThatHangsIsCutOff() throws Exception {
        var never = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);
        var recorder = new Peers.Recorder();
        var server =
                Server.stream(
                        Peers.tcp(),
                        recorder.settings(),
                        client -> {
                            try {
                                never.await();
                            } catch (InterruptedException cut) {
                                interrupted.countDown();
                                throw cut;
                            }
                        });
        try (var client = StreamSocket.connect(server.local())) {
            recorder.accepted.take();
            StopReport report = server.stop(Duration.ofMillis(10));
            assertEquals(1, report.cutOff());
            interrupted.await();
            assertNotNull(recorder.closed.take());
            assertTrue(recorder.failed.isEmpty(), "cut off is no failure of its own");
            assertTrue(server.connections().isEmpty());
            assertThrowsOrEnds(client);
        }
    }

    private static void assertThrowsOrEnds(StreamSocket client) {
        try {
            assertEquals(-1, client.read(new byte[1]));
        } catch (IOException reset) {
            assertNotNull(reset.getMessage());
        }
    }

    @Test
    void aPeerThatNeverReadsIsCutOffAndNobodyElse() throws Exception {
        var recorder = new Peers.Recorder();
        var server = Server.stream(Peers.tcp(), recorder.settings(), ECHO);
        try (var deaf = StreamSocket.connect(server.local());
                var other = StreamSocket.connect(server.local())) {
            byte[] some = new byte[1 << 16];
            deaf.writeDeadline(sockeye.Deadline.after(Duration.ofMillis(300)));
            assertThrows(
                    java.net.SocketTimeoutException.class,
                    () -> {
                        while (true) {
                            deaf.write(some);
                        }
                    });
            other.write("x");
            assertEquals(1, other.read(new byte[1]));
            recorder.accepted.take();
            recorder.accepted.take();
            other.close();
            recorder.closed.take();
            assertEquals(1, server.stop(Duration.ofMillis(10)).cutOff());
        }
    }

    @Test
    void aHandlerStopsItsServerWithoutWaitingForItself() throws Exception {
        var server = new AtomicReference<Server>();
        var report = new AtomicReference<StopReport>();
        var ready = new CountDownLatch(1);
        server.set(
                Server.stream(
                        Peers.tcp(),
                        client -> {
                            ready.await();
                            client.reader().readLine();
                            report.set(server.get().stop(LONG));
                            client.write("stopped\n");
                        }));
        ready.countDown();
        try (var client = StreamSocket.connect(server.get().local())) {
            client.write("stop\n");
            assertEquals("stopped", client.reader().readLine());
        }
        server.get().join();
        assertEquals(0, report.get().cutOff());
    }

    @Test
    void twoHandlersStopTheirServerAtOnce() throws Exception {
        var server = new AtomicReference<Server>();
        var both = new CountDownLatch(2);
        server.set(
                Server.stream(
                        Peers.tcp(),
                        client -> {
                            client.reader().readLine();
                            both.countDown();
                            both.await();
                            server.get().stop(LONG);
                        }));
        try (var one = StreamSocket.connect(server.get().local());
                var two = StreamSocket.connect(server.get().local())) {
            one.write("stop\n");
            two.write("stop\n");
            server.get().join();
        }
    }

    @Test
    void aDatagramHandlerStopsItsServer() throws Exception {
        var server = new AtomicReference<Server>();
        var ready = new CountDownLatch(1);
        server.set(
                Server.datagram(
                        Peers.tcp(),
                        request -> {
                            ready.await();
                            server.get().stop(LONG);
                        }));
        ready.countDown();
        try (var client = MessageSocket.connect(server.get().local())) {
            client.send("stop");
            server.get().join();
        }
    }

    @Test
    void anObserverStopsItsServer() throws Exception {
        var server = new AtomicReference<Server>();
        var ready = new CountDownLatch(1);
        var observer =
                new ServerObserver() {
                    @Override
                    public void closed(ServerConnection connection) {
                        try {
                            ready.await();
                        } catch (InterruptedException never) {
                            throw new AssertionError(never);
                        }
                        server.get().stop(LONG);
                    }
                };
        server.set(Server.stream(Peers.tcp(), ServerSettings.DEFAULT.withObserver(observer), ECHO));
        ready.countDown();
        StreamSocket.connect(server.get().local()).close();
        server.get().join();
    }

    @Test
    void theShortestOfSeveralStopsHolds() throws Exception {
        var never = new CountDownLatch(1);
        var recorder = new Peers.Recorder();
        var server = Server.stream(Peers.tcp(), recorder.settings(), client -> never.await());
        try (var client = StreamSocket.connect(server.local())) {
            recorder.accepted.take();
            var patient = Thread.ofVirtual().start(() -> server.stop(LONG));
            server.close();
            patient.join();
            server.close();
            assertTrue(client.isOpen());
        }
    }

    @Test
    void anInterruptEndsTheDraining() throws Exception {
        var never = new CountDownLatch(1);
        var recorder = new Peers.Recorder();
        var server = Server.stream(Peers.tcp(), recorder.settings(), client -> never.await());
        try (var client = StreamSocket.connect(server.local())) {
            recorder.accepted.take();
            var kept = new AtomicReference<Boolean>();
            var stopper =
                    Thread.ofVirtual()
                            .start(() -> {
                                server.stop(LONG);
                                kept.set(Thread.currentThread().isInterrupted());
                            });
            stopper.interrupt();
            stopper.join();
            assertTrue(kept.get());
            assertTrue(client.isOpen());
        }
    }

    @Test
    void aStoppedServerIsGone() throws Exception {
        Endpoint endpoint = Peers.path();
        var server = Server.stream(endpoint, ECHO);
        Path file = Path.of(((UnixEndpoint) server.local()).path().toString());
        assertTrue(Files.exists(file));
        server.close();
        assertFalse(Files.exists(file));

        var tcp = Server.stream(Peers.tcp(), ECHO);
        tcp.close();
        assertThrows(ConnectException.class, () -> StreamSocket.connect(tcp.local()).close());
    }

    @Test
    void connectionsThatComeWhileItStopsAreNotForgotten() throws Exception {
        for (int round = 0; round < 50; round++) {
            var server = Server.stream(Peers.tcp(), ECHO);
            var knocker =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (true) {
                                        StreamSocket.connect(server.local()).close();
                                    }
                                } catch (IOException refused) {
                                    // The server is gone.
                                }
                            });
            server.stop(Duration.ofSeconds(20));
            knocker.join();
            assertTrue(server.connections().isEmpty());
        }
    }
}
