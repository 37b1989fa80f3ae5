// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.ByteRate;
import sockeye.wire.MessageRate;
import sockeye.wire.MessageRateLimits;
import sockeye.wire.RateLimit;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The driver contract for messages, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class MessageDriverTest {
    static Stream<Arguments> enginesAndFamilies() {
        return Engine.ofTheKernel()
                .flatMap(e -> TestFamily.messages().map(family -> Arguments.of(e, family)));
    }

    private static void run(Reactor reactor) throws IOException {
        boolean[] late = {false};
        DelayedCall limit =
                reactor.after(
                        Duration.ofSeconds(20),
                        () -> {
                            late[0] = true;
                            reactor.stop();
                        });
        reactor.run();
        limit.cancel();
        assertFalse(late[0], "nothing stopped it");
    }

    private static String text(ByteBuffer message) {
        return StandardCharsets.UTF_8.decode(message).toString();
    }

    /** Notes what it is told. */
    private static class Notes implements MessageProtocol {
        final List<String> heard = new ArrayList<>();
        final List<IOException> failures = new ArrayList<>();
        @Nullable MessageTransport transport;
        boolean ended;
        boolean closed;
        @Nullable Throwable why;

        @Override
        public void opened(MessageTransport opened) throws Exception {
            transport = opened;
        }

        @Override
        public void received(MessageTransport from, ByteBuffer message) throws Exception {
            heard.add(text(message));
        }

        @Override
        public void failed(MessageTransport from, IOException failure) throws Exception {
            failures.add(failure);
        }

        @Override
        public void ended(MessageTransport from) throws Exception {
            ended = true;
            from.close();
        }

        @Override
        public void closed(MessageTransport from, @Nullable Throwable reason) throws Exception {
            closed = true;
            why = reason;
        }
    }

    private static final class Replies extends Notes {
        @Override
        public void received(MessageTransport from, ByteBuffer message) {
            from.reply(message);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    void messagesComeBackWholeOverEveryFamily(Engine engine, TestFamily family) throws Exception {
        askAndReply(engine, family, 40, above -> above);
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    void theyDoThroughLayersToo(Engine engine, TestFamily family) throws Exception {
        MessageRate peer = MessageRate.of(RateLimit.perSecond(100_000));
        MessageRate few = MessageRate.of(RateLimit.perSecond(2_000).withBurst(2));
        Throughput slow = Throughput.of(ByteRate.perSecond(1_000_000).withBurst(1_000));
        List<Transcript> seen = new ArrayList<>();
        MessageLayer layers =
                MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                        .then(
                                MessageLimits.rate(
                                        MessageRateLimits.NONE.withPeer(peer).withConnection(few)))
                        .then(MessageLimits.throughput(ThroughputLimits.NONE.withConnection(slow)))
                        .then(Transcript.messageRecorder(1 << 20, seen::add));
        askAndReply(engine, family, 40, layers);
        for (Transcript.What each : List.of(Transcript.What.RECEIVED, Transcript.What.WRITE)) {
            long events = seen.getFirst().events().stream().filter(e -> e.what() == each).count();
            assertEquals(40, events, each::toString);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    void silenceEndsASocketOfEveryFamily(Engine engine, TestFamily family) throws Exception {
        family.require();
        MessageLayer idle = MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMillis(40)));
        var told =
                new Notes() {
                    @Override
                    public void closed(MessageTransport from, @Nullable Throwable reason)
                            throws Exception {
                        super.closed(from, reason);
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = family.connect()) {
            reactor.adopt(MessageSocket.of(pair.left()), idle.over(told));
            run(reactor);
        }
        assertInstanceOf(SocketTimeoutException.class, told.why);
    }

    private static void askAndReply(Engine engine, TestFamily family, int count, MessageLayer layer)
            throws Exception {
        family.require();
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = family.connect()) {
            var replies = new Replies();
            var asks =
                    new Notes() {
                        private void next(MessageTransport to) {
                            to.send("message " + heard.size() + "x".repeat(heard.size() * 100));
                        }

                        @Override
                        public void opened(MessageTransport opened) {
                            next(opened);
                        }

                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message);
                            if (heard.size() == count) {
                                from.reactor().stop();
                            } else {
                                next(from);
                            }
                        }
                    };
            reactor.adopt(MessageSocket.of(pair.left()), layer.over(replies));
            reactor.adopt(MessageSocket.of(pair.right()), asks);
            run(reactor);
            for (int i = 0; i < count; i++) {
                assertEquals("message " + i + "x".repeat(i * 100), asks.heard.get(i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-07")
    @Tag("D2-05")
    void aDatagramIsAnsweredToWhoSentIt(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<Endpoint> senders = new ArrayList<>();
            MessageTransport server =
                    reactor.bind(
                            engine.fresh(),
                            new Notes() {
                                @Override
                                public void received(MessageTransport from, ByteBuffer message) {
                                    senders.add(from.sender());
                                    assertFalse(from.isTruncated());
                                    from.reply(message);
                                }
                            });
            var notes = new Notes[3];
            MessageTransport[] clients = new MessageTransport[3];
            for (int i = 0; i < 3; i++) {
                notes[i] =
                        new Notes() {
                            @Override
                            public void received(MessageTransport from, ByteBuffer message)
                                    throws Exception {
                                super.received(from, message);
                                if (Stream.of(notes).allMatch(each -> each.heard.size() == 1)) {
                                    from.reactor().stop();
                                }
                            }
                        };
                clients[i] = reactor.bind(engine.fresh(), notes[i]);
                clients[i].send(ByteBuffer.wrap(new byte[] {(byte) ('a' + i)}), at(server));
            }
            run(reactor);
            assertEquals(List.of("a"), notes[0].heard);
            assertEquals(List.of("b"), notes[1].heard);
            assertEquals(List.of("c"), notes[2].heard);
            assertEquals(3, senders.size());
            for (MessageTransport each : clients) {
                assertTrue(senders.contains(each.local()), senders::toString);
            }
            assertThrows(IllegalStateException.class, server::sender);
            assertThrows(IllegalStateException.class, () -> server.reply(ByteBuffer.allocate(1)));
        }
    }

    private static Endpoint at(MessageTransport transport) {
        return Objects.requireNonNull(transport.local());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anEmptyDatagramIsAMessage(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var told = new Notes();
            MessageTransport server =
                    reactor.bind(
                            engine.fresh(),
                            new Notes() {
                                @Override
                                public void received(MessageTransport from, ByteBuffer message)
                                        throws Exception {
                                    told.received(from, message);
                                    if (told.heard.size() == 3) {
                                        from.reactor().stop();
                                    }
                                }
                            });
            MessageTransport client = reactor.bind(engine.fresh(), new Notes());
            DelayedCall[] again = new DelayedCall[1];
            int[] sent = {0};
            again[0] =
                    reactor.after(
                            Duration.ZERO,
                            () -> {
                                String text = sent[0]++ == 1 ? "" : "x";
                                client.send(
                                        ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
                                        at(server));
                                again[0].reset(Duration.ofMillis(3));
                            });
            run(reactor);
            assertEquals(List.of("x", "", "x"), told.heard);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void recordsAreServedAndTheEndIsNoEmptyRecord(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    new Notes() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message.duplicate());
                            from.reply(message);
                        }
                    };
            Listening listening = reactor.listenRecords(engine.freshForRecords(), () -> server);
            var client =
                    new Notes() {
                        @Override
                        public void opened(MessageTransport opened) {
                            opened.send("one");
                            opened.send("");
                            opened.send("three");
                        }

                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message);
                            if (heard.size() == 3) {
                                from.close();
                                from.reactor().after(Duration.ofMillis(20), from.reactor()::stop);
                            }
                        }
                    };
            reactor.connectRecords(Objects.requireNonNull(listening.local()), client);
            run(reactor);
            assertEquals(List.of("one", "", "three"), server.heard);
            assertEquals(server.heard, client.heard);
            assertTrue(server.ended);
            assertTrue(server.closed);
            assertNull(server.why);
            assertTrue(client.closed);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void thatNobodyListensIsToldAndTheSocketGoesOn(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            MessageTransport gone = reactor.bind(engine.fresh(), new Notes());
            Endpoint nobody = at(gone);
            gone.close();
            var client =
                    new Notes() {
                        @Override
                        public void failed(MessageTransport from, IOException failure)
                                throws Exception {
                            super.failed(from, failure);
                            from.reactor().stop();
                        }
                    };
            reactor.after(
                    Duration.ofMillis(5),
                    () -> {
                        try {
                            reactor.adopt(MessageSocket.connect(nobody), client).send("x");
                        } catch (IOException impossible) {
                            throw new AssertionError(impossible);
                        }
                    });
            run(reactor);
            var failure = (ErrnoFailure) client.failures.getFirst();
            assertEquals("ECONNREFUSED", failure.errno().symbol());
            assertTrue(Objects.requireNonNull(client.transport).isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aDatagramThatIsTooLongFailsAloneAndOthersGo(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    new Notes() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message);
                            from.reactor().stop();
                        }
                    };
            MessageTransport bound = reactor.bind(engine.fresh(), server);
            var client = new Notes();
            MessageTransport from = reactor.bind(engine.fresh(), client);
            from.send(ByteBuffer.allocate(66_000), at(bound));
            from.send(ByteBuffer.wrap("short".getBytes(StandardCharsets.UTF_8)), at(bound));
            run(reactor);
            assertEquals(List.of("short"), server.heard);
            assertEquals(1, client.failures.size());
            assertTrue(client.failures.getFirst().getMessage().contains("EMSGSIZE"));
        }
    }
}
