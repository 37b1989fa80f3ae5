// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import sockeye.reactor.internal.LayerTransport;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestAuthority;
import sockeye.wire.EchoService;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsStep;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Services, which go by turns, above TLS: whatever comes while the engine has work done elsewhere,
 * and whatever is left unread. The work waits here until that has come.
 */
@ExtendWith(NoLeaks.class)
@Tag("D2-03")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class TlsServiceTest {
    static Stream<Arguments> kernelsAndVersions() {
        return versions(Engine.ofTheKernel());
    }

    static Stream<Arguments> enginesAndVersions() {
        return versions(Engine.all());
    }

    private static Stream<Arguments> versions(Stream<Engine> engines) {
        return engines.flatMap(engine ->
                Stream.of("TLSv1.3", "TLSv1.2").map(version -> Arguments.of(engine, version)));
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** Stands below TLS, and hands on everything. */
    private static class Floor extends LayerTransport {
        final CountDownLatch left = new CountDownLatch(1);
        final CountDownLatch end = new CountDownLatch(1);
        @Nullable Throwable why;
        private final Runnable then;

        Floor(Protocol above, Runnable then) {
            super(above);
            this.then = then;
        }

        @Override
        public void received(Transport lower, ByteBuffer bytes) throws Exception {
            super.received(lower, bytes);
            if (bytes.hasRemaining()) {
                left.countDown();
            }
        }

        @Override
        public void ended(Transport lower) throws Exception {
            super.ended(lower);
            end.countDown();
        }

        @Override
        public void closed(Transport lower, @Nullable Throwable reason) throws Exception {
            why = reason;
            super.closed(lower, reason);
            then.run();
        }

        /** The end of the stream without a word of TLS. */
        void cut() {
            below().shutdownOutput();
        }
    }

    /** Decides on a client when something has happened, and not before. */
    private static final class Slow extends X509ExtendedTrustManager {
        private final boolean refusing;
        @Nullable CountDownLatch event;

        Slow(boolean refusing) {
            this.refusing = refusing;
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine)
                throws CertificateException {
            TlsServiceTest.await(Objects.requireNonNull(event));
            if (refusing) {
                throw new CertificateException("on purpose");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) {
            throw new AssertionError();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String kind) {
            throw new AssertionError();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) {
            throw new AssertionError();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) {
            throw new AssertionError();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String kind) {
            throw new AssertionError();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    private static void await(CountDownLatch event) {
        try {
            event.await();
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private static SSLEngine engine(String version, @Nullable TrustManager trust)
            throws GeneralSecurityException, IOException {
        TestAuthority.Issued own = TlsPeers.LOCALHOST;
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        var chain = own.chain().toArray(X509Certificate[]::new);
        store.setKeyEntry("own", own.key(), new char[0], chain);
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(store, new char[0]);
        var context = SSLContext.getInstance("TLS");
        context.init(
                keys.getKeyManagers(), trust == null ? null : new TrustManager[] {trust}, null);
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setEnabledProtocols(new String[] {version});
        engine.setNeedClientAuth(trust != null);
        return engine;
    }

    private static Tls over(SSLEngine engine) {
        return Tls.of(below -> TlsMachine.of(engine));
    }

    private static Tls client(String version) throws IOException {
        TlsSettings settings = TlsPeers.client();
        return Tls.client(
                TlsContext.of(
                        settings.withIdentities(TlsPeers.identity(TlsPeers.CLIENT))
                                .withOffer(settings.offer().withProtocols(version))),
                "localhost");
    }

    /** Says hello as soon as it may, and no more if the version lets it end one direction. */
    private static class Greeter extends Recorder {
        private final boolean once;

        Greeter(String version) {
            once = version.equals("TLSv1.3");
        }

        @Override
        void onOpened(Transport opened) {
            opened.write("hello");
            if (once) {
                opened.shutdownOutput();
            }
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) throws Exception {
            super.onReceived(from, received);
            if (!once && bytes.size() == 5) {
                from.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndVersions")
    @Tag("D3-04")
    void whatComesWhileAClientIsJudgedIsServedThen(Engine engine, String version) throws Exception {
        try (Reactor reactor = engine.open()) {
            var trust = new Slow(false);
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                Protocol service = Protocol.serving(new EchoService()).protocol();
                                Tls tls = over(engine(version, trust));
                                var floor = new Floor(tls.over(service), () -> {});
                                trust.event = floor.left;
                                return floor;
                            });
            var greeter =
                    new Greeter(version) {
                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            reactor.connect(local(listening), client(version).over(greeter));
            Engine.run(reactor);
            assertEquals("hello", greeter.bytes.toString(UTF_8));
            assertNull(greeter.why);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D3-04")
    void aClientThatIsRefusedIsToldSoThoughItHasSentAndEnded(Engine engine) throws Exception {
        String version = "TLSv1.3";
        try (Reactor reactor = engine.open()) {
            int[] ends = {2};
            Runnable stop =
                    () -> {
                        if (--ends[0] == 0) {
                            reactor.stop();
                        }
                    };
            var trust = new Slow(true);
            Floor[] floor = new Floor[1];
            int[] opened = {0};
            StreamService service =
                    () -> {
                        opened[0]++;
                        return new EchoService().open();
                    };
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            () -> {
                                Protocol above = Protocol.serving(service).protocol();
                                Tls tls = over(engine(version, trust));
                                floor[0] = new Floor(tls.over(above), stop);
                                trust.event = floor[0].left;
                                return floor[0];
                            });
            var greeter =
                    new Greeter(version) {
                        @Override
                        void onClosed(Transport from) {
                            stop.run();
                        }
                    };
            reactor.connect(local(listening), client(version).over(greeter));
            Engine.run(reactor);
            var told = assertInstanceOf(SSLException.class, greeter.why);
            assertTrue(told.getMessage().contains("certificate_unknown"), told.getMessage());
            assertInstanceOf(SSLException.class, floor[0].why);
            assertEquals(0, opened[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("kernelsAndVersions")
    void theEndThatComesWhileAHelloIsAnsweredEndsTheHandshake(Engine engine, String version)
            throws Exception {
        try (Reactor reactor = engine.open()) {
            Floor[] floor = new Floor[1];
            Protocol.Factory server =
                    () -> {
                        Protocol service = Protocol.serving(new EchoService()).protocol();
                        SSLEngine slow = engine(version, null);
                        floor[0] = new Floor(over(slow).over(service), reactor::stop);
                        CountDownLatch end = floor[0].end;
                        slow.setHandshakeApplicationProtocolSelector((asked, offered) -> {
                            await(end);
                            return offered.getFirst();
                        });
                        return floor[0];
                    };
            Listening listening = reactor.listen(engine.fresh(), server);
            reactor.connect(
                    local(listening),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) throws Exception {
                            opened.write(hello());
                            opened.shutdownOutput();
                        }
                    });
            Engine.run(reactor);
            var why = assertInstanceOf(SSLHandshakeException.class, floor[0].why);
            assertTrue(why.getMessage().contains("closed during"), why.getMessage());
        }
    }

    /** How a client begins. */
    private static ByteBuffer hello() throws IOException {
        TlsSettings settings = TlsPeers.client().withApplications("some");
        TlsMachine machine = TlsContext.of(settings).client("localhost", -1);
        ByteBuffer room = ByteBuffer.allocate(machine.recordRoom());
        TlsStep step;
        do {
            step = machine.send(ByteBuffer.allocate(0), room);
            machine.runTasks();
        } while (step != TlsStep.INPUT);
        return room.flip();
    }

    /** Repeats a line at a time, and leaves what is behind it until that has been sent. */
    private static final class OneAtATime implements StreamMachine {
        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            while (input.hasRemaining()) {
                byte next = input.get();
                out.buffer().put(next);
                if (next == '\n') {
                    return;
                }
            }
        }

        @Override
        public void ended(Moment now, Output out) {
            out.buffer().put("end\n".getBytes(UTF_8));
            out.close();
        }

        @Override
        public long wakeAt() {
            return NEVER;
        }

        @Override
        public long messages() {
            return 0;
        }
    }

    private static final String LINES = "1\n2\n3\n4\n5\n";

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void whatAServiceLeavesOfARecordComesWhenItsAnswersAreSent(Engine engine, String version)
            throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            over(engine(version, null)).over(Protocol.serving(OneAtATime::new)));
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(LINES);
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() == LINES.length()) {
                                from.close();
                            }
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            reactor.connect(local(listening), client(version).over(client));
            Engine.run(reactor);
            assertEquals(LINES, client.bytes.toString(UTF_8));
            assertNull(client.why);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndVersions")
    void theEndOfAStreamComesAfterWhatAServiceHasLeftOfIt(Engine engine, String version)
            throws Exception {
        TlsSettings lenient = TlsPeers.server().withTruncation(true);
        var context = TlsContext.of(lenient.withOffer(lenient.offer().withProtocols(version)));
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(),
                            Tls.server(context).over(Protocol.serving(OneAtATime::new)));
            Floor[] floor = new Floor[1];
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(LINES);
                            opened.reactor().execute(floor[0]::cut);
                        }
                    };
            floor[0] = new Floor(client(version).over(client), reactor::stop);
            reactor.connect(local(listening), floor[0]);
            Engine.run(reactor);
            assertEquals(LINES + "end\n", client.bytes.toString(UTF_8));
            assertNull(client.why);
        }
    }
}
