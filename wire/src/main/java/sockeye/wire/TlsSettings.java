// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * How one speaks TLS, as a server or as a client. Immutable: {@code
 * TlsSettings.DEFAULT.withTrust(TlsTrust.of(ca))}.
 *
 * @param identities who one is; a server needs one
 * @param trust whose certificates one believes
 * @param clients whether a server asks its clients for theirs
 * @param offer versions, ciphers and application protocols
 * @param truncation whether a stream that ends without close_notify has simply ended, rather than
 *     failed with {@link TlsTruncatedException}; for protocols that mark their own ends
 */
public record TlsSettings(
        TlsIdentities identities,
        TlsTrust trust,
        TlsClientAuth clients,
        TlsOffer offer,
        boolean truncation) {

    /**
     * A client without a certificate, which trusts whom the JDK trusts, and checks the name; TLS
     * 1.2 and 1.3. With an identity, a server that asks for no certificates.
     */
    public static final TlsSettings DEFAULT =
            new TlsSettings(
                    TlsIdentities.NONE,
                    TlsTrust.SYSTEM,
                    TlsClientAuth.NONE,
                    TlsOffer.DEFAULT,
                    false);

    /** The same with these identities, the first of them the default. */
    public TlsSettings withIdentities(TlsIdentity... all) {
        return withIdentities(TlsIdentities.of(all));
    }

    /** The same with these identities. */
    public TlsSettings withIdentities(TlsIdentities identities) {
        return new TlsSettings(identities, trust, clients, offer, truncation);
    }

    /** The same with other trust. */
    public TlsSettings withTrust(TlsTrust trust) {
        return new TlsSettings(identities, trust, clients, offer, truncation);
    }

    /** The same, asking clients for certificates or not. */
    public TlsSettings withClients(TlsClientAuth clients) {
        return new TlsSettings(identities, trust, clients, offer, truncation);
    }

    /** The same with another offer. */
    public TlsSettings withOffer(TlsOffer offer) {
        return new TlsSettings(identities, trust, clients, offer, truncation);
    }

    /** The same with these application protocols. */
    public TlsSettings withApplications(String... names) {
        return withOffer(offer.withApplications(names));
    }

    /** The same, minding a cut stream or not. */
    public TlsSettings withTruncation(boolean truncation) {
        return new TlsSettings(identities, trust, clients, offer, truncation);
    }
}
