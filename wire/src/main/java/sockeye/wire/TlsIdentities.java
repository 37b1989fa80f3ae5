// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.List;

/**
 * Who one is, where that depends on whom the peer asks for: of a server's identities the one is
 * shown whose certificate is for the name that the client wants (SNI, RFC 6066), else one for its
 * domain ({@code *.example.org}, which stands for one label), else the first. Of several for the
 * same name the one is taken whose kind of key the client can check: an EC certificate first, an
 * RSA one behind it for old clients.
 *
 * @param all the first is the default; none at all is what most clients have
 * @param strict whether a client that asks for another name, or for none, is refused rather than
 *     shown the first
 */
public record TlsIdentities(List<TlsIdentity> all, boolean strict) {
    /** Nobody in particular. */
    public static final TlsIdentities NONE = new TlsIdentities(List.of(), false);

    public TlsIdentities {
        all = List.copyOf(all);
    }

    /** These; the first is the default. */
    public static TlsIdentities of(TlsIdentity... all) {
        return new TlsIdentities(List.of(all), false);
    }

    /** The same without a default: unknown names are refused. */
    public TlsIdentities strictly() {
        return new TlsIdentities(all, true);
    }
}
