// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
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
import java.util.List;

/**
 * Reads files in PEM: certificates, and private keys as openssl writes and wrote them, PKCS #8 and
 * the traditional forms, encrypted or not. The one place that knows Bouncy Castle, whose classes
 * are loaded when the first file is read and not before.
 */
final class Pem {
    private static final long MOST = 1 << 20;

    private Pem() {}

    /**
     * All certificates of a file, in order; what else is in it is passed over.
     *
     * @throws IOException if there is none
     */
    static List<X509Certificate> certificates(Path file) throws IOException {
        var found = new ArrayList<X509Certificate>();
        try (PEMParser parser = open(file)) {
            var factory = CertificateFactory.getInstance("X.509");
            for (Object each; (each = parser.readObject()) != null; ) {
                if (each instanceof X509CertificateHolder holder) {
                    var bytes = new ByteArrayInputStream(holder.getEncoded());
                    found.add((X509Certificate) factory.generateCertificate(bytes));
                }
            }
        } catch (GeneralSecurityException | RuntimeException malformed) {
            throw malformed(file, malformed);
        }
        if (found.isEmpty()) {
            throw new IOException(file + ": no certificate in it (BEGIN CERTIFICATE)");
        }
        return found;
    }

    /**
     * The first private key of a file.
     *
     * @param passphrase if it is encrypted
     * @throws IOException if there is none, or the passphrase is missing or wrong
     */
    static PrivateKey key(Path file, char @Nullable [] passphrase) throws IOException {
        try (PEMParser parser = open(file)) {
            for (Object each; (each = parser.readObject()) != null; ) {
                PrivateKeyInfo info = info(file, each, passphrase);
                if (info != null) {
                    return KeyFactory.getInstance(kind(info))
                            .generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded()));
                }
            }
        } catch (OperatorCreationException | PKCSException wrong) {
            throw new IOException(file + ": the passphrase is wrong", wrong);
        } catch (GeneralSecurityException | RuntimeException malformed) {
            throw malformed(file, malformed);
        }
        throw new IOException(file + ": no private key in it (BEGIN PRIVATE KEY)");
    }

    private static @Nullable PrivateKeyInfo info(
            Path file, Object found, char @Nullable [] passphrase)
            throws IOException, OperatorCreationException, PKCSException {
        return switch (found) {
            case PrivateKeyInfo plain -> plain;
            case PEMKeyPair traditional -> traditional.getPrivateKeyInfo();
            case PKCS8EncryptedPrivateKeyInfo encrypted ->
                    encrypted.decryptPrivateKeyInfo(
                            new JceOpenSSLPKCS8DecryptorProviderBuilder()
                                    .setProvider(new BouncyCastleProvider())
                                    .build(needed(file, passphrase)));
            case PEMEncryptedKeyPair encrypted -> {
                char[] secret = needed(file, passphrase);
                try {
                    yield encrypted
                            .decryptKeyPair(
                                    new JcePEMDecryptorProviderBuilder()
                                            .setProvider(new BouncyCastleProvider())
                                            .build(secret))
                            .getPrivateKeyInfo();
                } catch (IOException wrong) {
                    throw new PKCSException("decryption failed", wrong);
                }
            }
            default -> null;
        };
    }

    private static char[] needed(Path file, char @Nullable [] passphrase) throws IOException {
        if (passphrase == null) {
            throw new IOException(
                    file + ": the key is encrypted; pass=FILE says where its passphrase is");
        }
        return passphrase;
    }

    /** The JDK's name for keys of this kind. */
    private static String kind(PrivateKeyInfo info) {
        return switch (info.getPrivateKeyAlgorithm().getAlgorithm().getId()) {
            case "1.2.840.113549.1.1.1" -> "RSA";
            case "1.2.840.113549.1.1.10" -> "RSASSA-PSS";
            case "1.2.840.10045.2.1" -> "EC";
            case "1.3.101.112", "1.3.101.113" -> "EdDSA";
            case String other -> other;
        };
    }

    private static PEMParser open(Path file) throws IOException {
        if (Files.size(file) > MOST) {
            throw new IOException(file + ": too large for a certificate or key");
        }
        return new PEMParser(Files.newBufferedReader(file, ISO_8859_1));
    }

    private static IOException malformed(Path file, Exception why) {
        return new IOException(file + ": not readable as PEM: " + why.getMessage(), why);
    }
}
