// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Tls;
import sockeye.reactor.Transport;
import sockeye.server.Server;
import sockeye.server.ServerSettings;
import sockeye.server.TlsLayer;
import sockeye.server.TlsStream;
import sockeye.testkit.TestAuthority;
import sockeye.wire.EchoService;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsIdentity;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/** TLS of the reactor and TLS of the blocking streams, one with the other. */
@Tag("D2-03")
@Timeout(60)
class TlsTiersTest {
    private static final byte[] QUESTION = new byte[400_000];

    @TempDir private static Path directory;
    private static TestAuthority authority;
    private static TestAuthority.Issued localhost;

    @BeforeAll
    static void issue() throws IOException {
        new Random(1).nextBytes(QUESTION);
        authority = new TestAuthority(directory, "authority");
        localhost = authority.issue("DNS:localhost");
    }

    private static TlsContext server(String version) throws IOException {
        var settings =
                TlsSettings.DEFAULT.withIdentities(
                        new TlsIdentity(localhost.key(), localhost.chain()));
        return TlsContext.of(settings.withOffer(settings.offer().withProtocols(version)));
    }

    private static TlsContext client(String version) throws IOException {
        var settings = TlsSettings.DEFAULT.withTrust(TlsTrust.of(authority.root()));
        return TlsContext.of(settings.withOffer(settings.offer().withProtocols(version)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aBlockingClientTalksToTheReactor(String version) throws Exception {
        Reactor reactor = Reactor.open();
        var listening =
                reactor.listen(
                        InetEndpoint.of("127.0.0.1", 0),
                        Tls.server(server(version)).over(Protocol.serving(new EchoService())));
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                reactor.run();
                            } catch (IOException failed) {
                                throw new AssertionError(failed);
                            }
                        });
        try (var socket = StreamSocket.connect(listening.local());
                var tls = TlsStream.client(socket, client(version), "localhost")) {
            Thread writer =
                    Thread.startVirtualThread(() -> {
                        try {
                            tls.write(QUESTION);
                        } catch (IOException failed) {
                            throw new AssertionError(failed);
                        }
                    });
            assertArrayEquals(QUESTION, tls.reader().readExactly(QUESTION.length));
            writer.join();
            tls.shutdownOutput();
            assertEquals(-1, tls.read(new byte[1]));
        } finally {
            reactor.close();
            thread.join();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void theReactorTalksToABlockingServer(String version) throws Exception {
        var settings = ServerSettings.DEFAULT.withLayers(TlsLayer.of(server(version)));
        var heard = new ByteArrayOutputStream();
        Throwable[] reason = new Throwable[1];
        try (var server =
                        Server.stream(
                                InetEndpoint.of("127.0.0.1", 0),
                                settings,
                                client -> {
                                    byte[] some = new byte[8_192];
                                    for (int n; (n = client.read(some)) >= 0; ) {
                                        client.write(some, 0, n);
                                    }
                                });
                var reactor = Reactor.open()) {
            var asking =
                    new Protocol() {
                        @Override
                        public void opened(Transport transport) {
                            transport.write(QUESTION);
                        }

                        @Override
                        public void received(Transport transport, ByteBuffer bytes) {
                            byte[] copy = new byte[bytes.remaining()];
                            bytes.get(copy);
                            heard.writeBytes(copy);
                            if (heard.size() == QUESTION.length) {
                                transport.shutdownOutput();
                            }
                        }

                        @Override
                        public void closed(Transport transport, @Nullable Throwable why) {
                            reason[0] = why;
                            transport.reactor().stop();
                        }
                    };
            var made =
                    reactor.connect(
                            server.local(), Tls.client(client(version), "localhost").over(asking));
            reactor.run();
            assertEquals(asking, made.join().protocol());
            assertArrayEquals(QUESTION, heard.toByteArray());
            assertNull(reason[0]);
        }
    }
}
