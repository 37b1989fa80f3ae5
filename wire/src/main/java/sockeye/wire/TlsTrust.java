// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;

import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** Whose certificates one believes. Immutable. */
public final class TlsTrust {
    /** Whom the JDK trusts: its {@code cacerts}, or what {@code javax.net.ssl.trustStore} names. */
    public static final TlsTrust SYSTEM = new TlsTrust(List.of(), null, true);

    /**
     * Anybody, for tests: whoever sits on the way can read and change everything. Neither the
     * certificate nor its name is looked at.
     */
    public static final TlsTrust ANYONE = new TlsTrust(List.of(), new TrustAnyone(), false);

    private final List<X509Certificate> roots;
    private final @Nullable X509TrustManager manager;
    private final boolean hostNames;

    private TlsTrust(
            List<X509Certificate> roots, @Nullable X509TrustManager manager, boolean hostNames) {
        this.roots = roots;
        this.manager = manager;
        this.hostNames = hostNames;
    }

    /**
     * These, and whom they vouch for; nobody else. A certificate that signed itself is trusted by
     * being named here.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static TlsTrust of(Collection<X509Certificate> roots) {
        if (roots.isEmpty()) {
            throw new IllegalArgumentException("trust in nobody: no certificate");
        }
        return new TlsTrust(List.copyOf(roots), null, true);
    }

    /** The same for one or a few. */
    public static TlsTrust of(X509Certificate... roots) {
        return of(List.of(roots));
    }

    /**
     * Whom somebody else's rules trust. An {@link javax.net.ssl.X509ExtendedTrustManager} checks
     * the host name itself, if the engine asks for it.
     */
    public static TlsTrust of(X509TrustManager manager) {
        return new TlsTrust(List.of(), manager, true);
    }

    /**
     * The same, but a client does not check that the certificate is for the name that it called:
     * where the roots vouch for a single peer, or names are of no meaning, on Unix sockets for
     * instance.
     */
    public TlsTrust withoutHostNames() {
        return new TlsTrust(roots, manager, false);
    }

    /** Whether a client checks the name. */
    public boolean checksHostNames() {
        return hostNames;
    }

    boolean isSystem() {
        return roots.isEmpty() && manager == null;
    }

    /**
     * For an SSLContext.
     *
     * @param ofJdk whether that is the JDK's
     */
    TrustManager[] managers(boolean ofJdk) throws GeneralSecurityException, IOException {
        if (manager != null) {
            return new TrustManager[] {manager};
        }
        var factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store());
        TrustManager[] found = factory.getTrustManagers();
        for (int i = 0; i < found.length; i++) {
            if (!ofJdk && found[i] instanceof X509ExtendedTrustManager jdks) {
                found[i] = new TrustForOthers(jdks);
            }
        }
        return found;
    }

    /** Null for the JDK's own roots. */
    private @Nullable KeyStore store() throws GeneralSecurityException, IOException {
        if (roots.isEmpty()) {
            return null;
        }
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        int number = 0;
        for (X509Certificate root : roots) {
            store.setCertificateEntry(Integer.toString(number++), root);
        }
        return store;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TlsTrust that
                && roots.equals(that.roots)
                && Objects.equals(manager, that.manager)
                && hostNames == that.hostNames;
    }

    @Override
    public int hashCode() {
        return Objects.hash(roots, manager, hostNames);
    }

    @Override
    public String toString() {
        String whom;
        if (manager != null) {
            whom = manager instanceof TrustAnyone ? "anyone" : manager.toString();
        } else {
            whom = roots.isEmpty() ? "system" : roots.size() + " roots";
        }
        return "TlsTrust[%s%s]".formatted(whom, hostNames ? "" : ", any name");
    }
}
