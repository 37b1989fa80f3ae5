// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.AddressFamily;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.TcpInfo;
import sockeye.UnixEndpoint;
import sockeye.wire.AccessFormat;
import sockeye.wire.AnswerRules;
import sockeye.wire.EchoService;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/** What can be seen of a server: its counters, its connections, its log. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class ObservingTest {
    private static final StreamHandler ECHO = StreamHandler.of(new EchoService());

    /** Sends and reads back, and returns when the server has closed. */
    private static void exchange(Server server, String text) throws Exception {
        try (var client = StreamSocket.connect(server.local())) {
            client.write(text);
            client.shutdownOutput();
            assertEquals(text.length(), client.inputStream().readAllBytes().length);
        }
    }

    @Test
    void everyConnectionIsCountedOnceWithWhatItMoved() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), ECHO)) {
            exchange(server, "hello");
            exchange(server, "you");
            recorder.closed.take();
            recorder.closed.take();
            try (var open = StreamSocket.connect(server.local())) {
                open.write("and");
                assertEquals(3, open.read(ByteBuffer.allocate(3)));
                recorder.accepted.take();
                ServerStatistics now = server.statistics();
                assertEquals(3, now.connections().accepted());
                assertEquals(1, now.connections().active());
                assertEquals(2, now.connections().finished());
                assertEquals(11, now.traffic().received());
                assertEquals(11, now.traffic().sent());
            }
        }
    }

    @Test
    void failuresAreToldFromHandshakesThatFailed() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler fails =
                client -> {
                    throw new IllegalStateException("no");
                };
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), fails)) {
            StreamSocket.connect(server.local()).close();
            recorder.closed.take();
            assertEquals(1, server.statistics().connections().failed());
            assertEquals(0, server.statistics().connections().failedHandshakes());
        }
        StreamLayer refuses =
                (below, connection) -> {
                    throw new IOException("no");
                };
        var layered = recorder.settings().withLayers(refuses);
        try (var server = Server.stream(Peers.tcp(), layered, ECHO)) {
            StreamSocket.connect(server.local()).close();
            recorder.closed.take();
            assertEquals(1, server.statistics().connections().failed());
            assertEquals(1, server.statistics().connections().failedHandshakes());
        }
    }

    @Test
    void noCounterEverGoesDown() throws Exception {
        try (var server = Server.stream(Peers.abstractName(), ECHO)) {
            var over = new AtomicBoolean();
            var before = new HashMap<String, Long>();
            var falls = new ArrayList<String>();
            Thread reader =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!over.get()) {
                                    look(server, before, falls);
                                }
                            });
            for (int turn = 0; turn < 500; turn++) {
                exchange(server, "hello");
            }
            over.set(true);
            reader.join();
            assertEquals(List.of(), falls);
        }
    }

    private static void look(Server server, Map<String, Long> before, List<String> falls) {
        server.statistics()
                .forEach((name, value) -> {
                    Long was = before.put(name, value);
                    if (was != null && value < was && !name.equals("connections.active")) {
                        falls.add(name + " " + was + " " + value);
                    }
                });
    }

    @Test
    void everyNumberHasItsOwnName() {
        var names = new ArrayList<String>();
        try (var server = Server.datagram(Peers.tcp(), request -> {})) {
            server.statistics().forEach((name, value) -> names.add(name));
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
        assertEquals(names.size(), names.stream().distinct().count());
        long components =
                List.of(
                                ServerStatistics.Connections.class,
                                ServerStatistics.Datagrams.class,
                                ServerStatistics.Traffic.class)
                        .stream()
                        .mapToLong(each -> each.getRecordComponents().length)
                        .sum();
        // Each reason is a number of its own, and two stand alone.
        int reasons =
                Rejection.values().length
                        + TimeLimit.values().length
                        + AnswerRules.Refusal.values().length;
        assertEquals(components - 3 + reasons + 2, names.size());
    }

    @Test
    void datagramsAreCountedInAndOut() throws Exception {
        var over = new CountDownLatch(1);
        DatagramHandler echo =
                request -> {
                    if (request.payload().remaining() == 4) {
                        // What came before has been answered and counted.
                        over.countDown();
                        return;
                    }
                    request.reply(request.payload());
                    if (request.payload().limit() == 3) {
                        throw new IllegalStateException("three");
                    }
                };
        try (var server = Server.datagram(Peers.tcp(), echo);
                var client = MessageSocket.connect(server.local())) {
            client.send("hello");
            client.receive(ByteBuffer.allocate(10));
            client.send("you");
            client.receive(ByteBuffer.allocate(10));
            client.send("last");
            over.await();
            ServerStatistics now = server.statistics();
            assertEquals(
                    new ServerStatistics.Datagrams(3, 0, 0, 1, 0, Map.of(), 0), now.datagrams());
            assertEquals(new ServerStatistics.Traffic(12, 8, 3), now.traffic());
            assertFalse(now.uptime().isNegative());
        }
    }

    @Test
    void aSnapshotOfTcpKnowsTheRoundTrip() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), ECHO);
                var client = StreamSocket.connect(server.local())) {
            client.write("hello");
            client.read(ByteBuffer.allocate(10));
            ConnectionSnapshot now = recorder.accepted.take().snapshot();
            assertEquals(client.local(), now.peer());
            assertEquals(client.local(), now.carrier());
            assertEquals(server.local(), now.local());
            assertEquals(ConnectionSnapshot.State.SERVING, now.state());
            assertEquals(5, now.received());
            assertEquals(5, now.sent());
            assertNull(now.protocol());
            assertTrue(now.thread().contains(client.local().toString()), now.thread());
            assertEquals(TcpInfo.State.ESTABLISHED, now.tcp().state());
            assertTrue(now.tcp().rtt().isPositive());
            assertEquals(0, now.tcp().totalRetransmissions());
            client.close();
            ServerConnection over = recorder.closed.take();
            assertEquals(ConnectionSnapshot.State.CLOSED, over.snapshot().state());
            assertNull(over.snapshot().tcp());
            assertEquals(5, over.snapshot().received());
        }
    }

    @Test
    void aSnapshotTellsHandshakesAndDrains() throws Exception {
        var shaking = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var serving = new CountDownLatch(1);
        StreamLayer waits =
                (below, connection) -> {
                    shaking.countDown();
                    connection.securedBy("TEST1");
                    await(go);
                    return below;
                };
        StreamHandler handler =
                client -> {
                    serving.countDown();
                    client.reader().readLine();
                    assertEquals(
                            ConnectionSnapshot.State.DRAINING,
                            ServerConnection.current().snapshot().state());
                    client.write("drained");
                };
        var server =
                Server.stream(
                        Peers.abstractName(), ServerSettings.DEFAULT.withLayers(waits), handler);
        try (var client = StreamSocket.connect(server.local())) {
            shaking.await();
            ServerConnection connection = server.connections().iterator().next();
            assertEquals(ConnectionSnapshot.State.HANDSHAKE, connection.snapshot().state());
            go.countDown();
            serving.await();
            ConnectionSnapshot now = connection.snapshot();
            assertEquals(ConnectionSnapshot.State.SERVING, now.state());
            assertEquals("TEST1", now.protocol());
            assertNull(now.tcp());
            assertEquals(OptionalLong.empty(), now.messages());
            assertEquals(1, server.stop().finished());
            assertEquals("drained", client.reader().readLine());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void theAccessLogHasALineForEachThatNoNameCanForge() throws Exception {
        var recorder = new Peers.Recorder();
        var log = new StringWriter();
        var settings =
                ServerSettings.DEFAULT.withObserver(
                        ServerObserver.accessLog(AccessFormat.KEY_VALUE, log).and(recorder));
        byte[] evil = "\nconnection=9 outcome=finished\u001b[2J".getBytes(US_ASCII);
        var server =
                Server.stream(
                        Peers.abstractName(),
                        settings,
                        client -> {
                            String line = client.reader().readLine();
                            if (line.equals("wait")) {
                                client.reader().readLine();
                                new CountDownLatch(1).await();
                            }
                            throw new IllegalStateException(line + "\noutcome=finished");
                        });
        try (var client = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM)) {
            client.bind(UnixEndpoint.ofAbstract(evil));
            client.connect(server.local());
            client.sendAll("evil\n".getBytes(US_ASCII));
            recorder.closed.take();
        }
        try (var client = StreamSocket.connect(server.local())) {
            client.write("wait\n");
            recorder.accepted.take();
            recorder.accepted.take();
            server.close();
            recorder.closed.take();
        }
        List<String> lines = log.toString().lines().toList();
        assertEquals(2, lines.size(), log.toString());
        String first = lines.getFirst();
        assertTrue(
                first.contains(
                        " connection=1 peer=\"@%0Aconnection=9 outcome=finished%1B[2J\" local=@"),
                first);
        assertTrue(first.contains(" received=5 sent=0 outcome=failed reason="), first);
        assertTrue(first.endsWith("evil\\noutcome=finished\""), first);
        assertTrue(lines.get(1).contains(" connection=2 "), lines.get(1));
        assertTrue(lines.get(1).endsWith(" outcome=cut-off"), lines.get(1));
    }

    @Test
    void theAccessLogSaysWhatSecuredAConnection() throws Exception {
        var recorder = new Peers.Recorder();
        var log = new StringWriter();
        var settings =
                ServerSettings.DEFAULT
                        .withLayers(TlsLayer.of(TlsContext.of(TlsPeers.server())))
                        .withObserver(
                                ServerObserver.accessLog(AccessFormat.KEY_VALUE, log)
                                        .and(recorder));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var socket = StreamSocket.connect(server.local());
                var client = TlsStream.client(socket, TlsPeers.client(), "localhost")) {
            client.write("hello");
            assertEquals(5, client.read(ByteBuffer.allocate(5)));
            ConnectionSnapshot now = recorder.accepted.take().snapshot();
            assertEquals(client.details().protocol(), now.protocol());
            assertTrue(now.received() > 5, "bytes of TLS, not of the echo");
            client.close();
            recorder.closed.take();
            String line = log.toString();
            assertTrue(line.contains(" protocol=TLSv1.3 "), line);
        }
    }

    /** An observer that somebody adds a method to must not forget it here. */
    @Test
    void aPairOfObserversPassesEverythingOnToBoth() throws Exception {
        var heard = new ArrayList<String>();
        ServerObserver first = listener("first ", heard);
        ServerObserver second = listener("second ", heard);
        ServerObserver both = first.and(second);
        List<String> expected = new ArrayList<>();
        for (Method method : ServerObserver.class.getMethods()) {
            if (Modifier.isStatic(method.getModifiers()) || method.getName().equals("and")) {
                continue;
            }
            expected.add("first " + method.getName());
            expected.add("second " + method.getName());
            Object[] arguments = new Object[method.getParameterCount()];
            for (int i = 0; i < arguments.length; i++) {
                arguments[i] = method.getParameterTypes()[i] == long.class ? (Object) 1L : null;
            }
            assertThrows(InvocationTargetException.class, () -> method.invoke(both, arguments));
        }
        assertEquals(expected, heard);
    }

    /** Remembers what it was told, and throws. */
    private static ServerObserver listener(String name, List<String> heard) {
        return (ServerObserver)
                Proxy.newProxyInstance(
                        ServerObserver.class.getClassLoader(),
                        new Class<?>[] {ServerObserver.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("and")) {
                                return new ObserverPair(
                                        (ServerObserver) proxy, (ServerObserver) arguments[0]);
                            }
                            heard.add(name + method.getName());
                            throw new IllegalStateException(name);
                        });
    }
}
