// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/**
 * Makes a {@link TlsMachine} for each connection, and remembers sessions between them, so that who
 * comes back is let in without certificates and signatures (RFC 8446, section 2.2). Make one for a
 * server, or for all connections of a client, and keep it.
 *
 * <p>{@link #replace} changes certificates, or anything else, while it is in use: connections that
 * exist, and handshakes under way, go on with what they began with.
 *
 * <p>Safe for use by any thread.
 */
public final class TlsContext {
    /** What {@link #replace} replaces, as one. */
    private record Made(TlsSettings settings, SSLContext context, @Nullable SNIMatcher names) {}

    private final @Nullable Provider provider;
    private volatile Made made;

    private TlsContext(@Nullable Provider provider, Made made) {
        this.provider = provider;
        this.made = made;
    }

    /**
     * With the JDK's TLS.
     *
     * @throws SSLException if it does not take a key, a root or a cipher suite
     */
    public static TlsContext of(TlsSettings settings) throws SSLException {
        return new TlsContext(null, make(settings, null));
    }

    /**
     * With another TLS, Conscrypt's for instance. Of that ALPN is set by a call of its own, on an
     * engine for {@link TlsMachine#of}: it does not heed {@link TlsOffer#applications()}.
     *
     * @param provider has an SSLContext named TLS
     * @throws SSLException if it does not take a key, a root or a cipher suite
     */
    public static TlsContext of(TlsSettings settings, Provider provider) throws SSLException {
        return new TlsContext(provider, make(settings, provider));
    }

    /** What it was made of, or last {@linkplain #replace replaced} by. */
    public TlsSettings settings() {
        return made.settings;
    }

    /**
     * Has later handshakes begin with other settings. Sessions are forgotten, so that nobody
     * resumes one whose certificate would not be trusted any more.
     *
     * @throws SSLException if the settings cannot be used: then those before stay
     */
    public void replace(TlsSettings settings) throws SSLException {
        made = make(settings, provider);
    }

    private static Made make(TlsSettings settings, @Nullable Provider provider)
            throws SSLException {
        try {
            SSLContext context =
                    provider == null
                            ? SSLContext.getInstance("TLS")
                            : SSLContext.getInstance("TLS", provider);
            KeyManager[] keys = {new IdentityKeys(settings.identities())};
            context.init(keys, settings.trust().managers(provider == null), null);
            SNIMatcher names = null;
            if (settings.identities().strict()) {
                Set<String> known = new HashSet<>();
                settings.identities().all().forEach(each -> known.addAll(each.names()));
                names = ServerNames.among(known);
            }
            var made = new Made(settings, context, names);
            parameters(made, context.createSSLEngine()); // refuses a cipher that there is not
            return made;
        } catch (GeneralSecurityException | IOException | IllegalArgumentException refused) {
            throw new SSLException("TLS: " + refused.getMessage(), refused);
        }
    }

    private static SSLParameters parameters(Made made, SSLEngine engine) {
        TlsOffer offer = made.settings.offer();
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(offer.protocols().toArray(String[]::new));
        if (!offer.ciphers().isEmpty()) {
            parameters.setCipherSuites(offer.ciphers().toArray(String[]::new));
        }
        if (!offer.applications().isEmpty()) {
            parameters.setApplicationProtocols(offer.applications().toArray(String[]::new));
        }
        engine.setSSLParameters(parameters);
        return parameters;
    }

    /**
     * A server's side of one connection.
     *
     * @throws IllegalStateException if the settings have no identity; or have clients asked for
     *     certificates, and do not say whose: that anybody whom a public authority knows comes in
     *     is hardly meant
     */
    public TlsMachine server() {
        Made now = made;
        TlsSettings settings = now.settings;
        if (settings.identities().all().isEmpty()) {
            throw new IllegalStateException("a TLS server without a certificate");
        }
        if (settings.clients() != TlsClientAuth.NONE && settings.trust().isSystem()) {
            throw new IllegalStateException("clients' certificates without own roots to trust");
        }
        SSLEngine engine = now.context.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = parameters(now, engine);
        switch (settings.clients()) {
            case NONE -> {}
            case WANT -> parameters.setWantClientAuth(true);
            case NEED -> parameters.setNeedClientAuth(true);
        }
        if (now.names != null) {
            parameters.setSNIMatchers(List.of(now.names));
        }
        engine.setSSLParameters(parameters);
        return new TlsMachine(engine, settings.truncation());
    }

    /**
     * A client's side of one connection.
     *
     * @param host whom the certificate must be for, and who is asked for by SNI if it is a name and
     *     no address
     * @param port with the host, what sessions are remembered by; 0 or less if there is none
     * @throws IllegalArgumentException if the host is no name that SNI can carry
     */
    public TlsMachine client(String host, int port) {
        return client(host, host, port);
    }

    /**
     * The same where the server is asked for by another name than it is checked by.
     *
     * @param asked the name of SNI; empty for none
     */
    public TlsMachine client(String asked, String host, int port) {
        Made now = made;
        String plain = ServerNames.plain(host);
        SSLEngine engine = now.context.createSSLEngine(plain, Math.max(0, port));
        engine.setUseClientMode(true);
        SSLParameters parameters = parameters(now, engine);
        String name = ServerNames.plain(asked);
        boolean none = name.isEmpty() || IpAddress.parseOrNull(name) != null;
        parameters.setServerNames(none ? List.of() : List.of(new SNIHostName(name)));
        if (now.settings.trust().checksHostNames()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        engine.setSSLParameters(parameters);
        return new TlsMachine(engine, now.settings.truncation());
    }

    @Override
    public String toString() {
        return "TlsContext[" + made.settings + "]";
    }
}
