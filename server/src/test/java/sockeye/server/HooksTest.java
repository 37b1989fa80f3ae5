// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.wire.AccessRules;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/** What stands around a handler, and between a server's own steps. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class HooksTest {
    private static final Duration NO_DRAIN = Duration.ofMinutes(10);

    private static String all(Server server) throws IOException {
        try (var client = StreamSocket.connect(server.local())) {
            client.shutdownOutput();
            return new String(client.inputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static StreamHandler says(String word) {
        return client -> client.write(word + " ");
    }

    private static StreamHandler fails(String word) {
        return client -> {
            throw new IllegalStateException(word);
        };
    }

    @Test
    @Tag("B-09")
    void setupHandleAndFinishFollowEachOther() throws Exception {
        StreamHandler handler = says("handle").withFinish(says("finish")).withSetup(says("setup"));
        try (var server = Server.stream(Peers.tcp(), handler)) {
            assertEquals("setup handle finish ", all(server));
        }
    }

    @Test
    @Tag("B-09")
    void finishRunsEvenIfHandleThrewAndTheFirstFailureIsReported() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler handler =
                fails("handle").withFinish(says("finish")).withFinish(fails("finish"));
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), handler)) {
            assertEquals("finish ", all(server));
            Throwable failure = recorder.failed.take();
            assertEquals("handle", failure.getMessage());
            assertEquals("finish", failure.getSuppressed()[0].getMessage());
        }
    }

    @Test
    @Tag("B-09")
    void afterASetupThatThrewNothingFollows() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler handler = says("handle").withFinish(says("finish")).withSetup(fails("setup"));
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), handler)) {
            assertEquals("", all(server));
            assertEquals("setup", recorder.failed.take().getMessage());
        }
    }

    @Test
    @Tag("B-06")
    void aRescueMayStillAnswerAndWhatItThrowsIsReported() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler answers =
                fails("no")
                        .withRescue(
                                (client, thrown) -> client.write("sorry, " + thrown.getMessage()));
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), answers)) {
            assertEquals("sorry, no", all(server));
            recorder.closed.take();
            assertTrue(recorder.failed.isEmpty());
        }
        StreamHandler rethrows =
                fails("no")
                        .withRescue((client, thrown) -> {
                            throw new IOException("rescued", thrown);
                        });
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), rethrows)) {
            assertEquals("", all(server));
            assertEquals("rescued", recorder.failed.take().getMessage());
        }
    }

    @Test
    @Tag("B-06")
    void whoTheVerifierRefusesIsClosedAndReportedAndNoHandlerSeesHim() throws Exception {
        var recorder = new Peers.Recorder();
        var rejected = new LinkedBlockingQueue<Rejection>();
        ServerObserver observer =
                new ServerObserver() {
                    @Override
                    public void rejected(Endpoint local, Endpoint peer, Rejection why) {
                        rejected.add(why);
                    }
                };
        var settings =
                ServerSettings.DEFAULT
                        .withObserver(recorder.and(observer))
                        .withHooks(
                                ServerHooks.NONE.withVerifier(
                                        connection -> connection.id() % 2 == 0));
        try (var server = Server.stream(Peers.tcp(), settings, says("hello"))) {
            assertEquals("", all(server));
            assertEquals("hello ", all(server));
            recorder.closed.take();
            recorder.closed.take();
            assertEquals(List.of(Rejection.REFUSED), List.copyOf(rejected));
            assertEquals(1, server.rejected(Rejection.REFUSED));
            assertEquals(1L, server.statistics().connections().rejected().get(Rejection.REFUSED));
            assertEquals(1, server.statistics().connections().finished());
            assertTrue(recorder.failed.isEmpty());
        }
    }

    @Test
    void theVerifierSeesWhatTheLayersHaveMadeAndTheRefusalEndsThemInOrder() throws Exception {
        var settings =
                ServerSettings.DEFAULT
                        .withLayers((below, connection) -> Masking.answer(below))
                        .withHooks(
                                ServerHooks.NONE.withVerifier(connection ->
                                        connection.snapshot().state()
                                                != ConnectionSnapshot.State.SERVING));
        try (var server = Server.stream(Peers.tcp(), settings, says("hello"));
                var socket = StreamSocket.connect(server.local())) {
            var client = Masking.greet(socket);
            assertNull(client.reader().readLine());
            assertTrue(client.hasFarewell());
        }
    }

    @Test
    void aVerifierThatWaitsHoldsUpNobodyElse() throws Exception {
        var go = new CountDownLatch(1);
        var settings =
                ServerSettings.DEFAULT.withHooks(
                        ServerHooks.NONE.withVerifier(connection -> {
                            try {
                                return connection.id() != 1 || go.await(1, TimeUnit.DAYS);
                            } catch (InterruptedException stopped) {
                                return false;
                            }
                        }));
        try (var server = Server.stream(Peers.tcp(), settings, says("hello"));
                var first = StreamSocket.connect(server.local())) {
            assertEquals("hello ", all(server));
            go.countDown();
            assertEquals("hello ", first.reader().readLine());
        }
    }

    @Test
    @Tag("B-04")
    void anActionIsDoneAgainAndAgainAndItsFailuresAreTold() throws Exception {
        BlockingQueue<String> done = new SynchronousQueue<>();
        var failures = new LinkedBlockingQueue<Throwable>();
        ServerObserver observer =
                new ServerObserver() {
                    @Override
                    public void actionFailed(ServiceAction action, Throwable cause) {
                        failures.add(cause);
                    }
                };
        var action =
                new ServiceAction(
                        "count",
                        Duration.ofMillis(1),
                        server -> {
                            done.put(Thread.currentThread().getName() + " " + server.local());
                            throw new IllegalStateException("again");
                        });
        var settings =
                ServerSettings.DEFAULT
                        .withObserver(observer)
                        .withHooks(ServerHooks.NONE.withActions(action));
        try (var server = Server.stream(Peers.tcp(), settings, says("hello"))) {
            assertEquals("action count " + server.local(), done.take());
            assertEquals("action count " + server.local(), done.take());
            assertEquals("again", failures.take().getMessage());
            assertEquals("hello ", all(server));
            assertTrue(server.statistics().failedActions() >= 1);
        }
    }

    @Test
    void aStopLetsTheTurnOfAnActionFinishAndBeginsNoOther() throws Exception {
        var began = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var turns = new LinkedBlockingQueue<String>();
        var action =
                new ServiceAction(
                        "slow",
                        Duration.ofMillis(1),
                        server -> {
                            began.countDown();
                            go.await();
                            turns.add("done");
                        });
        var settings = ServerSettings.DEFAULT.withHooks(ServerHooks.NONE.withActions(action));
        var server = Server.stream(Peers.tcp(), settings, says("hello"));
        began.await();
        Thread stopping = Thread.ofVirtual().start(() -> server.stop(NO_DRAIN));
        while (stopping.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        go.countDown();
        stopping.join();
        assertEquals(List.of("done"), List.copyOf(turns));
    }

    // Stop, from wherever it comes.

    @Test
    @Tag("B-04")
    void twoActionsTwoHandlersAndTheVerifierMayStopTheServerAtOnce() throws Exception {
        var all = new CountDownLatch(5);
        var servers = new ArrayList<Server>();
        var ready = new CountDownLatch(1);
        Runnable stop =
                () -> {
                    try {
                        ready.await();
                        all.countDown();
                        all.await();
                    } catch (InterruptedException early) {
                        throw new IllegalStateException(early);
                    }
                    servers.getFirst().stop(NO_DRAIN);
                };
        var settings =
                ServerSettings.DEFAULT.withHooks(
                        ServerHooks.NONE
                                .withVerifier(connection -> {
                                    if (connection.id() == 1) {
                                        stop.run();
                                    }
                                    return true;
                                })
                                .withActions(
                                        new ServiceAction(
                                                "one", Duration.ofMillis(1), server -> stop.run()),
                                        new ServiceAction(
                                                "two",
                                                Duration.ofMillis(1),
                                                server -> stop.run())));
        var server = Server.stream(Peers.tcp(), settings, client -> stop.run());
        servers.add(server);
        ready.countDown();
        try (var one = StreamSocket.connect(server.local());
                var two = StreamSocket.connect(server.local());
                var three = StreamSocket.connect(server.local())) {
            server.join();
            assertFalse(server.stop().took().compareTo(NO_DRAIN) >= 0);
        }
    }

    @Test
    @Tag("B-04")
    void observersMayStopTheServer() throws Exception {
        var servers = new LinkedBlockingQueue<Server>();
        ServerObserver stops =
                new ServerObserver() {
                    @Override
                    public void rejected(Endpoint local, Endpoint peer, Rejection why) {
                        try {
                            servers.take().stop(NO_DRAIN);
                        } catch (InterruptedException never) {
                            throw new IllegalStateException(never);
                        }
                    }
                };
        var settings =
                ServerSettings.DEFAULT
                        .withObserver(stops)
                        .withAccess(AccessRules.EVERYBODY.deny("127.0.0.0/8"));
        var server = Server.stream(Peers.tcp(), settings, says("hello"));
        try (var client = StreamSocket.connect(server.local())) {
            servers.add(server);
            server.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"accepted", "failed", "closed"})
    @Tag("B-04")
    void anObserverOfConnectionsMayStopTheServerToo(String when) throws Exception {
        var servers = new LinkedBlockingQueue<Server>();
        var stops =
                new ServerObserver() {
                    private void stopIf(String now) {
                        if (when.equals(now)) {
                            Server server = servers.peek();
                            while (server == null) {
                                Thread.onSpinWait();
                                server = servers.peek();
                            }
                            server.stop(NO_DRAIN);
                        }
                    }

                    @Override
                    public void accepted(ServerConnection connection) {
                        stopIf("accepted");
                    }

                    @Override
                    public void failed(ServerConnection connection, Throwable cause) {
                        stopIf("failed");
                    }

                    @Override
                    public void closed(ServerConnection connection) {
                        stopIf("closed");
                    }
                };
        var settings = ServerSettings.DEFAULT.withObserver(stops);
        var server = Server.stream(Peers.tcp(), settings, fails("no"));
        try (var one = StreamSocket.connect(server.local());
                var two = StreamSocket.connect(server.local())) {
            servers.add(server);
            server.join();
            assertFalse(one.isOpen() && server.stop().took().compareTo(NO_DRAIN) >= 0);
        }
    }

    // One request.

    @Test
    @Tag("B-05")
    void oneRequestIsServedOnTheCallingThreadAndTheListenerStaysOpen() throws Exception {
        try (var listener = Listener.stream(Peers.tcp());
                var one = StreamSocket.connect(listener.local());
                var two = StreamSocket.connect(listener.local())) {
            var threads = new ArrayList<Thread>();
            var names = new ArrayList<String>();
            StreamHandler handler =
                    client -> {
                        threads.add(Thread.currentThread());
                        names.add(Thread.currentThread().getName());
                        client.write(ServerConnection.current().peer() + "\n");
                    };
            String name = Thread.currentThread().getName();
            for (StreamSocket each : List.of(one, two)) {
                assertTrue(
                        OneRequest.stream(
                                listener, ServerSettings.DEFAULT, handler, Duration.ofDays(1)));
                assertEquals(each.local().toString(), each.reader().readLine());
                assertNull(each.reader().readLine());
            }
            assertFalse(
                    OneRequest.stream(listener, ServerSettings.DEFAULT, handler, Duration.ZERO));
            assertFalse(
                    OneRequest.stream(
                            listener, ServerSettings.DEFAULT, handler, Duration.ofMillis(1)));
            assertEquals(List.of(Thread.currentThread(), Thread.currentThread()), threads);
            assertEquals("client 1 " + one.local(), names.getFirst());
            assertEquals(name, Thread.currentThread().getName());
            assertTrue(listener.isOpen());
        }
    }

    @Test
    @Tag("B-05")
    void aHandlerThatThrowsIsToldToTheObserverNotToWhoServesOne() throws Exception {
        var recorder = new Peers.Recorder();
        try (var listener = Listener.stream(Peers.tcp());
                var client = StreamSocket.connect(listener.local())) {
            assertTrue(
                    OneRequest.stream(
                            listener, recorder.settings(), fails("no"), Duration.ofDays(1)));
            assertEquals("no", recorder.failed.take().getMessage());
        }
    }

    @Test
    @Tag("B-05")
    void limitsOnTimeHoldForOneRequestAndLeaveNoInterruptBehind() throws Exception {
        var recorder = new Peers.Recorder();
        var limits = ServerLimits.DEFAULT.withIdle(Duration.ofMillis(20));
        var settings = recorder.settings().withLimits(limits).withLinger(Duration.ZERO);
        try (var listener = Listener.stream(Peers.tcp());
                var one = StreamSocket.connect(listener.local());
                var two = StreamSocket.connect(listener.local())) {
            assertTrue(
                    OneRequest.stream(
                            listener,
                            settings,
                            client -> client.reader().readLine(),
                            Duration.ofDays(1)));
            assertInstanceOf(TimeLimitException.class, recorder.failed.take());
            // This one does not leave by itself.
            var brief = limits.withTimes(limits.times().withLifetime(Duration.ofMillis(20)));

            assertTrue(
                    OneRequest.stream(
                            listener,
                            settings.withLimits(brief),
                            client -> new CountDownLatch(1).await(),
                            Duration.ofDays(1)));
            assertFalse(Thread.interrupted());
            assertNull(one.reader().readLine());
            assertNull(two.reader().readLine());
        }
    }

    @Test
    @Tag("B-11")
    void oneDatagramIsHandledAndTheOthersWait() throws Exception {
        try (var socket = MessageSocket.bind(Peers.tcp());
                var client = MessageSocket.connect(socket.local())) {
            client.send("one");
            client.send("two");
            DatagramHandler handler = request -> request.reply(request.payload());
            for (String each : List.of("one", "two")) {
                assertTrue(
                        OneRequest.datagram(
                                socket,
                                ServerSettings.DEFAULT,
                                handler.concurrent(2),
                                Duration.ofDays(1)));
                var got = client.receive(ByteBuffer.allocate(10));
                assertEquals(each, Peers.text(got));
            }
            assertFalse(
                    OneRequest.datagram(socket, ServerSettings.DEFAULT, handler, Duration.ZERO));
        }
    }

    // Context.

    @Test
    void theContextKnowsHowLongTheClientMayStillBeServed() throws Exception {
        BlockingQueue<Deadline> deadlines = new LinkedBlockingQueue<>();
        StreamHandler handler =
                client -> {
                    deadlines.add(ServerConnection.current().deadline());
                    client.reader().readLine();
                    deadlines.add(ServerConnection.current().deadline());
                };
        var server = Server.stream(Peers.tcp(), handler);
        try (var client = StreamSocket.connect(server.local())) {
            assertEquals(Deadline.NONE, deadlines.take());
            server.stop(Duration.ofHours(1));
            Duration left = deadlines.take().remaining();
            assertTrue(left.compareTo(Duration.ofHours(1)) <= 0, left.toString());
            assertTrue(left.compareTo(Duration.ofMinutes(50)) > 0, left.toString());
        }
        var limited =
                ServerSettings.DEFAULT.withLimits(
                        ServerLimits.DEFAULT.withTimes(
                                ServerLimits.DEFAULT.times().withLifetime(Duration.ofMinutes(2))));
        try (var other = Server.stream(Peers.tcp(), limited, handler);
                var client = StreamSocket.connect(other.local())) {
            Duration left = deadlines.take().remaining();
            assertTrue(left.compareTo(Duration.ofMinutes(2)) <= 0, left.toString());
        }
        assertThrows(NoSuchElementException.class, ServerConnection::current);
    }
}
