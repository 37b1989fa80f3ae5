// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.testkit.Daemon;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.wire.SocksAccounts;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCall;
import sockeye.wire.SocksException;
import sockeye.wire.SocksReply;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** SOCKS with servers and clients that others wrote. */
@ParameterizedClass
@EnumSource(
        value = Engine.class,
        names = {"EPOLL", "IO_URING"})
@ExtendWith(NoLeaks.class)
@Tag("D4-14")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class SocksForeignTest {
    private static final String TWISTED =
            """
            from twisted.internet import reactor
            from twisted.protocols import socks
            port = reactor.listenTCP(0, socks.SOCKSv4Factory(None), interface='127.0.0.1')
            print('port', port.getHost().port, flush=True)
            reactor.run()
            """;

    @Parameter Engine engine;

    /** The JDK makes a pair of sockets when it first closes one, and keeps it. */
    @BeforeAll
    static void closeASocketOfTheJdk() throws IOException {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
            client.shutdownOutput();
        }
    }

    // Our client, their servers.

    /** Asks, and closes when all of it has come back; theirs may know no half-close. */
    private static final class Asker extends Recorder {
        @Override
        void onOpened(Transport opened) {
            opened.write("question");
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) throws Exception {
            super.onReceived(from, received);
            if (heard().equals("question")) {
                from.close();
            }
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }

        String heard() {
            return bytes.toString(UTF_8);
        }
    }

    private Asker asked(InetEndpoint proxy, Way way) throws IOException {
        try (Reactor reactor = engine.open()) {
            Listening server =
                    reactor.listen(engine.fresh(), () -> (client, bytes) -> client.write(bytes));
            SocksCall call = way.to(SocksTest.local(server));
            var asker = new Asker();
            reactor.connect(proxy, Socks.client(call).over(asker))
                    .whenComplete((made, failed) -> {
                        if (failed != null) {
                            asker.why = failed;
                            reactor.stop();
                        }
                    });
            Engine.run(reactor);
            return asker;
        }
    }

    /** How to call a server. */
    private interface Way {
        SocksCall to(InetEndpoint server);
    }

    /** Nobody listens at port 1. */
    private static SocksCall nobody(InetEndpoint server) {
        return SocksCall.to(SocksAddress.of(server.withPort(1)));
    }

    private static SocksCall address(InetEndpoint server) {
        return SocksCall.to(SocksAddress.of(server));
    }

    private static SocksCall name(InetEndpoint server) {
        return SocksCall.to("localhost", server.port());
    }

    private void goesThrough(InetEndpoint proxy, Way way) throws IOException {
        Asker asker = asked(proxy, way);
        assertNull(asker.why);
        assertEquals("question", asker.heard());
    }

    private @Nullable SocksReply refused(InetEndpoint proxy, Way way) throws IOException {
        Asker asker = asked(proxy, way);
        assertEquals(List.of(), asker.calls);
        return assertInstanceOf(SocksException.class, asker.why).reply();
    }

    private static Daemon.Placed microsocks(String... words) throws IOException {
        return Daemon.startAtFreePort(
                "microsocks",
                at -> {
                    var all = new ArrayList<>(List.of("-i", "127.0.0.1", "-p", "" + at.port()));
                    all.addAll(List.of(words));
                    return all;
                });
    }

    @Test
    void microsocksConnectsUs() throws Exception {
        try (var proxy = microsocks()) {
            InetEndpoint at = proxy.endpoint();
            goesThrough(at, SocksForeignTest::address);
            goesThrough(at, SocksForeignTest::name);
            goesThrough(at, server -> name(server).withLogin("nobody", "asks"));
            assertEquals(SocksReply.CONNECTION_REFUSED, refused(at, SocksForeignTest::nobody));
            assertTrue(proxy.daemon().isAlive());
        }
    }

    @Test
    void microsocksKnowsUsByOurPassword() throws Exception {
        try (var proxy = microsocks("-u", "user", "-P", "password")) {
            InetEndpoint at = proxy.endpoint();
            goesThrough(at, server -> name(server).withLogin("user", "password"));
            assertNull(refused(at, server -> name(server).withLogin("user", "wrong")));
            assertNull(refused(at, SocksForeignTest::name));
            assertTrue(proxy.daemon().isAlive());
        }
    }

    @Test
    void twistedConnectsUsByVersion4() throws Exception {
        try (var twisted = Program.start(List.of("/usr/bin/python3", "-u", "-c", TWISTED))) {
            String port = twisted.line("port").substring("port ".length());
            InetEndpoint proxy = InetEndpoint.of("127.0.0.1", Integer.parseInt(port));
            goesThrough(proxy, server -> address(server).byVersion4());
            goesThrough(proxy, server -> address(server).byVersion4("me"));
            goesThrough(proxy, server -> name(server).byVersion4());
            assertEquals(SocksReply.FAILED, refused(proxy, server -> nobody(server).byVersion4()));
        }
    }

    // Our server, their clients.

    private interface Use {
        void with(InetEndpoint proxy, InetEndpoint server) throws Exception;
    }

    private static final SocksProxy PROXY =
            SocksProxy.to(SocksTest.HERE).withResolver(SocksTest.knowing("127.0.0.1"));

    /** Both are open, and the server is what the protocol says. */
    private void serving(SocksProxy proxy, Protocol.Factory server, Use use) throws Exception {
        Reactor reactor = engine.open();
        InetEndpoint at = SocksTest.local(reactor.listen(engine.fresh(), server));
        InetEndpoint front = SocksTest.local(reactor.listen(engine.fresh(), proxy));
        try (var running = new Running(reactor)) {
            use.with(front, at);
            assertTrue(running.isAlive());
        }
    }

    private static Protocol page() {
        return new Protocol() {
            private String request = "";

            @Override
            public void received(Transport transport, ByteBuffer bytes) {
                request += UTF_8.decode(bytes);
                if (request.endsWith("\r\n\r\n")) {
                    transport.write("HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n");
                    transport.close();
                }
            }
        };
    }

    private static String curl(InetEndpoint proxy, InetEndpoint server, String host, String... how)
            throws Exception {
        var command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "30"));
        command.addAll(Arrays.asList(how));
        command.add(proxy.toString());
        command.add("http://" + host + ":" + server.port() + "/");
        return Program.run(command, "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--socks4", "--socks4a", "--socks5", "--socks5-hostname"})
    void curlGetsAPage(String how) throws Exception {
        serving(
                PROXY,
                SocksForeignTest::page,
                (proxy, server) -> {
                    assertEquals("hello\n", curl(proxy, server, "127.0.0.1", how));
                    if (how.equals("--socks4a") || how.equals("--socks5-hostname")) {
                        assertEquals("hello\n", curl(proxy, server, "server.test", how));
                    }
                });
    }

    @Test
    void curlLogsIn() throws Exception {
        var logins = PROXY.withLogins(SocksAccounts.NONE.with("user", "pass:word"));
        serving(
                logins,
                SocksForeignTest::page,
                (proxy, server) -> {
                    String[] right = {"--proxy-user", "user:pass:word", "--socks5-hostname"};
                    assertEquals("hello\n", curl(proxy, server, "server.test", right));
                    String[] wrong = {"--proxy-user", "user:word", "--socks5-hostname"};
                    String refused = curl(proxy, server, "server.test", wrong);
                    assertTrue(refused.contains("User was rejected"), refused);
                    String none = curl(proxy, server, "server.test", "--socks5-hostname");
                    assertTrue(none.startsWith("curl: (97)"), none);
                    String four = curl(proxy, server, "server.test", "--socks4a");
                    assertTrue(four.startsWith("curl: (97)"), four);
                });
    }

    @Test
    void curlUnderstandsWhatWentWrong() throws Exception {
        serving(
                PROXY,
                SocksForeignTest::page,
                (proxy, server) -> {
                    String unknown = curl(proxy, server, "unknown.test", "--socks5-hostname");
                    assertTrue(unknown.contains("unknown.test. (4)"), unknown);
                    String denied = curl(proxy, server, "10.1.2.3", "--socks5");
                    assertTrue(denied.contains("10.1.2.3. (2)"), denied);
                    String four = curl(proxy, server, "unknown.test", "--socks4a");
                    assertTrue(four.contains("91"), four);
                });
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nc -N -X 5 -x PROXY 127.0.0.1 PORT",
                "nc -N -X 5 -x PROXY server.test PORT",
                "nc -N -X 4 -x PROXY 127.0.0.1 PORT",
                "ncat --proxy PROXY --proxy-type socks5 127.0.0.1 PORT",
                "ncat --proxy PROXY --proxy-type socks5 --proxy-dns remote server.test PORT",
                "ncat --proxy PROXY --proxy-type socks4 127.0.0.1 PORT",
                "socat -t 30 - SOCKS4A:HOST:server.test:PORT,socksport=AT",
                "socat -t 30 - SOCKS4:HOST:127.0.0.1:PORT,socksport=AT",
            })
    void netcatsOfAllKindsAreConnected(String command) throws Exception {
        serving(
                PROXY,
                () -> (client, bytes) -> client.write(bytes),
                (proxy, server) -> {
                    String filled =
                            command.replace("PROXY", proxy.toString())
                                    .replace("PORT", "" + server.port())
                                    .replace("HOST", proxy.address().toString())
                                    .replace("AT", "" + proxy.port());
                    assertEquals("question\n", Program.run(filled, "question\n"));
                });
    }

    @Test
    void theJdkIsConnected() throws Exception {
        serving(
                PROXY,
                () -> (client, bytes) -> client.write(bytes),
                (proxy, server) -> {
                    for (var to :
                            List.of(
                                    server.toInetSocketAddress(),
                                    InetSocketAddress.createUnresolved(
                                            "server.test", server.port()))) {
                        try (var socket =
                                new Socket(
                                        new Proxy(Proxy.Type.SOCKS, proxy.toInetSocketAddress()))) {
                            socket.connect(to);
                            socket.getOutputStream().write("question".getBytes(UTF_8));
                            socket.shutdownOutput();
                            assertEquals(
                                    "question",
                                    new String(socket.getInputStream().readAllBytes(), UTF_8));
                            assertFalse(socket.isClosed());
                        }
                    }
                });
    }
}
