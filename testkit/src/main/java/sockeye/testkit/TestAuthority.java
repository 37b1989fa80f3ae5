// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * An authority for certificates that lives as long as a test: files in PEM as other programs want
 * them, made by {@code openssl}, which has to be there.
 */
public final class TestAuthority {
    private final Path directory;
    private final Path certificate;
    private final Path key;
    private int issued;

    /** One that is made in a directory, where all files go. */
    public TestAuthority(Path directory, String name) throws IOException {
        this.directory = directory;
        this.certificate = directory.resolve(name + ".pem");
        this.key = directory.resolve(name + ".key");
        openssl(
                "req -x509 -nodes -days 2 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -subj"
                        + " /CN=%s -keyout %s -out %s".formatted(name, key, certificate));
    }

    /** Its own certificate, the root to trust. */
    public X509Certificate root() throws IOException {
        return certificates(certificate).getFirst();
    }

    /** The file with it. */
    public Path rootFile() {
        return certificate;
    }

    /**
     * Somebody's certificate and key.
     *
     * @param certificateFile the chain, without the root
     * @param keyFile the key, PKCS #8
     */
    public record Issued(Path certificateFile, Path keyFile) {
        /** The chain. */
        public List<X509Certificate> chain() throws IOException {
            return certificates(certificateFile);
        }

        /** The key. */
        public PrivateKey key() throws IOException {
            String text =
                    Files.readString(keyFile)
                            .replaceAll("-----[A-Z ]+-----", "")
                            .replaceAll("\\s", "");
            var encoded = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text));
            try {
                String kind = chain().getFirst().getPublicKey().getAlgorithm();
                return KeyFactory.getInstance(kind).generatePrivate(encoded);
            } catch (GeneralSecurityException unreadable) {
                throw new IOException(unreadable);
            }
        }
    }

    /**
     * Issues an EC certificate for two days.
     *
     * @param names subject alternative names as openssl has them: {@code DNS:example.org}, {@code
     *     IP:127.0.0.1}; of the first is also the subject
     */
    public Issued issue(String... names) throws IOException {
        return issue("ec -pkeyopt ec_paramgen_curve:prime256v1", names);
    }

    /** The same for an RSA key. */
    public Issued issueRsa(String... names) throws IOException {
        return issue("rsa:2048", names);
    }

    private Issued issue(String kind, String... names) throws IOException {
        String file = "issued" + ++issued;
        Path chain = directory.resolve(file + ".pem");
        Path own = directory.resolve(file + ".key");
        openssl(
                ("req -x509 -nodes -days 2 -newkey %s -CA %s -CAkey %s -subj /CN=%s -addext"
                                + " basicConstraints=CA:FALSE -addext subjectAltName=%s -keyout %s"
                                + " -out %s")
                        .formatted(
                                kind,
                                certificate,
                                key,
                                names[0].substring(names[0].indexOf(':') + 1),
                                String.join(",", names),
                                own,
                                chain));
        return new Issued(chain, own);
    }

    private static List<X509Certificate> certificates(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            var found = new ArrayList<X509Certificate>();
            for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                found.add((X509Certificate) each);
            }
            return found;
        } catch (GeneralSecurityException unreadable) {
            throw new IOException(unreadable);
        }
    }

    /** Runs openssl with arguments that have no blanks in them; what it says is in the error. */
    public static String openssl(String arguments) throws IOException {
        var command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw new IOException(cancelled);
        }
        return said;
    }
}
