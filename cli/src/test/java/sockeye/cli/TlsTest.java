// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.EndpointSpec;
import sockeye.StreamSocket;
import sockeye.server.TlsStream;
import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code tls+…} in both commands; openssl made the certificates. */
@ParameterizedClass
@EnumSource
@Tag("D3-11")
@Timeout(60)
class TlsTest {
    @Parameter EngineUnderTest engine;

    @TempDir private static Path directory;
    private static TestAuthority authority;
    private static TestAuthority.Issued localhost;
    private static String own;

    @BeforeAll
    static void issue() throws IOException {
        authority = new TestAuthority(directory, "authority");
        localhost = authority.issue("DNS:localhost");
        own = "cert=%s&key=%s".formatted(localhost.certificateFile(), localhost.keyFile());
    }

    private static String ca() {
        return "ca=" + authority.rootFile();
    }

    private Serving echo(String more) throws IOException {
        return engine.on(1, "--service", "echo", "tls+tcp:localhost:0?" + own + more);
    }

    private static Result connect(Serving serving, String options) throws IOException {
        return Result.fed("hello\n", "connect", serving.endpoint() + "?" + options);
    }

    @Test
    void bothCommandsSpeakTls() throws Exception {
        try (var serving = echo("")) {
            assertTrue(serving.endpoint().startsWith("tls+tcp:"), serving.endpoint());
            var result = connect(serving, ca() + "&sni=localhost");
            assertEquals("hello\n", result.out(), result.err());
            assertEquals(0, result.code());
        }
    }

    @Test
    void aStrangerIsRefusedUnlessThatIsToldNotToMatter() throws Exception {
        try (var serving = echo("")) {
            var refused = connect(serving, "sni=localhost");
            assertEquals(1, refused.code());
            assertTrue(refused.err().contains("unable to find valid certification path"));
            var other = connect(serving, ca() + "&sni=example.org");
            assertEquals(1, other.code(), other.err());
            assertEquals("hello\n", connect(serving, "insecure").out());
        }
    }

    @Test
    void tlsGoesOverUnixSocketsToo() throws Exception {
        Path path = directory.resolve("echo.sock");
        try (var serving = engine.on(1, "--service", "echo", "tls+unix:" + path + "?" + own)) {
            assertEquals("hello\n", connect(serving, ca() + "&sni=localhost").out());
            var nameless = connect(serving, ca());
            assertEquals(2, nameless.code());
            assertTrue(nameless.err().contains("sni=NAME"), nameless.err());
        }
    }

    @Test
    void versionsAndApplicationProtocolsAreChosen() throws Exception {
        try (var serving = echo("&tls=1.3&alpn=echo/1")) {
            assertEquals("hello\n", connect(serving, "insecure&alpn=echo/1").out());
            assertEquals(1, connect(serving, "insecure&alpn=gopher").code());
            assertEquals(1, connect(serving, "insecure&tls=1.2").code());
        }
    }

    @Test
    void clientsShowCertificatesWhereTheyAreNeeded() throws Exception {
        var somebody = authority.issue("DNS:somebody");
        try (var serving = echo("&" + ca())) {
            String shown =
                    "cert=%s&key=%s&sni=localhost&%s"
                            .formatted(somebody.certificateFile(), somebody.keyFile(), ca());
            assertEquals("hello\n", connect(serving, shown).out());
            assertEquals(1, connect(serving, "insecure").code());
        }
    }

    @Test
    void certificatesAreReadAnewWhenTheyChange() throws Exception {
        Path certificate = directory.resolve("changing.pem");
        Path key = directory.resolve("changing.key");
        Files.copy(localhost.certificateFile(), certificate, REPLACE_EXISTING);
        Files.copy(localhost.keyFile(), key, REPLACE_EXISTING);
        var spec = "tls+tcp:localhost:0?cert=%s&key=%s".formatted(certificate, key);
        try (var serving = engine.on(1, "--quiet", spec)) {
            assertEquals(localhost.chain().getFirst(), shown(serving));
            var renewed = authority.issue("DNS:localhost");
            Files.copy(renewed.keyFile(), key, REPLACE_EXISTING);
            Files.copy(renewed.certificateFile(), certificate, REPLACE_EXISTING);
            serving.line("read anew");
            assertEquals(renewed.chain().getFirst(), shown(serving));
            Files.writeString(certificate, "not one");
            serving.line("stay as they were");
            assertEquals(renewed.chain().getFirst(), shown(serving));
        }
    }

    private static Object shown(Serving serving) throws IOException {
        var trust = TlsSettings.DEFAULT.withTrust(TlsTrust.of(authority.root()));
        var tcp = EndpointSpec.parse(serving.endpoint().substring("tls+".length()));
        try (var socket = StreamSocket.connect(tcp);
                var stream = TlsStream.client(socket, TlsContext.of(trust), "localhost")) {
            return stream.details().peerCertificates().getFirst();
        }
    }

    @Test
    void anEncryptedKeyServes() throws Exception {
        Path key = directory.resolve("serving.key");
        Path secret = Files.writeString(directory.resolve("secret"), "open sesame\n");
        TestAuthority.openssl(
                "pkcs8 -topk8 -v2 aes-256-cbc -passout file:%s -in %s -out %s"
                        .formatted(secret, localhost.keyFile(), key));
        var spec =
                "tls+tcp:localhost:0?cert=%s&key=%s&pass=%s"
                        .formatted(localhost.certificateFile(), key, secret);
        try (var serving = engine.on(1, "--service", "echo", spec)) {
            assertEquals("hello\n", connect(serving, "insecure").out());
        }
    }
}
