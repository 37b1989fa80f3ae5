// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.server.TlsStream;
import sockeye.testkit.TestAuthority;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyParser;
import sockeye.wire.ProxyTlv;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/** {@code proxy+…} in both commands. */
@ParameterizedClass
@EnumSource
@Tag("D4-15")
@Timeout(60)
class ProxyTest {
    @Parameter EngineUnderTest engine;
    @TempDir private Path directory;

    private Serving echo(String options) throws Exception {
        return engine.on(1, "--service", "echo", "proxy+tcp:127.0.0.1:0?" + options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy=v2",
                "proxy=v1",
                "proxy=v2&proxy-source=192.0.2.1:5&proxy-destination=198.51.100.1:443",
                "proxy-checksum&proxy-id=id-7&proxy-authority=example.org&proxy-tlv=e0:00ff",
                "proxy=local",
            })
    void bothCommandsSpeakIt(String options) throws Exception {
        try (var serving = echo("trust=127.0.0.0/8,::1")) {
            var result = Result.fed("hello\n", "connect", serving.endpoint() + "?" + options);
            assertEquals("hello\n", result.out(), result.err());
            assertEquals(0, result.code());
        }
    }

    @Test
    void whoIsNotTrustedIsNotServed() throws Exception {
        try (var serving = echo("trust=192.0.2.0/24")) {
            var result = Result.fed("hello\n", "connect", serving.endpoint());
            assertEquals("", result.out());
        }
        try (var serving = echo("trust=192.0.2.0/24&others=direct")) {
            String plain = serving.endpoint().substring("proxy+".length());
            assertEquals("hello\n", Result.fed("hello\n", "connect", plain).out());
        }
    }

    @Test
    void theHeaderIsWhatTheOptionsSay() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
            var header =
                    CompletableFuture.supplyAsync(() -> {
                        try (var client = listener.accept()) {
                            var parser = new ProxyParser();
                            byte[] bytes = client.reader().readAll(10_000);
                            parser.next(ByteBuffer.wrap(bytes));
                            return parser.header();
                        } catch (IOException failed) {
                            throw new UncheckedIOException(failed);
                        }
                    });
            var result =
                    Result.fed(
                            "hello\n",
                            "connect",
                            "proxy+tcp:"
                                    + listener.local()
                                    + "?proxy-source=192.0.2.1:5&proxy-destination=[::1]:6"
                                    + "&proxy-alpn=h2&proxy-checksum&proxy-tlv=e0:00ff");
            assertEquals(0, result.code(), result.err());
            ProxyHeader said = header.get();
            assertEquals("192.0.2.1:5", "" + said.source());
            assertEquals("[::1]:6", "" + said.destination());
            assertEquals("h2", said.tlv(ProxyTlv.Alpn.class).orElseThrow().protocol());
            assertTrue(said.tlv(ProxyTlv.Crc32c.class).isPresent());
        }
    }

    /** Listens, says where, and becomes haproxy, whose descriptor 3 that is. */
    private static final String HAPROXY =
            """
            import os, socket, sys
            s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
            print(s.getsockname()[1], flush=True)
            os.dup2(s.fileno(), 13); os.dup2(13, 3)
            os.execv('/usr/sbin/haproxy', ['haproxy', '-db', '-q', '-f', sys.argv[1]])
            """;

    private Path passingOn(int port, String option) throws IOException {
        return Files.writeString(
                directory.resolve("haproxy.cfg"),
                """
                global
                    maxconn 100
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 30s
                    timeout server 30s
                listen relay
                    bind fd@3
                    server one 127.0.0.1:%d %s
                """
                        .formatted(port, option));
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c"})
    void haproxyPassesTlsOnBehindItsHeader(String option) throws Exception {
        try (var version = Foreign.start("/usr/sbin/haproxy", "-v")) {
            assertTrue(version.answer().startsWith("HAProxy"));
        }
        var authority = new TestAuthority(directory, "authority");
        var localhost = authority.issue("DNS:localhost");
        String served =
                "who=proxy+tls+tcp:127.0.0.1:0?trust=127.0.0.1&cert=%s&key=%s"
                        .formatted(localhost.certificateFile(), localhost.keyFile());
        try (var serving = engine.on(1, served);
                var haproxy = Foreign.python(HAPROXY, passingOn(serving.port(), option))) {
            assertTrue(serving.endpoint().startsWith("proxy+tls+tcp:"), serving.endpoint());
            int port = Integer.parseInt(haproxy.line());
            // Ours, which knows its own address.
            var trust = TlsSettings.DEFAULT.withTrust(TlsTrust.of(authority.root()));
            try (var socket = StreamSocket.connect(InetEndpoint.of("127.0.0.1", port));
                    var client = TlsStream.client(socket, trust, "localhost")) {
                var told = client.reader();
                assertEquals("peer " + socket.local(), told.readLine());
                assertTrue(told.readLine().startsWith("carrier 127.0.0.1:"));
                assertEquals("local 127.0.0.1:" + port, told.readLine());
                assertEquals("tls TLSv1.3", told.readLine());
            }
            // Theirs.
            try (var openssl =
                    Foreign.start(
                            "openssl",
                            "s_client",
                            "-connect",
                            "127.0.0.1:" + port,
                            "-CAfile",
                            authority.rootFile().toString(),
                            "-servername",
                            "localhost",
                            "-verify_return_error",
                            "-quiet")) {
                String told = openssl.answer();
                assertTrue(told.contains("local 127.0.0.1:" + port + "\n"), told);
                assertTrue(told.contains("server-name localhost\n"), told);
            }
        }
    }

    @Test
    void whoComesPastTheProxyIsNotSpokenToEvenInTls() throws Exception {
        var authority = new TestAuthority(directory, "authority");
        var localhost = authority.issue("DNS:localhost");
        String served =
                "proxy+tls+tcp:127.0.0.1:0?trust=192.0.2.1&cert=%s&key=%s"
                        .formatted(localhost.certificateFile(), localhost.keyFile());
        try (var serving = engine.on(1, served)) {
            String direct = serving.endpoint().substring("proxy+".length());
            var result = Result.fed("hello\n", "connect", direct + "?insecure");
            assertEquals(1, result.code(), result.err());
            assertEquals("", result.out());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve|proxy+tcp:127.0.0.1:0|trust=NETWORK",
                "serve|proxy+tcp:127.0.0.1:0?trust=nonsense|expected networks",
                "serve|proxy+tcp:127.0.0.1:0?trust=all&others=maybe|expected refuse or direct",
                "serve|proxy+udp:127.0.0.1:0?trust=all|no wrapper can be used here",
                "connect|proxy+tcp:127.0.0.1:1?proxy=v3|expected v1, v2 or local",
                "connect|proxy+tcp:127.0.0.1:1?proxy=v1&proxy-checksum|addresses alone",
                "connect|proxy+tcp:127.0.0.1:1?proxy-source=nowhere|expected ADDRESS:PORT",
                "connect|proxy+tcp:127.0.0.1:1?proxy-tlv=e0|in hex",
            })
    void whatCannotBeMeantIsRefused(String command, String endpoint, String why) throws Exception {
        var result = Result.fed("", command, endpoint);
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(why), result.err());
    }
}
