// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.testkit.TestAuthority;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files that {@code tls+…} is given, and what is said of those that do not fit. */
@Tag("D3-11")
@Timeout(60)
class TlsFilesTest {
    @TempDir private Path directory;

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
        var authority = new TestAuthority(directory, "authority");
        var localhost = authority.issue("DNS:localhost");
        var other = authority.issue("DNS:other");
        assertNotEquals(other.keyFile(), localhost.keyFile());
        var spec =
                "tls+tcp:0?cert=%s&key=%s".formatted(localhost.certificateFile(), other.keyFile());
        var result = Result.of("serve", spec);
        assertEquals(2, result.code());
        assertTrue(result.err().contains("is not that of the certificate"), result.err());
    }
}
