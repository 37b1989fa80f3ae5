// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * What a handshake came to.
 *
 * @param protocol {@code TLSv1.3} or {@code TLSv1.2}
 * @param cipher the cipher suite, {@code TLS_AES_256_GCM_SHA384}
 * @param application the application protocol by ALPN, empty for none
 * @param serverName the name that the client asked for by SNI, in lower case, empty for none
 * @param peerCertificates the peer's, its own first; none if it showed none. They were checked
 *     unless {@link TlsTrust#ANYONE} was told not to.
 */
public record TlsDetails(
        String protocol,
        String cipher,
        String application,
        String serverName,
        List<X509Certificate> peerCertificates) {
    public TlsDetails {
        peerCertificates = List.copyOf(peerCertificates);
    }

    static TlsDetails of(SSLEngine engine) {
        SSLSession session = engine.getSession();
        String application = engine.getApplicationProtocol();
        return new TlsDetails(
                session.getProtocol(),
                session.getCipherSuite(),
                application == null ? "" : application,
                serverName(session),
                certificates(session));
    }

    static String serverName(SSLSession session) {
        if (session instanceof ExtendedSSLSession extended) {
            try {
                for (SNIServerName name : extended.getRequestedServerNames()) {
                    if (name instanceof SNIHostName host) {
                        return ServerNames.plain(host.getAsciiName());
                    }
                }
            } catch (UnsupportedOperationException unknown) {
                // A provider without SNI.
            }
        }
        return "";
    }

    private static List<X509Certificate> certificates(SSLSession session) {
        var found = new ArrayList<X509Certificate>();
        try {
            for (Certificate each : session.getPeerCertificates()) {
                if (each instanceof X509Certificate certificate) {
                    found.add(certificate);
                }
            }
        } catch (SSLPeerUnverifiedException none) {
            return List.of();
        }
        return found;
    }
}
