// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.reactor.internal.LayerTransport;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Protocols that run above layers, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class LayerTest {
    /** Makes capital letters of what comes in. */
    private static final class Capitals extends LayerTransport {
        Capitals(Protocol above) {
            super(above);
        }

        @Override
        public void received(Transport lower, ByteBuffer bytes) throws Exception {
            for (int i = bytes.position(); i < bytes.limit(); i++) {
                bytes.put(i, (byte) Character.toUpperCase(bytes.get(i)));
            }
            super.received(lower, bytes);
        }
    }

    /** Writes a letter behind all that is written. */
    private static final class Suffix extends LayerTransport {
        private final String letter;

        Suffix(String letter, Protocol above) {
            super(above);
            this.letter = letter;
        }

        @Override
        public void write(ByteBuffer bytes) {
            super.write(bytes);
            below().write(letter);
        }
    }

    /** Is ready some time later, or gives up. */
    private static final class Later extends LayerTransport {
        private final @Nullable Throwable refusal;

        Later(@Nullable Throwable refusal, Protocol above) {
            super(above);
            this.refusal = refusal;
        }

        @Override
        public void opened(Transport lower) {
            attach(lower);
            lower.pause();
            lower.reactor()
                    .after(
                            Duration.ofMillis(2),
                            () -> {
                                if (refusal != null) {
                                    fail(refusal);
                                } else {
                                    rise();
                                    resume();
                                }
                            });
        }
    }

    private static class Echo extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }
    }

    /** Asks, and stops the reactor when it is over. */
    private static class Asker extends Recorder {
        private final byte[] question;

        Asker(String question) {
            this(question.getBytes(UTF_8));
        }

        Asker(byte[] question) {
            this.question = question;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(question);
            opened.shutdownOutput();
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }

        String heard() {
            return bytes.toString(UTF_8);
        }
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    private static String answer(Engine engine, Protocol.Factory server, String question)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            var asker = new Asker(question);
            reactor.connect(local(reactor.listen(engine.fresh(), server)), asker);
            Engine.run(reactor);
            assertNull(asker.why);
            return asker.heard();
        }
    }

    /** Whether there was the end of one. */
    private static boolean skipLine(ByteBuffer bytes) {
        while (bytes.hasRemaining()) {
            if (bytes.get() == '\n') {
                return true;
            }
        }
        return false;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-10")
    void aLayerChangesWhatIsReceived(Engine engine) throws Exception {
        Layer capitals = Capitals::new;
        assertEquals("QUESTION", answer(engine, capitals.over(Echo::new), "question"));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void theFirstOfSeveralIsTheNearestToTheSocket(Engine engine) throws Exception {
        Layer a = above -> new Suffix("a", above);
        Layer b = above -> new Suffix("b", above);
        assertEquals("xaba", answer(engine, a.then(b).over(Echo::new), "x"));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceThatGoesByTurnsRunsAboveALayer(Engine engine) throws Exception {
        Layer capitals = Capitals::new;
        Layer late = above -> new Later(null, above);
        Protocol.Factory server = capitals.then(late).over(Protocol.serving(new EchoService()));
        String question = "question ".repeat(10_000);
        assertEquals(question.toUpperCase(Locale.ROOT), answer(engine, server, question));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-09")
    void becomeExchangesTheProtocolAndKeepsTheLayer(Engine engine) throws Exception {
        var second = new Recorder();
        var first =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) throws Exception {
                        if (skipLine(received)) {
                            from.become(second);
                            assertSame(second, from.protocol());
                        }
                    }
                };
        Layer capitals = Capitals::new;
        answer(engine, capitals.over(() -> first), "header\nbody");
        assertEquals("BODY", second.bytes.toString(UTF_8));
        assertEquals(List.of("received", "ended", "closed"), second.calls);
        assertFalse(first.closed);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsLeftUnreadPausesAndComesFirst(Engine engine) throws Exception {
        var reader =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) {
                        bytes.write(received.get());
                        if (received.hasRemaining()) {
                            from.reactor()
                                    .execute(() -> {
                                        assertTrue(from.isPaused());
                                        from.resume();
                                    });
                        }
                    }
                };
        Layer capitals = Capitals::new;
        answer(engine, capitals.then(Capitals::new).over(() -> reader), "bit by bit");
        assertEquals("BIT BY BIT", reader.bytes.toString(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-08")
    void aWriterAboveALayerIsHeldBackByASlowReader(Engine engine) throws Exception {
        byte[] all = new byte[4_000_000];
        new Random(1).nextBytes(all);
        Layer late = above -> new Later(null, above);
        try (Reactor reactor = engine.open()) {
            long[] most = {0};
            var reader =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.pause();
                            opened.reactor().after(Duration.ofMillis(20), opened::resume);
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
            Listening listening = reactor.listen(engine.fresh(), late.over(() -> reader));
            reactor.connect(local(listening), late.over(writer));
            Engine.run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(writer.calls.contains("full"), writer.calls::toString);
            assertTrue(most[0] <= Transport.HIGH_MARK + 30_000, "waiting: " + most[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anAbortAboveALayerIsAResetToThePeer(Engine engine) throws Exception {
        Layer capitals = Capitals::new;
        var server =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) {
                        received.position(received.limit());
                        from.abort();
                        assertFalse(from.isOpen());
                    }
                };
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), capitals.over(() -> server));
            var client = new Asker("x");
            reactor.connect(local(listening), client);
            Engine.run(reactor);
            assertTrue(
                    String.valueOf(client.why).contains("ECONNRESET"), String.valueOf(client.why));
            assertInstanceOf(AsynchronousCloseException.class, server.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anExceptionAboveALayerEndsItsConnectionAndIsWhatIsTold(Engine engine) throws Exception {
        var failure = new IllegalStateException("on purpose");
        var bad =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) {
                        throw failure;
                    }
                };
        var worse =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        throw failure;
                    }
                };
        Layer late = above -> new Later(null, above);
        for (Recorder each : List.of(bad, worse)) {
            try (Reactor reactor = engine.open()) {
                Listening listening = reactor.listen(engine.fresh(), late.over(() -> each));
                var client = new Asker("x");
                reactor.connect(local(listening), client);
                Engine.run(reactor);
                assertSame(failure, each.why);
                assertEquals("closed", each.calls.getLast());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D4-10")
    void aConnectIsCompleteWhenTheLastLayerIs(Engine engine) throws Exception {
        Layer late = above -> new Later(null, above);
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Echo::new);
            var client = new Recorder();
            CompletableFuture<Transport> made =
                    reactor.connect(local(listening), late.then(late).over(client));
            made.thenRun(() -> {
                assertEquals(List.of("opened"), client.calls);
                reactor.stop();
            });
            Engine.run(reactor);
            assertSame(client.transport, made.join());
            assertSame(made.join(), made.join().unwrap(Later.class).orElseThrow());
            assertSame(client, made.join().protocol());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aLayerThatDoesNotComeAboutFailsTheConnect(Engine engine) throws Exception {
        var refusal = new IOException("no handshake");
        Layer capitals = Capitals::new;
        Layer never = above -> new Later(refusal, above);
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Echo::new);
            var client = new Recorder();
            CompletableFuture<Transport> made =
                    reactor.connect(
                            local(listening), never.then(capitals.then(never)).over(client));
            made.whenComplete((none, why) -> reactor.stop());
            Engine.run(reactor);
            var failed = assertThrows(CompletionException.class, made::join);
            assertSame(refusal, failed.getCause());
            assertEquals(List.of(), client.calls);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aConnectThatIsCancelledBeforeItsLayerIsThereEnds(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    new Recorder() {
                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            List<CompletableFuture<Transport>> made = new ArrayList<>();
            Layer cancelling =
                    above ->
                            new LayerTransport(above) {
                                @Override
                                public void opened(Transport lower) {
                                    attach(lower);
                                    lower.reactor().execute(() -> made.getFirst().cancel(false));
                                }
                            };
            Listening listening = reactor.listen(engine.fresh(), () -> server);
            var client = new Recorder();
            made.add(reactor.connect(local(listening), cancelling.over(client)));
            Engine.run(reactor);
            assertTrue(server.closed);
            assertEquals(List.of(), client.calls);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-11")
    void aLayerIsPutOnAConnectionInMidStream(Engine engine) throws Exception {
        Layer capitals = Capitals::new;
        var above = new Echo();
        var plain =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) {
                        if (skipLine(received)) {
                            capitals.start(from, above);
                            from.write("ready\n");
                        }
                    }
                };
        assertEquals("ready\nREST", answer(engine, () -> plain, "start\nrest"));
        assertEquals(List.of("opened", "received", "ended", "closed"), above.calls);
        assertFalse(plain.closed);
    }
}
