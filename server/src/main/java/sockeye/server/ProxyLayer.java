// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.PeerCredentials;
import sockeye.SoOption;
import sockeye.wire.IpNetwork;
import sockeye.wire.PeerFacts;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyParser;
import sockeye.wire.ProxyTrust;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, that a proxy in front puts before the
 * bytes of each connection, so that the server knows the client and not only the proxy. The first
 * layer, before TLS: {@code settings.withLayers(ProxyLayer.trusting("10.1.2.0/24"), tls)}.
 *
 * <p><b>Whom to believe.</b> Who can send a header can be anybody. So there is no guessing whether
 * there is one: from a carrier that is trusted it has to come first, and without it the connection
 * ends; any other carrier is refused before a byte is read, or, after {@link
 * #servingOthersDirectly()}, served as the client that it is, with a header of its own being
 * nothing but bytes. Nobody is trusted who is not named.
 *
 * <p><b>Afterwards</b> {@link ServerConnection#peer()} and {@link ByteStream#peer()} are the
 * client, {@link ServerConnection#carrier()} is the proxy, and {@code
 * client.unwrap(ProxyHeader.class)} has the header with its vectors. The server's limits and access
 * rules are asked again, about the client. What the proxy sends on its own behalf (LOCAL, a health
 * check), or for a client whose address it does not know, comes from the proxy itself. A header
 * that says it is about a datagram says nothing about a connection, and is taken as one that names
 * nobody.
 *
 * <p>It is read on the connection's own thread and within {@link
 * sockeye.wire.TimeLimits#handshake}, and not a byte further than it goes: what follows is still in
 * the socket.
 *
 * <p>Immutable.
 */
public final class ProxyLayer implements StreamLayer {
    private static final int PIECE = 1 << 10;

    private final ProxyTrust trust;
    private final boolean othersDirectly;
    private final int limit;

    private ProxyLayer(ProxyTrust trust, boolean othersDirectly, int limit) {
        this.trust = trust;
        this.othersDirectly = othersDirectly;
        this.limit = limit;
    }

    /**
     * Trusts the proxies of these networks and addresses: {@code "10.1.2.0/24"}, {@code "::1"}.
     *
     * @throws IllegalArgumentException if a text is neither
     */
    public static ProxyLayer trusting(String... networks) {
        return trusting(ProxyTrust.in(networks));
    }

    /** Trusts the proxies of these networks. */
    public static ProxyLayer trusting(IpNetwork... networks) {
        return trusting(ProxyTrust.in(networks));
    }

    /** Trusts these. */
    public static ProxyLayer trusting(ProxyTrust trust) {
        return new ProxyLayer(trust, false, ProxyParser.DEFAULT_LIMIT);
    }

    /**
     * Trusts whoever can connect: for listeners that only proxies can reach, by a firewall or by
     * the mode of a Unix socket's file.
     */
    public static ProxyLayer trustingEverybody() {
        return trusting(ProxyTrust.EVERYBODY);
    }

    /** Trusts also the processes of this user that connect to a Unix socket. */
    public ProxyLayer andUser(int uid) {
        return new ProxyLayer(trust.andUser(uid), othersDirectly, limit);
    }

    /** Trusts also this network. */
    public ProxyLayer andNetwork(IpNetwork network) {
        return new ProxyLayer(trust.andNetwork(network), othersDirectly, limit);
    }

    /**
     * Serves those who are not trusted as the clients that they are, rather than refusing them: for
     * a listener that is reached both ways.
     */
    public ProxyLayer servingOthersDirectly() {
        return new ProxyLayer(trust, true, limit);
    }

    /**
     * The same with another limit for the whole header; {@link ProxyParser#DEFAULT_LIMIT}
     * otherwise.
     *
     * @param bytes {@link ProxyHeader#MAX_V1} to {@link ProxyHeader#MAX_V2}
     */
    public ProxyLayer withLimit(int bytes) {
        var _ = new ProxyParser(bytes);
        return new ProxyLayer(trust, othersDirectly, bytes);
    }

    /**
     * Reads the header.
     *
     * @throws ProtocolException if the carrier is not trusted, or what it sends is no acceptable
     *     header
     * @throws EOFException if it ends before the header does
     */
    @Override
    public ByteStream establish(ByteStream below, ServerConnection connection) throws IOException {
        Endpoint carrier = connection.carrier();
        if (!trusts(carrier, below.unwrap(LinuxSocket.class).orElse(null))) {
            if (othersDirectly) {
                return below;
            }
            throw new ProtocolException(carrier + " is not trusted to speak for others");
        }
        ProxyHeader header = read(below, carrier);
        if (header.origin() instanceof ProxyHeader.Relayed relayed && !relayed.datagram()) {
            connection.presents(relayed.source(), relayed.destination());
            return new ProxiedStream(below, header, relayed.source(), relayed.destination());
        }
        return new ProxiedStream(below, header, below.peer(), below.local());
    }

    /** Whether this carrier, who holds the other end of the socket, is believed. */
    boolean trusts(@Nullable Endpoint carrier, @Nullable LinuxSocket socket) {
        return trust.trusts(new Carrier(carrier, socket));
    }

    private record Carrier(@Nullable Endpoint peer, @Nullable LinuxSocket socket)
            implements PeerFacts {
        @Override
        public @Nullable PeerCredentials credentials() {
            try {
                return socket == null ? null : socket.getOption(SoOption.PEER_CRED);
            } catch (IOException unknown) {
                return null;
            }
        }
    }

    private ProxyHeader read(ByteStream below, @Nullable Endpoint carrier) throws IOException {
        var parser = new ProxyParser(limit);
        byte[] piece = new byte[PIECE];
        ProxyParser.Found found = ProxyParser.Found.MORE;
        while (found == ProxyParser.Found.MORE) {
            int count = below.read(piece, 0, Math.min(PIECE, parser.wanted()));
            if (count < 0) {
                throw new EOFException(
                        "%s ended after %d bytes, before its PROXY header did"
                                .formatted(carrier, parser.length()));
            }
            found = parser.next(ByteBuffer.wrap(piece, 0, count));
        }
        if (found == ProxyParser.Found.REFUSED) {
            throw new ProtocolException("from " + carrier + ": " + parser.refusal());
        }
        return parser.header();
    }

    @Override
    public String toString() {
        return "ProxyLayer[trusting "
                + trust
                + (othersDirectly ? ", serving others directly]" : "]");
    }
}
