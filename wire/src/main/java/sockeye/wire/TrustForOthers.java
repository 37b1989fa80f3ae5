// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The JDK's trust for another provider's engine: where TLS 1.3 leaves the kind of key open, the JDK
 * says UNKNOWN and Conscrypt GENERIC, which the JDK does not know.
 */
final class TrustForOthers extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager jdks;

    TrustForOthers(X509ExtendedTrustManager jdks) {
        this.jdks = jdks;
    }

    private static String known(String type) {
        return type.equals("GENERIC") ? "UNKNOWN" : type;
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        jdks.checkClientTrusted(chain, known(type), engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
            throws CertificateException {
        jdks.checkServerTrusted(chain, known(type), engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        jdks.checkClientTrusted(chain, known(type), socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
            throws CertificateException {
        jdks.checkServerTrusted(chain, known(type), socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        jdks.checkClientTrusted(chain, known(type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
            throws CertificateException {
        jdks.checkServerTrusted(chain, known(type));
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return jdks.getAcceptedIssuers();
    }
}
