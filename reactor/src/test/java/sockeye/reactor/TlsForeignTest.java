// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsDetails;
import sockeye.wire.TlsTrust;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** TLS of the reactor with peers that others wrote: openssl, and Python's asyncio. */
@ExtendWith(NoLeaks.class)
@Tag("D2-03")
@Tag("D3-11")
@Timeout(120)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class TlsForeignTest {
    private static final Protocol.Factory SHOUTING =
            Lines.to((line, to) -> to.write(line.toUpperCase(Locale.ROOT) + "\n"));

    private static int port(Listening listening) {
        return ((InetEndpoint) Objects.requireNonNull(listening.local())).port();
    }

    private static String root() {
        return TlsPeers.AUTHORITY.rootFile().toString();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void sClientTalksUpdatesKeysAndEnds(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        var tls = Tls.server(TlsContext.of(TlsPeers.server().withApplications("x/1", "y/1")));
        int port = port(reactor.listen(engine.fresh(), tls.over(SHOUTING)));
        try (var running = new Running(reactor)) {
            String client =
                    "openssl s_client -connect 127.0.0.1:%d -CAfile %s".formatted(port, root());
            String said = Program.run(client + " -tls1_2 -verify_return_error -alpn y/1", "Q\n");
            assertTrue(said.contains("Verification: OK"), said);
            assertTrue(said.contains("New, TLSv1.2"), said);
            assertTrue(said.contains("ALPN protocol: y/1"), said);
            try (var talking = Program.start(client + " -tls1_3")) {
                talking.line("SSL handshake has read");
                talking.say("before\n");
                talking.line("BEFORE");
                talking.say("K\n");
                talking.line("KEYUPDATE");
                talking.say("after\n");
                talking.line("AFTER");
            }
            assertTrue(running.isAlive());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void sClientShowsItsCertificate(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        var settings =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED);
        Protocol.Factory who =
                () ->
                        new Protocol() {
                            @Override
                            public void opened(Transport transport) {
                                var own =
                                        transport
                                                .unwrap(TlsDetails.class)
                                                .orElseThrow()
                                                .peerCertificates()
                                                .getFirst();
                                transport.write("you are " + own.getSubjectX500Principal());
                                transport.close();
                            }

                            @Override
                            public void received(Transport transport, ByteBuffer bytes) {}
                        };
        var tls = Tls.server(TlsContext.of(settings));
        int port = port(reactor.listen(engine.fresh(), tls.over(who)));
        try (var running = new Running(reactor)) {
            String client =
                    "openssl s_client -ign_eof -connect 127.0.0.1:%d -CAfile %s"
                            .formatted(port, root());
            String own =
                    " -cert %s -key %s"
                            .formatted(
                                    TlsPeers.CLIENT.certificateFile(), TlsPeers.CLIENT.keyFile());
            assertTrue(Program.run(client + own, "").contains("you are CN=somebody"));
            String refused = Program.run(client, "");
            assertTrue(refused.contains("alert"), refused);
            assertTrue(running.isAlive());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aClientTalksToSServer(Engine engine) throws Exception {
        String command =
                "openssl s_server -accept 127.0.0.1:0 -cert %s -key %s -rev -alpn x/1,rev/1"
                        .formatted(
                                TlsPeers.LOCALHOST.certificateFile(), TlsPeers.LOCALHOST.keyFile());
        try (var server = Program.start(command);
                Reactor reactor = engine.open()) {
            String line = server.line("ACCEPT 127.0.0.1:");
            int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
            Endpoint there = InetEndpoint.of("127.0.0.1", port);
            var context = TlsContext.of(TlsPeers.client().withApplications("rev/1"));
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            var details = opened.unwrap(TlsDetails.class).orElseThrow();
                            bytes.writeBytes(details.application().getBytes(UTF_8));
                            opened.write("hello\n");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.toString(UTF_8).endsWith("\n")) {
                                from.close();
                            }
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            reactor.connect(there, Tls.client(context, "localhost").over(client));
            Engine.run(reactor);
            assertNull(client.why);
            assertEquals("rev/1olleh\n", client.bytes.toString(UTF_8));
        }
    }

    private static final String PYTHON =
            """
            import asyncio, ssl, sys
            async def main():
                reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]))
                writer.write(b'STARTTLS\\n')
                print((await reader.readline()).decode().strip())
                context = ssl.create_default_context(cafile=sys.argv[2])
                await writer.start_tls(context, server_hostname='localhost')
                writer.write(b'x' * 100000 + b'\\n')
                answer = await reader.readexactly(100001)
                print(writer.get_extra_info('ssl_object').version(), len(answer), answer[:3])
                writer.close()
                await writer.wait_closed()
                print('closed')
            asyncio.run(main())
            """;

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("C-11")
    void asyncioStartsTlsInMidStream(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        var tls = Tls.server(TlsContext.of(TlsPeers.server()));
        Lines.Handler shout = (line, to) -> to.write(line.toUpperCase(Locale.ROOT) + "\n");
        Protocol.Factory plain =
                Lines.to((line, transport) -> {
                    transport.write("ready to " + line + "\n");
                    tls.start(transport, Lines.protocol(200_000, shout));
                });
        int port = port(reactor.listen(engine.fresh(), plain));
        try (var running = new Running(reactor)) {
            String said =
                    Program.run(
                            List.of("python3", "-c", PYTHON, Integer.toString(port), root()), "");
            assertEquals("ready to STARTTLS\nTLSv1.3 100001 b'XXX'\nclosed\n", said);
            assertTrue(running.isAlive());
        }
    }
}
