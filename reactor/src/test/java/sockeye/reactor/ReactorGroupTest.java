// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.LinuxSocket;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.testkit.Ability;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestFamily;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Reactors that serve together, on the drivers of the kernel. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings({"FutureReturnValueIgnored", "try"}) // protocols tell; they close what is open
class ReactorGroupTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static GroupSettings settings(Engine engine) throws IOException {
        ReactorSettings each =
                switch (engine) {
                    case EPOLL -> ReactorSettings.DEFAULT.withDriver(DriverKind.EPOLL);
                    default -> ReactorSettings.DEFAULT;
                };
        engine.open().close(); // or it is skipped
        return GroupSettings.DEFAULT.withReactors(3).withName("crew").withReactor(each);
    }

    static Stream<Arguments> enginesAndFamilies() {
        return Stream.of(Engine.EPOLL, Engine.IO_URING)
                .flatMap(engine ->
                        TestFamily.streams()
                                .filter(TestFamily::isAccepted)
                                .map(family -> Arguments.of(engine, family)));
    }

    static Stream<Arguments> enginesAndSpreadings() {
        return Stream.of(Engine.EPOLL, Engine.IO_URING)
                .flatMap(engine ->
                        Stream.of(Spreading.values())
                                .map(spreading -> Arguments.of(engine, spreading)));
    }

    static Stream<Engine> engines() {
        return Stream.of(Engine.EPOLL, Engine.IO_URING);
    }

    /** Says on which thread it is, and then echoes. */
    private static final class Who implements Protocol {
        @Override
        public void opened(Transport transport) {
            transport.write(Thread.currentThread().getName() + "\n");
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            transport.write(bytes);
        }
    }

    private static String line(StreamSocket from) throws IOException {
        from.readDeadline(Deadline.after(LONG));
        return Objects.requireNonNull(from.reader().readLine());
    }

    private static String text(MessageSocket from) throws IOException {
        from.readDeadline(Deadline.after(LONG));
        var answer = Objects.requireNonNull(from.receive(ByteBuffer.allocate(100)));
        return StandardCharsets.UTF_8.decode(answer.payload()).toString();
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    @ParameterizedTest
    @MethodSource("enginesAndSpreadings")
    void connectionsAreSpreadOverAllReactors(Engine engine, Spreading spreading) throws Exception {
        Map<String, Integer> served = new TreeMap<>();
        try (var group = ReactorGroup.open(settings(engine).withSpreading(spreading))) {
            Listening listening = group.listen(Engine.EPOLL.fresh(), Who::new);
            group.start();
            List<StreamSocket> clients = new ArrayList<>();
            for (int i = 0; i < 90; i++) {
                StreamSocket client = StreamSocket.connect(local(listening));
                clients.add(client);
                served.merge(line(client), 1, Integer::sum);
            }
            assertEquals(90, listening.accepted());
            assertEquals(0, listening.turnedAway());
            for (StreamSocket each : clients) {
                each.close();
            }
        }
        assertEquals(Set.of("crew-0", "crew-1", "crew-2"), served.keySet());
        if (spreading == Spreading.HAND_OVER) {
            assertEquals(Set.of(30), Set.copyOf(served.values()));
        }
    }

    /** Starts the group when clients have asked, as far as they can before somebody accepts. */
    private static List<LinuxSocket> clients(
            ReactorGroup group, TestFamily family, Endpoint there, byte[] question)
            throws Exception {
        List<Task<LinuxSocket>> coming = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            LinuxSocket client = family.client();
            coming.add(
                    Task.call(() -> {
                        client.connect(there);
                        client.sendAll(question, 0, question.length, 0);
                        return client;
                    }));
        }
        if (family.can(Ability.EARLY_CONNECTION)) {
            for (Task<LinuxSocket> each : coming) {
                each.join();
            }
        }
        group.start();
        List<LinuxSocket> clients = new ArrayList<>();
        for (Task<LinuxSocket> each : coming) {
            clients.add(each.join());
        }
        return clients;
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    void overEveryFamilyNothingIsLostThatCameBeforeTheHandOver(Engine engine, TestFamily family)
            throws Exception {
        family.require();
        byte[] question = "asked before anybody listened".getBytes(StandardCharsets.UTF_8);
        Set<String> threads = new TreeSet<>();
        try (var group = ReactorGroup.open(settings(engine))) {
            Listener<StreamSocket> listener =
                    Listener.stream(family.fresh(), family.protocol(), ListenSettings.DEFAULT);
            Endpoint there = family.reachable(listener.local());
            Listening listening = group.listen(listener, Who::new);
            List<LinuxSocket> clients = clients(group, family, there, question);
            for (LinuxSocket each : clients) {
                StreamSocket client = StreamSocket.of(each);
                threads.add(line(client));
                assertArrayEquals(question, client.reader().readExactly(question.length));
            }
            assertEquals(6, listening.accepted());
            for (LinuxSocket each : clients) {
                each.close();
            }
        }
        assertEquals(Set.of("crew-0", "crew-1", "crew-2"), threads);
    }

    static Stream<Arguments> enginesAndRecords() {
        return Stream.of(Engine.EPOLL, Engine.IO_URING)
                .flatMap(engine ->
                        TestFamily.messages()
                                .filter(TestFamily::isAccepted)
                                .map(family -> Arguments.of(engine, family)));
    }

    @ParameterizedTest
    @MethodSource("enginesAndRecords")
    void recordsOfEveryFamilyAreHandedOverAndNoneIsLostThatCameBefore(
            Engine engine, TestFamily family) throws Exception {
        family.require();
        byte[] question = "who?".getBytes(StandardCharsets.UTF_8);
        Set<String> threads = new TreeSet<>();
        try (var group = ReactorGroup.open(settings(engine))) {
            Listener<MessageSocket> listener = Listener.seqpacket(family.fresh());
            Endpoint there = family.reachable(listener.local());
            Listening listening =
                    group.listenRecords(
                            listener,
                            () ->
                                    (transport, message) ->
                                            transport.send(
                                                    Thread.currentThread().getName()
                                                            + ": "
                                                            + StandardCharsets.UTF_8.decode(
                                                                    message)));
            List<MessageSocket> clients = new ArrayList<>();
            for (LinuxSocket each : clients(group, family, there, question)) {
                clients.add(MessageSocket.of(each));
            }
            for (MessageSocket each : clients) {
                String answer = text(each);
                assertTrue(answer.endsWith(": who?"), answer);
                threads.add(answer);
            }
            assertEquals(6, listening.accepted());
            for (MessageSocket each : clients) {
                each.close();
            }
        }
        assertEquals(3, threads.size());
    }

    @ParameterizedTest
    @MethodSource("engines")
    void recordsAreHandedOverToo(Engine engine) throws Exception {
        Set<String> threads = new TreeSet<>();
        try (var group = ReactorGroup.open(settings(engine))) {
            Listening listening =
                    group.listenRecords(
                            engine.freshForRecords(),
                            () ->
                                    (transport, message) ->
                                            transport.send(Thread.currentThread().getName()));
            group.start();
            for (int i = 0; i < 3; i++) {
                try (MessageSocket client = MessageSocket.connectSeqpacket(local(listening))) {
                    client.send("who?");
                    threads.add(text(client));
                }
            }
        }
        assertEquals(3, threads.size());
    }

    @ParameterizedTest
    @MethodSource("engines")
    void datagramsAreSpreadByTheKernel(Engine engine) throws Exception {
        Map<String, Integer> answers = new HashMap<>();
        try (var group = ReactorGroup.open(settings(engine))) {
            Listening bound =
                    group.bind(
                            EndpointSpec.parse("udp:127.0.0.1:0"),
                            () ->
                                    (transport, message) ->
                                            transport.reply(
                                                    StandardCharsets.UTF_8.encode(
                                                            Thread.currentThread().getName())));
            group.start();
            for (int i = 0; i < 60; i++) {
                try (MessageSocket client = MessageSocket.connect(local(bound))) {
                    client.send("who?");
                    answers.merge(text(client), 1, Integer::sum);
                }
            }
            assertEquals(3, group.stop(LONG).get().finished());
        }
        assertEquals(Set.of("crew-0", "crew-1", "crew-2"), answers.keySet());
    }

    @ParameterizedTest
    @MethodSource("enginesAndSpreadings")
    void aStopDrainsAllAndTheGroupCanBeStartedAgain(Engine engine, Spreading spreading)
            throws Exception {
        try (var group = ReactorGroup.open(settings(engine).withSpreading(spreading))) {
            for (int round = 0; round < 2; round++) {
                Listening listening =
                        group.listen(
                                EndpointSpec.parse("tcp:127.0.0.1:0"),
                                Protocol.serving(new EchoService()));
                group.start();
                assertTrue(group.isRunning());
                List<StreamSocket> clients = new ArrayList<>();
                for (int i = 0; i < 9; i++) {
                    StreamSocket client = StreamSocket.connect(local(listening));
                    clients.add(client);
                    client.write("hello\n");
                    assertEquals("hello", line(client));
                    client.write("last\n");
                }
                CompletableFuture<DrainReport> stopped = group.stop(LONG);
                for (StreamSocket each : clients) {
                    assertEquals("last", line(each));
                    assertTrue(each.reader().isAtEnd());
                    each.close();
                }
                DrainReport report = stopped.get();
                assertEquals(9, report.finished());
                assertEquals(0, report.cutOff());
                assertFalse(group.isRunning());
                assertThrows(ConnectException.class, () -> StreamSocket.connect(local(listening)));
                group.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void whoDoesNotEndIsCutOffOnAllOfThem(Engine engine) throws Exception {
        try (var group = ReactorGroup.open(settings(engine))) {
            class Deaf implements Protocol {
                @Override
                public void opened(Transport transport) {
                    transport.write(Thread.currentThread().getName() + "\n");
                }

                @Override
                public void received(Transport transport, ByteBuffer bytes) {}

                @Override
                public void stopping(Transport transport) {}
            }
            Listening listening = group.listen(TestFamily.UNIX_ABSTRACT.fresh(), Deaf::new);
            group.start();
            List<StreamSocket> clients = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                StreamSocket client = StreamSocket.connect(local(listening));
                clients.add(client);
                line(client);
            }
            CompletableFuture<DrainReport> slow = group.stop(LONG);
            DrainReport report = group.stop(Duration.ZERO).get();
            assertEquals(6, report.cutOff());
            assertEquals(report, slow.get());
            for (StreamSocket each : clients) {
                each.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndSpreadings")
    void aListenerOfTheGroupIsDrainedWhereverItsConnectionsAre(Engine engine, Spreading spreading)
            throws Exception {
        try (var group = ReactorGroup.open(settings(engine).withSpreading(spreading))) {
            Listening leaves = group.listen(Engine.EPOLL.fresh(), Who::new);
            Listening stays = group.listen(Engine.EPOLL.fresh(), Who::new);
            group.start();
            List<StreamSocket> clients = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                StreamSocket client = StreamSocket.connect(local(leaves));
                clients.add(client);
                line(client);
            }
            try (StreamSocket other = StreamSocket.connect(local(stays))) {
                line(other);
                CompletableFuture<DrainReport> drained = leaves.drain(LONG);
                for (StreamSocket each : clients) {
                    each.readDeadline(Deadline.after(LONG));
                    assertTrue(each.reader().isAtEnd());
                    each.close();
                }
                assertEquals(9, drained.get().finished());
                other.write("still there\n");
                assertEquals("still there", line(other));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void connectionsAreMadeAndAdoptedOnAnyOfThem(Engine engine) throws Exception {
        try (var group = ReactorGroup.open(settings(engine));
                LinuxSocket.Pair pair = TestFamily.UNIX_PAIR.connect()) {
            Listening listening = group.listen(Engine.EPOLL.fresh(), Who::new);
            group.start();
            var names = new ConcurrentLinkedQueue<String>();
            var all = new CountDownLatch(4);
            for (int i = 0; i < 3; i++) {
                group.connect(
                                local(listening),
                                Lines.protocol(
                                        100,
                                        (line, transport) -> {
                                            names.add(Thread.currentThread().getName());
                                            all.countDown();
                                        }))
                        .get();
            }
            Transport adopted = group.adopt(StreamSocket.of(pair.left()), new Who()).get();
            assertTrue(group.reactors().contains(adopted.reactor()));
            assertTrue(line(StreamSocket.of(pair.right())).startsWith("crew-"));
            all.countDown();
            assertTrue(all.await(30, TimeUnit.SECONDS));
            assertEquals(3, names.size());
            names.forEach(each -> assertTrue(each.startsWith("crew-"), each));
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void theFailureOfOneIsToldAndTheOthersServe(Engine engine) throws Exception {
        var failures = new ConcurrentLinkedQueue<Throwable>();
        var told = new CountDownLatch(1);
        ReactorSettings telling =
                settings(engine)
                        .reactor()
                        .withFailures(failure -> {
                            failures.add(failure);
                            told.countDown();
                        });
        try (var group = ReactorGroup.open(settings(engine).withReactor(telling))) {
            // What a driver's failure leaves: a reactor that cannot be run any more.
            Reactor lost = group.reactors().getFirst();
            var entered = new CountDownLatch(1);
            lost.execute(entered::countDown);
            var elsewhere =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    lost.run();
                                } catch (IOException impossible) {
                                    failures.add(impossible);
                                }
                            });
            assertTrue(entered.await(30, TimeUnit.SECONDS));
            group.start();
            assertTrue(told.await(30, TimeUnit.SECONDS));
            elsewhere.join();
            assertInstanceOf(IllegalStateException.class, failures.peek());
            assertTrue(
                    String.valueOf(failures.peek().getMessage()).startsWith("crew-0 has failed"));
            Listening listening = group.listen(TestFamily.UNIX_ABSTRACT.fresh(), Who::new);
            Set<String> names = new TreeSet<>();
            for (int i = 0; i < 4; i++) {
                try (StreamSocket client = StreamSocket.connect(local(listening))) {
                    names.add(line(client));
                }
            }
            assertFalse(names.contains("crew-0"));
            assertEquals(0, group.stop(LONG).get().cutOff());
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aClosedGroupRefusesAndForgetsNothing(Engine engine) throws Exception {
        var group = ReactorGroup.open(settings(engine));
        // Never started: the listener, the connection and the attempt are with nobody yet.
        Listening listening = group.listen(Engine.EPOLL.fresh(), Who::new);
        try (LinuxSocket.Pair pair = TestFamily.UNIX_PAIR.connect()) {
            var adopted = group.adopt(StreamSocket.of(pair.left()), new Who());
            group.close();
            assertTrue(adopted.isCompletedExceptionally());
        }
        assertThrows(ConnectException.class, () -> StreamSocket.connect(local(listening)));
        assertThrows(IllegalStateException.class, group::start);
        assertThrows(IllegalStateException.class, group::next);
        assertThrows(IllegalStateException.class, () -> group.connect(local(listening), new Who()));
        group.close();
    }

    @ParameterizedTest
    @MethodSource("engines")
    void aProtocolMayCloseTheGroupOfWhichItIs(Engine engine) throws Exception {
        try (var group = ReactorGroup.open(settings(engine))) {
            Listening listening =
                    group.listen(Engine.EPOLL.fresh(), () -> (transport, bytes) -> group.close());
            group.start();
            assertThrows(IllegalStateException.class, group::start);
            try (StreamSocket client = StreamSocket.connect(local(listening))) {
                client.write("enough\n");
                group.join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("engines")
    void whatAFamilyCannotShareIsBoundOnce(Engine engine) throws Exception {
        try (var group = ReactorGroup.open(settings(engine))) {
            Listening bound =
                    group.bind(
                            TestFamily.UNIX_DGRAM_ABSTRACT.fresh(),
                            () -> (transport, message) -> transport.reply(message));
            group.start();
            try (MessageSocket client = MessageSocket.connect(local(bound))) {
                client.send("back");
                assertEquals("back", text(client));
            }
            assertEquals(1, group.stop(LONG).get().finished());
        }
    }
}
