// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.ProxyTransport;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyParser;
import sockeye.wire.ProxyTrust;

import java.time.Duration;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, that a proxy in front puts before the
 * bytes of each connection, so that one knows the client and not only the proxy. The layer nearest
 * to the socket: {@code AcceptProxy.from(ProxyTrust.in("10.1.2.0/24")).then(tls).over(protocols)}.
 *
 * <p><b>Whom to believe.</b> Who can send a header can be anybody. So there is no guessing whether
 * there is one: from who is trusted it has to come first, and without it the connection ends; any
 * other is refused before a byte is read, or, after {@link #servingOthersDirectly()}, served as the
 * client that it is, with a header of its own being nothing but bytes.
 *
 * <p><b>Afterwards</b> {@link Transport#peer()} and {@link Transport#local()} are what the header
 * says, {@code transport.unwrap(ProxyHeader.class)} has it with its vectors, and {@code
 * transport.unwrap(PeerFacts.class)} knows both: {@link sockeye.wire.PeerFacts#carrier()} is the
 * proxy. What the proxy sends on its own behalf (LOCAL, a health check), or for a client whose
 * address it does not know, comes from the proxy itself. A header that says it is about a datagram
 * says nothing about a connection, and is taken as one that names nobody.
 *
 * <p>The protocol above is told {@link Protocol#opened} when the header has come, and never hears
 * of a connection without a good one. What is below is told why: {@link java.net.ProtocolException}
 * for a wrong header or one of somebody who is not trusted, {@link java.io.EOFException} for half
 * of one, {@link java.net.SocketTimeoutException}.
 *
 * <p>Immutable.
 */
public final class AcceptProxy implements Layer {
    /** How long a header may take to come if nothing is said. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ProxyTrust trust;
    private final boolean othersDirectly;
    private final int bytes;
    private final Duration patience;

    private AcceptProxy(ProxyTrust trust, boolean othersDirectly, int bytes, Duration patience) {
        this.trust = trust;
        this.othersDirectly = othersDirectly;
        this.bytes = bytes;
        this.patience = patience;
    }

    /** Believes these, and refuses others. */
    public static AcceptProxy from(ProxyTrust trust) {
        return new AcceptProxy(trust, false, ProxyParser.DEFAULT_LIMIT, PATIENCE);
    }

    /**
     * Serves those who are not trusted as the clients that they are, rather than refusing them: for
     * a listener that is reached both ways.
     */
    public AcceptProxy servingOthersDirectly() {
        return new AcceptProxy(trust, true, bytes, patience);
    }

    /**
     * The same with another limit for the whole header; {@link ProxyParser#DEFAULT_LIMIT}
     * otherwise.
     *
     * @param bytes {@link ProxyHeader#MAX_V1} to {@link ProxyHeader#MAX_V2}
     */
    public AcceptProxy withLimit(int bytes) {
        var _ = new ProxyParser(bytes);
        return new AcceptProxy(trust, othersDirectly, bytes, patience);
    }

    /** The same with another time for the header to come; zero for as long as it takes. */
    public AcceptProxy withPatience(Duration patience) {
        if (patience.isNegative()) {
            throw new IllegalArgumentException("negative");
        }
        return new AcceptProxy(trust, othersDirectly, bytes, patience);
    }

    @Override
    public Protocol over(Protocol above) {
        return new ProxyTransport(
                new ProxyTransport.Rules(trust, othersDirectly, bytes, patience), above);
    }

    @Override
    public String toString() {
        return "AcceptProxy[trusting "
                + trust
                + (othersDirectly ? ", serving others directly]" : "]");
    }
}
