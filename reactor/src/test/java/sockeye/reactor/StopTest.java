// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** The orderly stop, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings({"FutureReturnValueIgnored", "try"}) // protocols tell; they close what is open
class StopTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** Runs something when the connection is there. */
    private static Recorder onOpened(Runnable then) {
        return new Recorder() {
            @Override
            void onOpened(Transport opened) {
                then.run();
            }
        };
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void aStopClosesListenersAndLetsConnectionsEnd(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<Recorder> served = new ArrayList<>();
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                served.add(
                                        new Recorder() {
                                            @Override
                                            void onOpened(Transport opened) {
                                                opened.write("hello");
                                            }
                                        });
                                return served.getLast();
                            });
            List<DrainReport> reports = new ArrayList<>();
            var client =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() == "hello".length()) {
                                from.write("last words");
                                reactor.stop(LONG).thenAccept(reports::add);
                            }
                        }
                    };
            reactor.connect(local(listening), client);
            reactor.run();
            assertEquals(1, reports.size());
            assertEquals(0, reports.getFirst().cutOff());
            assertFalse(listening.isOpen());
            assertEquals("closed", client.calls.getLast());
            assertNull(client.why);
            for (Recorder each : served) {
                assertNull(each.why);
                assertTrue(each.ended);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatHasComeByThenIsStillReceivedAndAnswered(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Recorder[] served = {null};
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    served[0] =
                                            new Recorder() {
                                                @Override
                                                void onOpened(Transport opened) {
                                                    opened.pause();
                                                }

                                                @Override
                                                void onEnded(Transport from) {
                                                    from.write("heard " + bytes);
                                                    from.close();
                                                }
                                            });
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("question");
                            // Time enough for it to arrive, and nobody reads it before the stop.
                            reactor.after(
                                    SHORT,
                                    () -> {
                                        reactor.stop(LONG);
                                        reactor.execute(() ->
                                                Objects.requireNonNull(served[0].transport)
                                                        .resume());
                                    });
                        }

                        @Override
                        void onEnded(Transport from) {
                            from.close();
                        }
                    };
            // A client that goes on until it has its answer.
            reactor.connect(
                    local(listening),
                    new Protocol() {
                        @Override
                        public void opened(Transport transport) throws Exception {
                            client.opened(transport);
                        }

                        @Override
                        public void received(Transport transport, ByteBuffer bytes)
                                throws Exception {
                            client.received(transport, bytes);
                        }

                        @Override
                        public void stopping(Transport transport) {}
                    });
            reactor.run();
            assertEquals("heard question", client.bytes.toString(StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoDoesNotEndIsCutOffWhenItIsTime(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Recorder[] deaf = {null};
            class Deaf extends Recorder {
                @Override
                public void stopping(Transport transport) {}
            }
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                deaf[0] = new Deaf();
                                return deaf[0];
                            });
            List<DrainReport> reports = new ArrayList<>();
            class Client extends Deaf {
                @Override
                void onOpened(Transport opened) {
                    opened.write("x");
                    reactor.after(SHORT, () -> reactor.stop(SHORT).thenAccept(reports::add));
                }
            }
            var client = new Client();
            reactor.connect(local(listening), client);
            reactor.run();
            assertEquals(2, reports.getFirst().cutOff());
            assertEquals(0, reports.getFirst().finished());
            assertInstanceOf(AsynchronousCloseException.class, client.why);
            assertInstanceOf(AsynchronousCloseException.class, deaf[0].why);
            assertTrue(reports.getFirst().took().compareTo(SHORT) >= 0);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aSecondStopHastensTheFirst(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<DrainReport> reports = new ArrayList<>();
            var opened = new AtomicInteger();
            // Not before both are there: who is not accepted yet is reset when the listener goes.
            Runnable stop =
                    () -> {
                        if (opened.incrementAndGet() == 2) {
                            reactor.stop(LONG).thenAccept(reports::add);
                        }
                    };
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Recorder() {
                                        @Override
                                        void onOpened(Transport transport) {
                                            stop.run();
                                        }

                                        @Override
                                        public void stopping(Transport transport) {}
                                    });
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport transport) {
                            stop.run();
                        }

                        @Override
                        public void stopping(Transport transport) {
                            reactor.stop(Duration.ZERO).thenAccept(reports::add);
                        }
                    };
            reactor.connect(local(listening), client);
            reactor.run();
            assertEquals(2, reports.size());
            assertEquals(reports.getFirst(), reports.getLast());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void actionsOfAStopComeInTheirPhasesAndAreWaitedFor(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<String> calls = new ArrayList<>();
            Listening listening = reactor.listen(engine.fresh(), Recorder::new);
            reactor.onStop(
                    StopPhase.AFTER,
                    () -> {
                        calls.add("after");
                        return null;
                    });
            reactor.onStop(
                            StopPhase.BEFORE,
                            () -> {
                                throw new AssertionError("it was removed");
                            })
                    .remove();
            reactor.onStop(
                    StopPhase.BEFORE,
                    () -> {
                        calls.add("before, open " + listening.isOpen());
                        var done = new CompletableFuture<Void>();
                        reactor.after(
                                SHORT,
                                () -> {
                                    calls.add("still open " + listening.isOpen());
                                    done.complete(null);
                                });
                        return done;
                    });
            reactor.onStop(
                    StopPhase.DURING,
                    () -> {
                        calls.add("during");
                        var done = new CompletableFuture<Void>();
                        reactor.after(
                                SHORT,
                                () -> {
                                    calls.add("waited for");
                                    done.complete(null);
                                });
                        return done;
                    });
            reactor.execute(() -> reactor.stop(LONG).thenRun(() -> calls.add("told")));
            reactor.run();
            assertEquals(
                    List.of(
                            "before, open true",
                            "still open true",
                            "during",
                            "waited for",
                            "after",
                            "told"),
                    calls);
            assertFalse(listening.isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anActionThatNeverEndsIsGivenUpWhenItIsTime(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            for (StopPhase each : StopPhase.values()) {
                reactor.onStop(each, CompletableFuture::new);
            }
            List<DrainReport> reports = new ArrayList<>();
            reactor.stop(SHORT).thenAccept(reports::add);
            reactor.run();
            assertEquals(1, reports.size());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aStoppedReactorCanBeRunAgain(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            reactor.listen(engine.fresh(), Recorder::new);
            reactor.stop(LONG);
            reactor.run();
            Listening listening = reactor.listen(engine.fresh(), Recorder::new);
            var client = onOpened(reactor::stop);
            reactor.connect(local(listening), client);
            reactor.run();
            assertEquals(List.of("opened"), client.calls);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aListenerIsDrainedAloneAndOthersGoOn(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening stays = reactor.listen(engine.fresh(), Recorder::new);
            Endpoint other = engine.isReal() ? engine.fresh() : InetEndpoint.of("192.0.2.2", 0);
            Listening leaves = reactor.listen(other, Protocol.serving(new EchoService()));
            var kept = new Recorder();
            reactor.connect(local(stays), kept);
            List<DrainReport> reports = new ArrayList<>();
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("echo");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() == 4) {
                                leaves.drain(LONG).thenAccept(reports::add);
                            }
                        }

                        @Override
                        void onClosed(Transport from) {
                            reactor.after(SHORT, reactor::stop);
                        }
                    };
            reactor.connect(local(leaves), client);
            reactor.run();
            assertEquals(1, reports.size());
            assertEquals(1, reports.getFirst().finished());
            assertEquals(0, reports.getFirst().cutOff());
            assertTrue(stays.isOpen());
            assertFalse(leaves.isOpen());
            assertFalse(kept.closed);
            assertNull(client.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void queuedDatagramsAreStillReceivedBeforeTheSocketEnds(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<String> told = new ArrayList<>();
            var receiver =
                    new MessageProtocol() {
                        @Override
                        public void opened(MessageTransport transport) {
                            transport.pause();
                        }

                        @Override
                        public void stopping(MessageTransport transport) {
                            told.add("stopping");
                            transport.shutdownInput();
                            transport.resume();
                        }

                        @Override
                        public void received(MessageTransport transport, ByteBuffer message) {
                            told.add(StandardCharsets.UTF_8.decode(message).toString());
                        }

                        @Override
                        public void ended(MessageTransport transport) {
                            told.add("ended");
                            transport.close();
                        }
                    };
            MessageTransport to = reactor.bind(engine.fresh(), receiver);
            Endpoint there = Objects.requireNonNull(to.local());
            reactor.bind(
                    engine.fresh(),
                    new MessageProtocol() {
                        @Override
                        public void opened(MessageTransport transport) {
                            transport.send(ByteBuffer.wrap(new byte[] {'a'}), there);
                            transport.send(ByteBuffer.wrap(new byte[] {'b'}), there);
                        }

                        @Override
                        public void received(MessageTransport transport, ByteBuffer message) {}
                    });
            reactor.after(SHORT, () -> reactor.stop(LONG));
            reactor.run();
            assertEquals("stopping", told.getFirst());
            assertEquals("ended", told.getLast());
            assertEquals(4, told.size());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aStopOfAClosedReactorFails(Engine engine) throws Exception {
        CompletableFuture<DrainReport> waiting;
        CompletableFuture<DrainReport> late;
        try (Reactor reactor = engine.open()) {
            waiting = reactor.stop(LONG);
            reactor.close();
            late = reactor.stop(LONG);
        }
        for (var each : List.of(waiting, late)) {
            var thrown = assertThrows(CompletionException.class, each::join);
            assertInstanceOf(RejectedExecutionException.class, thrown.getCause());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aCloseInMidStopTellsWhoWaitsForIt(Engine engine) throws Exception {
        List<DrainReport> reports = new ArrayList<>();
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Recorder() {
                                        @Override
                                        void onOpened(Transport opened) {
                                            opened.write("!");
                                        }

                                        @Override
                                        public void stopping(Transport transport) {}
                                    });
            var client =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            received.get();
                            reactor.stop(LONG).thenAccept(reports::add);
                        }

                        @Override
                        public void stopping(Transport transport) {
                            reactor.close();
                        }
                    };
            reactor.connect(local(listening), client);
            reactor.run();
        }
        assertEquals(1, reports.size());
        assertEquals(2, reports.getFirst().cutOff());
    }
}
