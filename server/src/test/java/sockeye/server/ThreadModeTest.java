// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Which threads serve, how many, and how they are named; and one server at several places. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class ThreadModeTest {
    static List<ThreadMode> modes() {
        return List.of(ThreadMode.virtual(), ThreadMode.platform(2), ThreadMode.oneByOne());
    }

    private static ServerSettings in(ThreadMode mode) {
        return ServerSettings.DEFAULT.withThreads(mode);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void everyClientIsServedAndTheThreadIsNamedAfterHim(ThreadMode mode) throws Exception {
        StreamHandler handler =
                client -> {
                    Thread thread = Thread.currentThread();
                    client.write(thread.isVirtual() + " " + thread.getName() + "\n");
                };
        try (var server = Server.stream(Peers.tcp(), in(mode), handler)) {
            for (int turn = 1; turn <= 20; turn++) {
                try (var client = StreamSocket.connect(server.local())) {
                    boolean virtual = !(mode instanceof ThreadMode.Platform);
                    assertEquals(
                            virtual + " client " + turn + " " + client.local(),
                            client.reader().readLine());
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void noMoreAreServedAtATimeThanThereMayBe(ThreadMode mode) throws Exception {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        StreamHandler handler =
                client -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    client.write(client.reader().readLine() + "\n");
                    now.decrementAndGet();
                };
        try (var server = Server.stream(Peers.abstractName(), in(mode), handler)) {
            var clients = new ArrayList<StreamSocket>();
            for (int i = 0; i < 20; i++) {
                clients.add(StreamSocket.connect(server.local()));
            }
            for (StreamSocket each : clients) {
                each.write("hello\n");
            }
            for (StreamSocket each : clients) {
                assertEquals("hello", each.reader().readLine());
                each.close();
            }
            assertTrue(most.get() <= Math.min(20, mode.most()), () -> "at a time: " + most);
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aStopDrainsAndCutsOffInEveryMode(ThreadMode mode) throws Exception {
        var serving = new Semaphore(0);
        StreamHandler handler =
                client -> {
                    serving.release();
                    client.write(client.reader().readLine() + " drained\n");
                    client.reader().readLine();
                    new CountDownLatch(1).await();
                };
        var server = Server.stream(Peers.tcp(), in(mode), handler);
        try (var client = StreamSocket.connect(server.local())) {
            client.write("hello\n");
            serving.acquire();
            StopReport report = server.stop(Duration.ofMillis(50));
            assertEquals(1, report.cutOff());
            assertEquals("hello drained", client.reader().readLine());
        }
        assertThrows(IOException.class, () -> StreamSocket.connect(server.local()));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aHandlerMayStopItsServerInEveryMode(ThreadMode mode) throws Exception {
        BlockingQueue<Server> servers = new LinkedBlockingQueue<>();
        var reports = new LinkedBlockingQueue<StopReport>();
        var server =
                Server.stream(
                        Peers.tcp(),
                        in(mode),
                        client -> reports.add(servers.take().stop(Duration.ofHours(1))));
        servers.add(server);
        try (var client = StreamSocket.connect(server.local())) {
            server.join();
            assertEquals(0, reports.take().cutOff());
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aServiceIsTheSameInEveryModeAndDrainsInEach(ThreadMode mode) throws Exception {
        var server = Server.stream(Peers.tcp(), in(mode), StreamHandler.of(new EchoService()));
        try (var client = StreamSocket.connect(server.local())) {
            client.write("hello\n");
            assertEquals("hello", client.reader().readLine());
            Thread stopping = Thread.ofVirtual().start(() -> server.stop(Duration.ofHours(1)));
            assertNull(client.reader().readLine());
            client.close();
            stopping.join();
        }
        assertEquals(1, server.stop().finished());
    }

    @Test
    void aServiceAnswersDatagramsOnThreadsOfTheirOwnToo() throws Exception {
        DatagramHandler echo = DatagramHandler.of(new EchoService());
        try (var server = Server.datagram(Peers.tcp(), echo.concurrent(4));
                var client = MessageSocket.connect(server.local())) {
            for (int turn = 0; turn < 100; turn++) {
                client.send("hello " + turn);
                assertEquals("hello " + turn, Peers.text(client.receive(ByteBuffer.allocate(100))));
            }
        }
    }

    @Test
    void platformThreadsAreGoneWhenTheirConnectionsAre() throws Exception {
        var recorder = new Peers.Recorder();
        var settings = recorder.settings().withThreads(ThreadMode.platform(4));
        BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
        StreamHandler handler = client -> threads.add(Thread.currentThread());
        try (var server = Server.stream(Peers.abstractName(), settings, handler)) {
            for (int turn = 0; turn < 50; turn++) {
                StreamSocket.connect(server.local()).close();
                Thread thread = threads.take();
                assertTrue(thread.isDaemon());
                thread.join();
            }
        }
        assertThrows(IllegalArgumentException.class, () -> ThreadMode.platform(0));
    }

    @Test
    void noNameOfAPeerBreaksALineOfAThreadDump() throws Exception {
        byte[] evil = "\nmain\u001b[2J\u202e".getBytes(StandardCharsets.UTF_8);
        StreamHandler handler = client -> client.write(Thread.currentThread().getName() + "\n");
        try (var server = Server.stream(Peers.abstractName(), handler);
                var client = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM)) {
            client.bind(UnixEndpoint.ofAbstract(evil));
            client.connect(server.local());
            String name = StreamSocket.of(client).reader().readLine();
            assertEquals("client 1 @%0Amain%1B[2J%E2%80%AE", name);
        }
    }

    // Datagrams.

    @Test
    void concurrentDatagramsDoNotWaitForEachOther() throws Exception {
        var go = new CountDownLatch(1);
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        DatagramHandler handler =
                request -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    String text = StandardCharsets.UTF_8.decode(request.payload()).toString();
                    if (text.equals("slow")) {
                        go.await();
                    }
                    now.decrementAndGet();
                    request.reply(text + " " + Thread.currentThread().getName());
                };
        try (var server = Server.datagram(Peers.tcp(), handler.concurrent(3));
                var client = MessageSocket.connect(server.local())) {
            client.send("slow");
            client.send("slow");
            for (int i = 0; i < 10; i++) {
                client.send("fast");
                assertEquals(
                        "fast request " + client.local(),
                        Peers.text(client.receive(ByteBuffer.allocate(100))));
            }
            go.countDown();
            assertEquals(
                    "slow request " + client.local(),
                    Peers.text(client.receive(ByteBuffer.allocate(100))));
            assertTrue(most.get() <= 3, () -> "at a time: " + most);
        }
    }

    @Test
    void whatADatagramsThreadThrowsIsReported() throws Exception {
        var recorder = new Peers.Recorder();
        DatagramHandler handler =
                request -> {
                    throw new IllegalStateException("no");
                };
        try (var server = Server.datagram(Peers.tcp(), recorder.settings(), handler.concurrent(1));
                var client = MessageSocket.connect(server.local())) {
            client.send("one");
            client.send("two");
            assertEquals("no", recorder.requestFailed.take().getMessage());
            assertEquals("no", recorder.requestFailed.take().getMessage());
        }
    }

    @Test
    void aStopWaitsForDatagramsThatAreHandledAndCutsOffTheRest() throws Exception {
        var began = new Semaphore(0);
        var go = new CountDownLatch(1);
        var ended = new LinkedBlockingQueue<String>();
        DatagramHandler handler =
                request -> {
                    began.release();
                    try {
                        go.await();
                        request.reply("done");
                        ended.add("done");
                    } catch (InterruptedException cut) {
                        ended.add("cut");
                    }
                };
        var server = Server.datagram(Peers.tcp(), handler.concurrent(10));
        try (var client = MessageSocket.connect(server.local())) {
            client.send("one");
            began.acquire();
            Thread stopping = Thread.ofVirtual().start(() -> server.stop(Duration.ofHours(1)));
            while (stopping.getState() != Thread.State.TIMED_WAITING) {
                Thread.onSpinWait();
            }
            go.countDown();
            stopping.join();
            assertEquals("done", Peers.text(client.receive(ByteBuffer.allocate(100))));
            assertEquals("done", ended.take());
        }
        DatagramHandler waits =
                request -> {
                    began.release();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException cut) {
                        ended.add("cut");
                    }
                };
        var other = Server.datagram(Peers.tcp(), waits.concurrent(1));
        try (var client = MessageSocket.connect(other.local())) {
            client.send("one");
            client.send("two");
            client.send("three");
            began.acquire();
            other.close();
            assertEquals("cut", ended.take());
        }
    }

    @Test
    void concurrentDatagramsMayStopTheirServer() throws Exception {
        var servers = new LinkedBlockingQueue<Server>();
        var both = new CountDownLatch(2);
        DatagramHandler handler =
                request -> {
                    both.countDown();
                    both.await();
                    Server server = servers.take();
                    servers.add(server);
                    server.stop(Duration.ofHours(1));
                };
        var server = Server.datagram(Peers.tcp(), handler.concurrent(5));
        servers.add(server);
        try (var client = MessageSocket.connect(server.local())) {
            client.send("one");
            client.send("two");
            server.join();
        }
    }

    // Several endpoints.

    @Test
    void oneServerServesAtPlacesOfSeveralFamiliesWithOneStop() throws Exception {
        List<Endpoint> places = Peers.endpoints();
        StreamHandler handler = client -> client.write(ServerConnection.current().local() + "\n");
        var server = Server.stream(places, ServerSettings.DEFAULT, handler);
        assertEquals(places.size(), server.locals().size());
        assertEquals(server.local(), server.locals().getFirst());
        for (int turn = 0; turn < 3; turn++) {
            for (Endpoint each : server.locals()) {
                try (var client = StreamSocket.connect(each)) {
                    assertEquals(each.toString(), client.reader().readLine());
                }
            }
        }
        assertEquals(3L * places.size(), server.statistics().connections().accepted());
        server.stop();
        for (Endpoint each : server.locals()) {
            assertThrows(IOException.class, () -> StreamSocket.connect(each));
        }
    }

    @Test
    void oneByOneHoldsForAllPlacesTogether() throws Exception {
        var now = new AtomicInteger();
        var most = new AtomicInteger();
        StreamHandler handler =
                client -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    client.write(client.reader().readLine() + "\n");
                    now.decrementAndGet();
                };
        try (var server = Server.stream(Peers.endpoints(), in(ThreadMode.oneByOne()), handler)) {
            for (int turn = 0; turn < 5; turn++) {
                var clients = new ArrayList<StreamSocket>();
                for (Endpoint each : server.locals()) {
                    clients.add(StreamSocket.connect(each));
                }
                for (StreamSocket each : clients) {
                    each.write("hello\n");
                }
                for (StreamSocket each : clients) {
                    assertEquals("hello", each.reader().readLine());
                    each.close();
                }
            }
            assertEquals(1, most.get());
        }
    }

    @Test
    void ifOnePlaceCannotBeHadThereIsNoServerAtAny() throws Exception {
        try (var taken = Server.stream(Peers.tcp(), StreamHandler.of(new EchoService()))) {
            Endpoint name = Peers.abstractName();
            assertThrows(
                    IOException.class,
                    () ->
                            Server.stream(
                                    List.of(name, taken.local()),
                                    ServerSettings.DEFAULT,
                                    StreamHandler.of(new EchoService())));
            assertThrows(IOException.class, () -> StreamSocket.connect(name));
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> Server.datagram(List.of(), ServerSettings.DEFAULT, request -> {}));
    }

    @Test
    void datagramsOfSeveralPlacesAreCountedTogether() throws Exception {
        DatagramHandler echo = request -> request.reply(request.payload());
        try (var server =
                Server.datagram(List.of(Peers.tcp(), Peers.tcp()), ServerSettings.DEFAULT, echo)) {
            for (Endpoint each : server.locals()) {
                try (var client = MessageSocket.connect(each)) {
                    client.send("hello");
                    assertEquals("hello", Peers.text(client.receive(ByteBuffer.allocate(10))));
                }
            }
            assertEquals(2, server.received());
            assertFalse(server.toString().contains("stopped"), server.toString());
        }
    }
}
