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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.Daemon;
import sockeye.testkit.ExactKernel;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.EchoService;
import sockeye.wire.PeerFacts;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyTrust;
import sockeye.wire.TlsContext;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** The PROXY protocol as a layer, as who says and as who is told. */
@ExtendWith(NoLeaks.class)
@Tag("D3-07")
@Tag("D4-15")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ProxyTest {
    private static final ProxyTrust HERE = ProxyTrust.in("127.0.0.1", "192.0.2.0/24");
    private static final InetEndpoint SOMEBODY = InetEndpoint.of("203.0.113.7", 4711);
    private static final InetEndpoint FRONT = InetEndpoint.of("198.51.100.1", 443);

    /** Says who the peer is and who carries, and then echoes. */
    private static final class Who extends Recorder {
        @Override
        void onOpened(Transport opened) {
            var facts = opened.unwrap(PeerFacts.class).orElseThrow();
            boolean carried = !Objects.equals(facts.carrier(), facts.peer());
            opened.write(
                    "%s %s%s\n"
                            .formatted(
                                    opened.peer(), opened.local(), carried ? " by another" : ""));
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }
    }

    /** Says this and ends; stops the reactor when the other end does. */
    private static class Teller extends Recorder {
        private final byte[] all;

        Teller(byte[] all) {
            this.all = all;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(all);
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

    private static byte[] bytes(ProxyHeader header, String rest) {
        byte[] first = header.encode();
        byte[] second = rest.getBytes(UTF_8);
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    private static String told(Engine engine, Protocol.Factory server, byte[] all)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            var teller = new Teller(all);
            reactor.connect(local(reactor.listen(engine.fresh(), server)), teller);
            Engine.run(reactor);
            return teller.heard();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void theHeaderSaysWhoThePeerIs(Engine engine) throws Exception {
        Protocol.Factory server = AcceptProxy.from(HERE).over(Who::new);
        for (ProxyHeader header :
                List.of(
                        ProxyHeader.v1(SOMEBODY, FRONT),
                        ProxyHeader.v2(SOMEBODY, FRONT).withChecksum())) {
            assertEquals(
                    SOMEBODY + " " + FRONT + " by another\nafter",
                    told(engine, server, bytes(header, "after")));
        }
        String own = told(engine, server, bytes(ProxyHeader.local(), ""));
        assertTrue(own.matches("(127\\.0\\.0|192\\.0\\.2)\\.1:\\d+ \\S+\n"), own);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceRunsBehindIt(Engine engine) throws Exception {
        Protocol.Factory server = AcceptProxy.from(HERE).over(Protocol.serving(new EchoService()));
        byte[] all = bytes(ProxyHeader.v2(SOMEBODY, FRONT), "question");
        assertEquals("question", told(engine, server, all));
    }

    /** What ends a connection on which this is said; the protocol above never hears of it. */
    private static @Nullable Throwable refusal(Engine engine, AcceptProxy layer, byte[] all)
            throws IOException {
        var inner = new Recorder();
        Throwable[] reason = new Throwable[1];
        try (Reactor reactor = engine.open()) {
            Protocol.Factory server =
                    () -> {
                        Protocol within = layer.over(inner);
                        return new Protocol() {
                            @Override
                            public void opened(Transport transport) throws Exception {
                                within.opened(transport);
                            }

                            @Override
                            public void received(Transport transport, ByteBuffer bytes)
                                    throws Exception {
                                within.received(transport, bytes);
                            }

                            @Override
                            public void ended(Transport transport) throws Exception {
                                within.ended(transport);
                            }

                            @Override
                            public void closed(Transport transport, @Nullable Throwable why)
                                    throws Exception {
                                within.closed(transport, why);
                                reason[0] = why;
                                transport.reactor().stop();
                            }
                        };
                    };
            reactor.connect(
                    local(reactor.listen(engine.fresh(), server)),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(all);
                            if (all.length > 0) {
                                opened.shutdownOutput();
                            }
                        }
                    });
            Engine.run(reactor);
            assertEquals(List.of(), inner.calls);
            return reason[0];
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoIsNotTrustedIsRefusedOrServedAsWhoHeIs(Engine engine) throws Exception {
        byte[] all = bytes(ProxyHeader.v1(SOMEBODY, FRONT), "");
        var nobody = AcceptProxy.from(ProxyTrust.in("203.0.113.0/24"));
        assertInstanceOf(ProtocolException.class, refusal(engine, nobody, all));
        String said = told(engine, nobody.servingOthersDirectly().over(Who::new), all);
        assertTrue(said.endsWith("\nPROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\n"), said);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsNoHeaderEndsTheConnection(Engine engine) throws Exception {
        var layer = AcceptProxy.from(HERE);
        byte[] wrong = "GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8);
        assertInstanceOf(ProtocolException.class, refusal(engine, layer, wrong));
        byte[] half = "PROXY TCP4 203.0".getBytes(UTF_8);
        assertInstanceOf(EOFException.class, refusal(engine, layer, half));
        var hasty = layer.withPatience(Duration.ofMillis(10));
        assertInstanceOf(SocketTimeoutException.class, refusal(engine, hasty, new byte[0]));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsSaidByOneLayerIsReadByTheOtherBeforeTls(Engine engine) throws Exception {
        Layer servers = Tls.server(TlsContext.of(TlsPeers.server()));
        Layer clients = Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(
                            engine.fresh(), AcceptProxy.from(HERE).then(servers).over(Who::new));
            var teller = new Teller("after".getBytes(UTF_8));
            Layer says = SendProxy.of(ProxyHeader.v2(SOMEBODY, FRONT));
            reactor.connect(local(listening), says.then(clients).over(teller));
            Engine.run(reactor);
            assertNull(teller.why);
            assertEquals(SOMEBODY + " " + FRONT + " by another\nafter", teller.heard());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void overUnixSocketsAUserIsTrusted(Engine engine) throws Exception {
        int own = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        byte[] all = bytes(ProxyHeader.v2(SOMEBODY, FRONT), "");
        for (int uid : new int[] {own, own + 1}) {
            try (Reactor reactor = engine.open()) {
                var teller = new Teller(all);
                var layer = AcceptProxy.from(ProxyTrust.in("127.0.0.1").andUser(uid));
                Listening listening =
                        reactor.listen(
                                UnixEndpoint.ofAbstract(TestFamily.freshName()),
                                layer.over(Who::new));
                reactor.connect(local(listening), teller);
                Engine.run(reactor);
                String expected = uid == own ? SOMEBODY + " " + FRONT + " by another\n" : "";
                assertEquals(expected, teller.heard());
            }
        }
    }

    // haproxy.

    private static Daemon haproxy(
            Path directory, Listener<StreamSocket> front, String bind, String server)
            throws IOException {
        Path file = directory.resolve("haproxy.cfg");
        Files.writeString(
                file,
                """
                global
                    maxconn 100
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 30s
                    timeout server 30s
                listen relay
                    bind fd@3 %s
                    server one %s
                """
                        .formatted(bind, server));
        return Daemon.start(front, "haproxy", "-db", "-q", "-f", file.toString());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void haproxySaysWhoTheClientIs(Engine engine, @TempDir Path directory) throws Exception {
        for (String option : List.of("send-proxy", "send-proxy-v2")) {
            Reactor reactor = engine.open();
            Listening listening =
                    reactor.listen(engine.fresh(), AcceptProxy.from(HERE).over(Who::new));
            try (var running = new Running(reactor);
                    Listener<StreamSocket> front =
                            Listener.stream(InetEndpoint.of("127.0.0.1", 0));
                    var haproxy = haproxy(directory, front, "", local(listening) + " " + option);
                    var client = StreamSocket.connect(front.local())) {
                client.write("hello\n");
                // Not who carries: haproxy may have been given the client's port, to another peer.
                String said = String.valueOf(client.reader().readLine());
                assertTrue(said.startsWith(client.local() + " " + front.local()), said);
                assertEquals("hello", client.reader().readLine());
                assertTrue(running.isAlive());
                assertTrue(haproxy.isAlive());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @ExactKernel // Senders write the header in one piece, and haproxy counts on that.
    void haproxyUnderstandsWhatWeSay(Engine engine, @TempDir Path directory) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(engine.fresh(), AcceptProxy.from(HERE).over(Who::new));
            try (Listener<StreamSocket> front = Listener.stream(InetEndpoint.of("127.0.0.1", 0));
                    var haproxy =
                            haproxy(
                                    directory,
                                    front,
                                    "accept-proxy",
                                    local(listening) + " send-proxy-v2")) {
                for (ProxyHeader header :
                        List.of(
                                ProxyHeader.v1(SOMEBODY, FRONT),
                                ProxyHeader.v2(SOMEBODY, FRONT).withChecksum())) {
                    var teller = new Teller("after".getBytes(UTF_8));
                    reactor.connect(front.local(), SendProxy.of(header).over(teller));
                    Engine.run(reactor);
                    assertEquals(SOMEBODY + " " + FRONT + " by another\nafter", teller.heard());
                }
                assertTrue(haproxy.isAlive());
            }
        }
    }
}
