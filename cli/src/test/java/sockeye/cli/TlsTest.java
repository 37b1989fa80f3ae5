// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
import java.nio.file.StandardCopyOption;

/** {@code tls+…} in both commands, and the files that they are given; openssl made them. */
@Tag("D3-11")
@Timeout(60)
class TlsTest {
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

    private static Serving echo(String more) throws IOException {
        return Serving.on(1, "--service", "echo", "tls+tcp:localhost:0?" + own + more);
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
        try (var serving = Serving.on(1, "--service", "echo", "tls+unix:" + path + "?" + own)) {
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
        Files.copy(localhost.certificateFile(), certificate);
        Files.copy(localhost.keyFile(), key);
        var spec = "tls+tcp:localhost:0?cert=%s&key=%s".formatted(certificate, key);
        try (var serving = Serving.on(1, "--quiet", spec)) {
            assertEquals(localhost.chain().getFirst(), shown(serving));
            var renewed = authority.issue("DNS:localhost");
            Files.copy(renewed.keyFile(), key, StandardCopyOption.REPLACE_EXISTING);
            Files.copy(renewed.certificateFile(), certificate, StandardCopyOption.REPLACE_EXISTING);
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

    // Files.

    @ParameterizedTest
    @CsvSource({
        "genrsa -traditional -out %s 2048,BEGIN RSA PRIVATE KEY,RSA",
        "genrsa -out %s 2048,BEGIN PRIVATE KEY,RSA",
        "genrsa -traditional -aes128 -passout pass:secret -out %s 2048,Proc-Type,RSA",
        "genrsa -aes256 -passout pass:secret -out %s 2048,BEGIN ENCRYPTED PRIVATE KEY,RSA",
        "ecparam -genkey -name prime256v1 -out %s,BEGIN EC PRIVATE KEY,EC",
        "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:secp384r1 -out %s,BEGIN PRIVATE KEY,EC",
        "genpkey -algorithm ed25519 -out %s,BEGIN PRIVATE KEY,EdDSA"
    })
    void keysAreReadInEveryFormThatOpensslWrites(String made, String looks, String kind)
            throws Exception {
        Path key = directory.resolve("some.key");
        TestAuthority.openssl(made.formatted(key));
        assertTrue(Files.readString(key).contains(looks));
        assertEquals(kind, Pem.key(key, "secret".toCharArray()).getAlgorithm());
    }

    @ParameterizedTest
    @ValueSource(strings = {"genrsa -traditional -aes128", "genrsa -aes256"})
    void anEncryptedKeyNeedsItsPassphrase(String made) throws Exception {
        Path key = directory.resolve("locked.key");
        TestAuthority.openssl(made + " -passout pass:secret -out " + key + " 2048");
        var missing = assertThrows(IOException.class, () -> Pem.key(key, null));
        assertTrue(missing.getMessage().contains("pass=FILE"), missing.getMessage());
        var wrong = assertThrows(IOException.class, () -> Pem.key(key, "guess".toCharArray()));
        assertTrue(wrong.getMessage().contains("passphrase is wrong"), wrong.getMessage());
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
        try (var serving = Serving.on(1, "--service", "echo", spec)) {
            assertEquals("hello\n", connect(serving, "insecure").out());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tls+tcp:0,cert=FILE",
        "tls+udp:0?insecure,no such wrapper",
        "tls+tls+tcp:0,twice",
        "tls+tcp:0?cert=/nonexistent,no such file",
        "tls+tcp:0?cert=/dev/null,no private key",
        "sslt+tcp:0,no such wrapper",
        "tcp:0?cert=x,no such option"
    })
    void whatCannotBeServedIsToldBeforeItIs(String spec, String why) throws Exception {
        var result = Result.of("serve", spec);
        assertEquals(2, result.code());
        assertTrue(result.err().contains(why), result.err());
    }

    @Test
    void aKeyOfAnotherCertificateIsTold() throws Exception {
        var other = authority.issue("DNS:other");
        assertNotEquals(other.keyFile(), localhost.keyFile());
        var spec =
                "tls+tcp:0?cert=%s&key=%s".formatted(localhost.certificateFile(), other.keyFile());
        var result = Result.of("serve", spec);
        assertEquals(2, result.code());
        assertTrue(result.err().contains("is not that of the certificate"), result.err());
    }
}
