// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Who one is in TLS: a private key, and the certificates that say whose it is.
 *
 * @param key the private key; RSA, EC or EdDSA
 * @param chain its certificate first, then the ones that vouch for it, at least one in all
 */
public record TlsIdentity(PrivateKey key, List<X509Certificate> chain) {
    private static final int DNS_NAME = 2;
    private static final byte[] PROBE = {'s', 'o', 'c', 'k', 'e', 'y', 'e'};

    /**
     * Checks that the key belongs to the certificate, by signing something.
     *
     * @throws IllegalArgumentException if it does not, or there is no certificate
     */
    public TlsIdentity {
        chain = List.copyOf(chain);
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("a private key without a certificate");
        }
        X509Certificate own = chain.getFirst();
        if (!belongs(key, own.getPublicKey())) {
            throw new IllegalArgumentException(
                    "the private key is not that of the certificate "
                            + own.getSubjectX500Principal().getName());
        }
    }

    /**
     * All identities of a key store, in the order of their names.
     *
     * @param password of the keys
     * @throws IllegalArgumentException if it has none
     * @throws GeneralSecurityException if the password is wrong, or a key cannot be read
     */
    public static List<TlsIdentity> of(KeyStore store, char[] password)
            throws GeneralSecurityException {
        var found = new ArrayList<TlsIdentity>();
        List<String> names = Collections.list(store.aliases());
        Collections.sort(names);
        for (String name : names) {
            if (!store.isKeyEntry(name)) {
                continue;
            }
            Key key = store.getKey(name, password);
            Certificate[] certificates = store.getCertificateChain(name);
            if (key instanceof PrivateKey own && certificates != null) {
                var chain = new ArrayList<X509Certificate>();
                for (Certificate each : certificates) {
                    chain.add((X509Certificate) each);
                }
                found.add(new TlsIdentity(own, chain));
            }
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("a key store without a private key");
        }
        return found;
    }

    /**
     * The DNS names that the certificate is for, in lower case, {@code *.example.org} among them;
     * its subject alternative names (RFC 6125).
     */
    public List<String> names() {
        var names = new ArrayList<String>();
        try {
            Collection<List<?>> alternatives = chain.getFirst().getSubjectAlternativeNames();
            if (alternatives != null) {
                for (List<?> each : alternatives) {
                    if (each.get(0).equals(DNS_NAME)) {
                        names.add(String.valueOf(each.get(1)).toLowerCase(Locale.ROOT));
                    }
                }
            }
        } catch (CertificateParsingException unreadable) {
            // It has no name that anybody could ask for.
        }
        return names;
    }

    /** Shows whose it is, and nothing of the key. */
    @Override
    public String toString() {
        return "TlsIdentity[%s, %s]"
                .formatted(
                        chain.getFirst().getSubjectX500Principal().getName(), key.getAlgorithm());
    }

    private static boolean belongs(PrivateKey key, PublicKey publicKey) {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    case "EdDSA", "Ed25519", "Ed448" -> "EdDSA";
                    default -> "";
                };
        if (algorithm.isEmpty()) {
            return true; // Of a kind that we cannot try; the handshake will.
        }
        try {
            var signing = Signature.getInstance(algorithm);
            signing.initSign(key);
            signing.update(PROBE);
            byte[] signed = signing.sign();
            var checking = Signature.getInstance(algorithm);
            checking.initVerify(publicKey);
            checking.update(PROBE);
            return checking.verify(signed);
        } catch (GeneralSecurityException other) {
            return false;
        }
    }
}
