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
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.testkit.NoLeaks;
import sockeye.wire.EchoService;
import sockeye.wire.PeerFacts;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsDetails;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTruncatedException;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;

import javax.net.ssl.SSLException;

/** TLS on transports, on every driver and in both versions. */
@ExtendWith(NoLeaks.class)
@Tag("D2-03")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class TlsLayerTest {
    static Stream<Arguments> enginesAndVersions() {
        return Engine.all()
                .flatMap(engine ->
                        Stream.of("TLSv1.3", "TLSv1.2").map(v -> Arguments.of(engine, v)));
    }

    private static TlsContext context(TlsSettings settings, String version) throws IOException {
        return TlsContext.of(settings.withOffer(settings.offer().withProtocols(version)));
    }

    private static Tls server(String version) throws IOException {
        return Tls.server(context(TlsPeers.server(), version));
    }

    private static Tls client(String version) throws IOException {
        return Tls.client(context(TlsPeers.client(), version), "localhost");
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    private static class Echo extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }
    }

    /** Writes all it has while it may; closes, and stops the reactor, when all has come back. */
    private static class Asker extends Recorder {
        final byte[] question;
        private int asked;

        Asker(byte[] question) {
            this.question = question;
        }

        Asker(String question) {
            this(question.getBytes(UTF_8));
        }

        @Override
        void onOpened(Transport opened) throws Exception {
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

    private static byte[] random(int count) {
        byte[] all = new byte[count];
        new Random(count).nextBytes(all);
        return all;
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    @Tag("D1-05")
    void bytesComeBackInOrder(Engine engine, String version) throws Exception {
        byte[] question = random(700_000);
        try (Reactor reactor = engine.open()) {
            var echo = new Echo();
            Listening listening = reactor.listen(engine.fresh(), server(version).over(() -> echo));
            var asker = new Asker(question);
            CompletableFuture<Transport> made =
                    reactor.connect(local(listening), client(version).over(asker));
            Engine.run(reactor);
            assertArrayEquals(question, asker.bytes.toByteArray());
            assertSame(asker.transport, made.join());
            assertNull(asker.why);
            TlsDetails details = made.join().unwrap(TlsDetails.class).orElseThrow();
            assertEquals(version, details.protocol());
            assertTrue(made.join().unwrap(TlsMachine.class).isPresent());
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void aServiceRunsAboveTls(Engine engine, String version) throws Exception {
        byte[] question = random(200_000);
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            server(version).over(Protocol.serving(new EchoService())));
            var asker = new Asker(question);
            reactor.connect(local(listening), client(version).over(asker));
            Engine.run(reactor);
            assertArrayEquals(question, asker.bytes.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void tlsRunsInTls(Engine engine) throws Exception {
        byte[] question = random(200_000);
        try (Reactor reactor = engine.open()) {
            Layer twice = server("TLSv1.3").then(server("TLSv1.2"));
            Listening listening = reactor.listen(engine.fresh(), twice.over(Echo::new));
            var asker = new Asker(question);
            reactor.connect(
                    local(listening), client("TLSv1.3").then(client("TLSv1.2")).over(asker));
            Engine.run(reactor);
            assertArrayEquals(question, asker.bytes.toByteArray());
            assertNull(asker.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D3-04")
    void bothLearnWhomTheyTalkToAndWhatTheySpeak(Engine engine) throws Exception {
        var settings =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED)
                        .withApplications("second", "first");
        var own =
                TlsPeers.client()
                        .withIdentities(TlsPeers.identity(TlsPeers.CLIENT))
                        .withApplications("first", "third");
        List<TlsDetails> seen = new ArrayList<>();
        try (Reactor reactor = engine.open()) {
            Protocol.Factory server =
                    () ->
                            new Echo() {
                                @Override
                                void onOpened(Transport opened) {
                                    var facts = opened.unwrap(PeerFacts.class).orElseThrow();
                                    seen.add(Objects.requireNonNull(facts.tls()));
                                }
                            };
            Listening listening =
                    reactor.listen(
                            engine.fresh(), Tls.server(TlsContext.of(settings)).over(server));
            var asker = new Asker("x");
            CompletableFuture<Transport> made =
                    reactor.connect(
                            local(listening),
                            Tls.client(TlsContext.of(own), "localhost").over(asker));
            Engine.run(reactor);
            TlsDetails client = made.join().unwrap(TlsDetails.class).orElseThrow();
            assertEquals("first", client.application());
            assertEquals(TlsPeers.LOCALHOST.chain(), client.peerCertificates());
            assertEquals("first", seen.getFirst().application());
            assertEquals("localhost", seen.getFirst().serverName());
            assertEquals(TlsPeers.CLIENT.chain(), seen.getFirst().peerCertificates());
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void aClientThatDoesNotTrustTheServerFailsAndTellsItWhy(Engine engine, String version)
            throws Exception {
        var strangers = TlsSettings.DEFAULT.withTrust(TlsTrust.of(TlsPeers.CLIENT.chain()));
        try (Reactor reactor = engine.open()) {
            int[] ends = {2};
            Runnable stop =
                    () -> {
                        if (--ends[0] == 0) {
                            reactor.stop();
                        }
                    };
            var inner = new Recorder();
            var outer = new Recorder();
            var client = new Recorder();
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> watching(outer, server(version).over(inner), stop));
            CompletableFuture<Transport> made =
                    reactor.connect(
                            local(listening),
                            Tls.client(context(strangers, version), "localhost").over(client));
            made.whenComplete((none, why) -> stop.run());
            Engine.run(reactor);
            var failed = assertThrows(CompletionException.class, made::join);
            assertInstanceOf(SSLException.class, failed.getCause());
            assertEquals(List.of(), client.calls);
            assertEquals(List.of(), inner.calls);
            var why = assertInstanceOf(SSLException.class, outer.why);
            assertTrue(why.getMessage().contains("certificate_unknown"), why.getMessage());
        }
    }

    /** Has one recorder be told the end of another protocol. */
    private static Protocol watching(Recorder end, Protocol watched, Runnable then) {
        return new Protocol() {
            @Override
            public void opened(Transport transport) throws Exception {
                watched.opened(transport);
            }

            @Override
            public void received(Transport transport, ByteBuffer bytes) throws Exception {
                watched.received(transport, bytes);
            }

            @Override
            public void ended(Transport transport) throws Exception {
                watched.ended(transport);
            }

            @Override
            public void writable(Transport transport, boolean writable) throws Exception {
                watched.writable(transport, writable);
            }

            @Override
            public void closed(Transport transport, @Nullable Throwable why) throws Exception {
                watched.closed(transport, why);
                end.closed(transport, why);
                then.run();
            }
        };
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoDoesNotSpeakTlsIsRefused(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var inner = new Recorder();
            var outer = new Recorder();
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> watching(outer, server("TLSv1.3").over(inner), reactor::stop));
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("GET / HTTP/1.0\r\n\r\n");
                        }
                    });
            Engine.run(reactor);
            assertEquals(List.of(), inner.calls);
            assertTrue(String.valueOf(outer.why).contains("does not speak TLS"));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aHandshakeThatTakesTooLongIsEnded(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var inner = new Recorder();
            var outer = new Recorder();
            Tls hasty = server("TLSv1.3").withHandshake(Duration.ofMillis(20));
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> watching(outer, hasty.over(inner), reactor::stop));
            reactor.connect(local(listening), new Recorder());
            Engine.run(reactor);
            assertEquals(List.of(), inner.calls);
            assertInstanceOf(SocketTimeoutException.class, outer.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anAnswerComesAfterTheEndOfTheQuestion(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var server =
                    new Recorder() {
                        @Override
                        void onEnded(Transport from) {
                            from.write("heard " + bytes.size());
                            from.reactor()
                                    .after(
                                            Duration.ofMillis(2),
                                            () -> {
                                                from.write(", and " + "more".repeat(10_000));
                                                from.close();
                                            });
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
            Listening listening =
                    reactor.listen(engine.fresh(), server("TLSv1.3").over(() -> server));
            reactor.connect(local(listening), client("TLSv1.3").over(client));
            Engine.run(reactor);
            assertEquals("question", server.bytes.toString(UTF_8));
            assertEquals("heard 8, and " + "more".repeat(10_000), client.bytes.toString(UTF_8));
            assertNull(client.why);
            assertNull(server.why);
            assertTrue(client.ended);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void closeDeliversWhatWasWrittenAndThenTheEnd(Engine engine, String version) throws Exception {
        byte[] all = random(500_000);
        try (Reactor reactor = engine.open()) {
            var writer =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(all);
                            opened.close();
                            assertFalse(opened.isOpen());
                        }
                    };
            var reader =
                    new Recorder() {
                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            Listening listening =
                    reactor.listen(engine.fresh(), server(version).over(() -> writer));
            reactor.connect(local(listening), client(version).over(reader));
            Engine.run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(reader.ended);
            assertNull(reader.why);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void aStreamThatIsCutIsToldFromOneThatEnds(Engine engine, String version) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<Transport> below = new ArrayList<>();
            var server =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            received.position(received.limit());
                            below.getFirst().close();
                        }
                    };
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
            Tls tls = server(version);
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                Protocol inner = tls.over(server);
                                return new Protocol() {
                                    @Override
                                    public void opened(Transport transport) throws Exception {
                                        below.add(transport);
                                        transport.become(inner);
                                        inner.opened(transport);
                                    }

                                    @Override
                                    public void received(Transport transport, ByteBuffer bytes) {
                                        throw new AssertionError();
                                    }
                                };
                            });
            reactor.connect(local(listening), client(version).over(client));
            Engine.run(reactor);
            assertInstanceOf(TlsTruncatedException.class, client.why);
            assertFalse(client.ended);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    @Tag("C-11")
    void tlsStartsInMidStream(Engine engine, String version) throws Exception {
        Tls servers = server(version);
        Tls clients = client(version);
        try (Reactor reactor = engine.open()) {
            var asker = new Asker("secret");
            var plainServer =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.toString(UTF_8).endsWith("\n")) {
                                from.write("220 go ahead\n");
                                servers.start(from, new Echo());
                            }
                        }
                    };
            var plainClient =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("STARTTLS\n");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.toString(UTF_8).endsWith("\n")) {
                                clients.start(from, asker);
                            }
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> plainServer);
            reactor.connect(local(listening), plainClient);
            Engine.run(reactor);
            assertEquals("STARTTLS\n", plainServer.bytes.toString(UTF_8));
            assertEquals("220 go ahead\n", plainClient.bytes.toString(UTF_8));
            assertEquals("secret", asker.bytes.toString(UTF_8));
            assertNull(asker.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("C-11")
    void whatWasSaidInPlainBeforeTheHandshakeIsNotTakenForSecret(Engine engine) throws Exception {
        Tls servers = server("TLSv1.3");
        try (Reactor reactor = engine.open()) {
            var secret = new Recorder();
            var plainServer =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            while (received.get() != '\n') {
                                assertTrue(received.hasRemaining());
                            }
                            servers.start(from, secret);
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), () -> plainServer);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("STARTTLS\nMAIL FROM:<injected>\n");
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    });
            Engine.run(reactor);
            assertEquals(List.of(), secret.calls);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void whatIsLeftUnreadPausesAndComesFirst(Engine engine, String version) throws Exception {
        byte[] all = random(60_000);
        try (Reactor reactor = engine.open()) {
            var reader =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
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
            Listening listening =
                    reactor.listen(engine.fresh(), server(version).over(() -> reader));
            reactor.connect(
                    local(listening),
                    client(version)
                            .over(
                                    new Recorder() {
                                        @Override
                                        void onOpened(Transport opened) {
                                            opened.write(all);
                                            opened.close();
                                        }
                                    }));
            Engine.run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(reader.ended);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    @Tag("C-08")
    void aWriterIsHeldBackByASlowReader(Engine engine, String version) throws Exception {
        byte[] all = random(4_000_000);
        long[] most = {0};
        try (Reactor reactor = engine.open()) {
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
            Listening listening =
                    reactor.listen(engine.fresh(), server(version).over(() -> reader));
            reactor.connect(local(listening), client(version).over(writer));
            Engine.run(reactor);
            assertArrayEquals(all, reader.bytes.toByteArray());
            assertTrue(writer.calls.contains("full"), writer.calls::toString);
            assertTrue(most[0] <= Transport.HIGH_MARK + 35_000, "waiting: " + most[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anExceptionAboveTlsEndsItsConnection(Engine engine) throws Exception {
        var failure = new IllegalStateException("on purpose");
        try (Reactor reactor = engine.open()) {
            var bad =
                    new Recorder() {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            throw failure;
                        }
                    };
            Listening listening = reactor.listen(engine.fresh(), server("TLSv1.3").over(() -> bad));
            var client = new Asker("x");
            reactor.connect(local(listening), client("TLSv1.3").over(client));
            Engine.run(reactor);
            assertSame(failure, bad.why);
            assertInstanceOf(IOException.class, client.why);
        }
    }
}
