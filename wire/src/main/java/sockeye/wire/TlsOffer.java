// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What this side is willing to speak, each list in the order of its preference.
 *
 * @param protocols {@code TLSv1.3}, {@code TLSv1.2}; at least one, and nothing older
 * @param ciphers cipher suites by the JDK's names; empty for the JDK's own choice and order, of
 *     which the system property {@code jdk.tls.disabledAlgorithms} takes out what is broken
 * @param applications application protocols for ALPN (RFC 7301), {@code h2}, {@code http/1.1}: each
 *     1 to 255 bytes of ASCII; empty for no ALPN. A client that offers some of which a server with
 *     a list has none is refused; one that offers none is not.
 */
public record TlsOffer(List<String> protocols, List<String> ciphers, List<String> applications) {
    private static final List<String> KNOWN = List.of("TLSv1.3", "TLSv1.2");

    /** TLS 1.3 and 1.2, the JDK's ciphers, no ALPN. */
    public static final TlsOffer DEFAULT = new TlsOffer(KNOWN, List.of(), List.of());

    /**
     * Checks it.
     *
     * @throws IllegalArgumentException if there is no protocol, or another one than these two, or
     *     an application protocol has no or more than 255 bytes, or others than ASCII's
     */
    public TlsOffer {
        protocols = List.copyOf(protocols);
        ciphers = List.copyOf(ciphers);
        applications = List.copyOf(applications);
        if (protocols.isEmpty() || !KNOWN.containsAll(protocols)) {
            throw new IllegalArgumentException("protocols of " + KNOWN + ": " + protocols);
        }
        for (String name : applications) {
            if (name.isEmpty()
                    || name.length() > 255
                    || !StandardCharsets.US_ASCII.newEncoder().canEncode(name)) {
                throw new IllegalArgumentException("an application protocol: \"" + name + '"');
            }
        }
    }

    /** The same with these protocols. */
    public TlsOffer withProtocols(String... names) {
        return new TlsOffer(List.of(names), ciphers, applications);
    }

    /** The same with these cipher suites. */
    public TlsOffer withCiphers(String... names) {
        return new TlsOffer(protocols, List.of(names), applications);
    }

    /** The same with these application protocols. */
    public TlsOffer withApplications(String... names) {
        return new TlsOffer(protocols, ciphers, List.of(names));
    }
}
