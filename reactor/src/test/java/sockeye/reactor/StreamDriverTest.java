// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.StreamSocket;
import sockeye.testkit.Ability;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

/** The driver contract for streams, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class StreamDriverTest {
    private static byte[] bytes(int count) {
        byte[] all = new byte[count];
        new Random(count).nextBytes(all);
        return all;
    }

    static Stream<Arguments> enginesAndFamilies() {
        return Engine.ofTheKernel()
                .flatMap(e -> TestFamily.streams().map(family -> Arguments.of(e, family)));
    }

    /** Runs until it is stopped, or too much time has passed. */
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

    private static class Echo extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }
    }

    /** Writes all it has while it may, and stops the reactor when all of it has come back. */
    private static final class Asker extends Recorder {
        private final byte[] question;
        private int asked;

        Asker(byte[] question) {
            this.question = question;
        }

        @Override
        void onOpened(Transport opened) {
            ask(opened);
        }

        private void ask(Transport to) {
            while (asked < question.length && to.isWritable()) {
                int count = Math.min(10_000, question.length - asked);
                to.write(question, asked, count);
                asked += count;
            }
        }

        @Override
        void onWritable(Transport from, boolean writable) {
            if (writable) {
                ask(from);
            }
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) throws Exception {
            super.onReceived(from, received);
            if (bytes.size() == question.length) {
                from.close();
            }
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    @Tag("C-08")
    void bytesComeBackInOrderOverEveryFamily(Engine engine, TestFamily family) throws Exception {
        family.require();
        byte[] question = bytes(700_000);
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = family.connect()) {
            var asker = new Asker(question);
            reactor.adopt(StreamSocket.of(pair.left()), new Echo());
            reactor.adopt(StreamSocket.of(pair.right()), asker);
            run(reactor);
            assertArrayEquals(question, asker.bytes.toByteArray());
            assertNull(asker.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-04")
    void aConnectionIsMadeAndServed(Engine engine) throws Exception {
        byte[] question = bytes(300_000);
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Echo::new);
            var asker = new Asker(question);
            CompletableFuture<Transport> made = reactor.connect(local(listening), asker);
            run(reactor);
            assertTrue(made.isDone());
            assertArrayEquals(question, asker.bytes.toByteArray());
            assertEquals(1, listening.accepted());
            assertEquals("opened", asker.calls.getFirst());
            assertEquals("closed", asker.calls.getLast());
        }
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-08")
    void anAnswerIsReceivedAfterTheEndOfTheQuestion(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    new Recorder() {
                        @Override
                        void onEnded(Transport from) {
                            from.write("heard " + bytes.size());
                            from.close();
                        }
                    };
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("question");
                            opened.shutdownOutput();
                            opened.write("too late");
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> server);
            reactor.connect(local(listening), client);
            run(reactor);
            assertEquals("question", server.bytes.toString(StandardCharsets.UTF_8));
            assertEquals("heard 8", client.bytes.toString(StandardCharsets.UTF_8));
            assertNull(client.why);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndFamilies")
    @Tag("D2-01")
    void closeDeliversWhatWasWrittenBefore(Engine engine, TestFamily family) throws Exception {
        family.require();
        byte[] all = bytes(500_000);
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = family.connect()) {
            var writer =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(all);
                            opened.close();
                            opened.close();
                        }
                    };
            var reader =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            // Unread when the writer closes: a bare close would reset.
                            opened.write("unread");
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            reactor.adopt(StreamSocket.of(pair.left()), writer);
            reactor.adopt(StreamSocket.of(pair.right()), reader);
            run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            if (family.can(Ability.HALF_CLOSE)) {
                assertTrue(reader.ended);
                assertNull(reader.why);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-02")
    void anAbortIsAResetToThePeer(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server = new Recorder();
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("x");
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Recorder() {
                                        @Override
                                        void onReceived(Transport from, ByteBuffer received) {
                                            server.transport = from;
                                            received.position(received.limit());
                                            from.abort();
                                            assertFalse(from.isOpen());
                                        }

                                        @Override
                                        void onClosed(Transport from) {
                                            server.why = why;
                                        }
                                    });
            reactor.connect(local(listening), client);
            run(reactor);
            assertInstanceOf(IOException.class, client.why);
            assertTrue(Objects.requireNonNull(client.why).getMessage().contains("ECONNRESET"));
            assertInstanceOf(AsynchronousCloseException.class, server.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-06")
    void nothingIsReceivedWhilePausedAndAllOfItAfterwards(Engine engine) throws Exception {
        byte[] all = bytes(400_000);
        try (Reactor reactor = engine.open()) {
            var reader =
                    new Recorder() {
                        private boolean waits;

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            assertFalse(waits, "received while paused");
                            waits = true;
                            from.pause();
                            from.reactor()
                                    .after(
                                            Duration.ofMillis(2),
                                            () -> {
                                                waits = false;
                                                from.resume();
                                            });
                            super.onReceived(from, received);
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> reader);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(all);
                            opened.close();
                        }
                    });
            run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsLeftUnreadPausesAndComesFirst(Engine engine) throws Exception {
        byte[] all = bytes(50_000);
        try (Reactor reactor = engine.open()) {
            var reader =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            assertFalse(from.isPaused());
                            byte[] some = new byte[Math.min(997, received.remaining())];
                            boolean more = some.length < received.remaining();
                            received.get(some);
                            bytes.writeBytes(some);
                            if (more) {
                                from.reactor()
                                        .execute(() -> {
                                            assertTrue(from.isPaused());
                                            from.resume();
                                        });
                            }
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> reader);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(all);
                            opened.close();
                        }
                    });
            run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(reader.ended);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-08")
    void aWriterIsToldWhenThePeerIsSlowAndWhenItIsNot(Engine engine) throws Exception {
        byte[] all = bytes(8_000_000);
        try (Reactor reactor = engine.open()) {
            long[] most = {0};
            var reader =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.pause();
                            opened.reactor().after(Duration.ofMillis(30), opened::resume);
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            var writer =
                    new Recorder() {
                        private int written;

                        @Override
                        void onOpened(Transport opened) {
                            write(opened);
                        }

                        private void write(Transport to) {
                            while (written < all.length && to.isWritable()) {
                                int count = Math.min(30_000, all.length - written);
                                to.write(all, written, count);
                                written += count;
                                most[0] = Math.max(most[0], to.pending());
                            }
                            if (written == all.length) {
                                to.close();
                            }
                        }

                        @Override
                        void onWritable(Transport from, boolean writable) {
                            if (writable) {
                                write(from);
                            }
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> reader);
            reactor.connect(local(listening), writer);
            run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(writer.calls.contains("full"), writer.calls::toString);
            assertTrue(writer.calls.contains("writable"), writer.calls::toString);
            assertTrue(most[0] <= Transport.HIGH_MARK + 30_000, "waiting: " + most[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anExceptionEndsItsConnectionAndNoOther(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var failure = new IllegalStateException("on purpose");
            var bad =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            throw failure;
                        }
                    };
            Listening first = reactor.listen(engine.fresh(), () -> bad);
            Listening second = reactor.listen(engine.fresh(), Echo::new);
            var asker = new Asker(bytes(1_000));
            reactor.connect(
                    local(first),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("x");
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().connect(local(second), asker);
                        }
                    });
            run(reactor);
            assertSame(failure, bad.why);
            assertEquals(1_000, asker.bytes.size());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-10")
    void aRefusedConnectFailsAndTheProtocolNeverHears(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening gone = reactor.listen(engine.fresh(), Echo::new);
            gone.close();
            var client = new Recorder();
            reactor.after(
                    Duration.ofMillis(1),
                    () ->
                            reactor.connect(local(gone), client)
                                    .whenComplete((made, why) -> reactor.stop()));
            CompletableFuture<Transport> made = reactor.connect(local(gone), client);
            run(reactor);
            var failed = assertThrows(CompletionException.class, made::join);
            assertInstanceOf(ConnectException.class, failed.getCause());
            assertTrue(failed.getCause().getMessage().contains("ECONNREFUSED"));
            assertEquals(0, client.calls.size());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-09")
    void aConnectionChangesItsProtocolInMidStream(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var second = new Recorder();
            var first =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            byte last = 0;
                            while (received.hasRemaining() && last != '\n') {
                                last = received.get();
                                bytes.write(last);
                            }
                            if (last != '\n') {
                                return;
                            }
                            from.become(second);
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> first);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("header\nbody");
                            opened.close();
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    });
            run(reactor);
            assertEquals("header\n", first.bytes.toString(StandardCharsets.UTF_8));
            assertEquals("body", second.bytes.toString(StandardCharsets.UTF_8));
            assertFalse(first.closed);
            assertTrue(second.closed);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aListenerThatIsPausedAcceptsLater(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Echo::new);
            listening.pause();
            var asker = new Asker(bytes(10));
            reactor.connect(local(listening), asker);
            reactor.after(
                    Duration.ofMillis(20),
                    () -> {
                        assertEquals(0, listening.accepted());
                        listening.resume();
                    });
            run(reactor);
            assertEquals(1, listening.accepted());
            assertEquals(10, asker.bytes.size());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-09")
    void closingTheReactorTellsAllItsConnections(Engine engine) throws Exception {
        var server = new Recorder();
        var client = new Recorder();
        Reactor reactor = engine.open();
        Listening listening = reactor.listen(engine.fresh(), () -> server);
        reactor.connect(local(listening), client)
                .thenRun(() -> reactor.after(Duration.ofMillis(5), reactor::stop));
        run(reactor);
        assertFalse(server.closed);
        reactor.close();
        reactor.close();
        assertTrue(server.closed);
        assertTrue(client.closed);
        assertInstanceOf(AsynchronousCloseException.class, client.why);
        assertThrows(IllegalStateException.class, reactor::run);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-01")
    void aReactorThatWasStoppedRunsAgainOnAnotherThread(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Echo::new);
            Transport[] made = new Transport[1];
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            made[0] = opened;
                            opened.reactor().stop();
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() % 3 == 0) {
                                from.reactor().stop();
                            }
                        }
                    };
            reactor.connect(local(listening), client);
            run(reactor);
            for (String word : new String[] {"one", "two", "six"}) {
                Throwable[] failed = new Throwable[1];
                Thread thread =
                        Thread.ofPlatform()
                                .start(() -> {
                                    try {
                                        made[0].write(word);
                                        run(reactor);
                                    } catch (Throwable thrown) {
                                        failed[0] = thrown;
                                    }
                                });
                thread.join();
                assertNull(failed[0]);
            }
            assertEquals("onetwosix", client.bytes.toString(StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatOneCallbackWritesComesWhole(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            byte[] big = bytes(40_000);
            var reader =
                    new Recorder() {
                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> reader);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("a");
                            opened.write(big);
                            opened.write(ByteBuffer.allocateDirect(3).put(new byte[3]).flip());
                            opened.write(new byte[0]);
                            opened.write("é");
                            assertEquals(1 + big.length + 3 + 2, opened.pending());
                            opened.close();
                        }
                    });
            run(reactor);
            byte[] got = reader.bytes.toByteArray();
            assertEquals(1 + big.length + 3 + 2, got.length);
            assertArrayEquals(big, Arrays.copyOfRange(got, 1, 1 + big.length));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void endpointsAndTheSocketBelowAreTold(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server = new Recorder();
            Listening listening = reactor.listen(engine.fresh(), () -> server);
            reactor.connect(local(listening), new Recorder())
                    .thenAccept(made -> {
                        assertEquals(listening.local(), made.peer());
                        reactor.after(
                                Duration.ofMillis(5),
                                () -> {
                                    Transport there = Objects.requireNonNull(server.transport);
                                    assertEquals(made.local(), there.peer());
                                    assertEquals(listening.local(), there.local());
                                    assertNotNull(there.unwrap(LinuxSocket.class).orElseThrow());
                                    reactor.stop();
                                });
                    });
            run(reactor);
        }
    }
}
