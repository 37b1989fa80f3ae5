// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.SocksTransport;
import sockeye.wire.SocksCall;

import java.time.Duration;

/**
 * Connects through a SOCKS server: version 5 (RFC 1928, and RFC 1929 for a user and a password), 4
 * or 4A. A layer of clients; that of servers is {@link SocksProxy}.
 *
 * <pre>{@code
 * reactor.connect(proxy, Socks.client("example.org", 443).then(tls).over(protocol));
 * reactor.connect(proxy, Socks.client(
 *         SocksCall.to("example.org", 80).withLogin("user", "password")).over(protocol));
 * }</pre>
 *
 * <p>A name is resolved by the server; nobody is asked for it here. What is between us and the
 * server is what stands below: {@code tls.then(Socks.client(…))} speaks TLS to the server.
 *
 * <p>The protocol above is told {@link Protocol#opened} when the server has connected. {@link
 * Transport#peer()} is then the destination, if that was an address, and null if it was a name, of
 * which only the server knows the address; {@code transport.unwrap(SocksClientMachine.class)} has
 * both ends as the server tells them. Else the protocol never hears of it, and {@link
 * Reactor#connect} fails with {@link sockeye.wire.SocksException}, which has the server's reason;
 * {@link java.io.EOFException} if the server hangs up before, {@link
 * java.net.SocketTimeoutException}.
 *
 * <p>Immutable.
 */
public final class Socks implements Layer {
    /**
     * How long the server may take to connect if nothing is said: longer than what a server that
     * looks up and connects gives itself.
     */
    public static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SocksCall call;
    private final Duration patience;

    private Socks(SocksCall call, Duration patience) {
        this.call = call;
        this.patience = patience;
    }

    /**
     * To a host by its name, or its address as text, in version 5.
     *
     * @throws IllegalArgumentException if it is neither, or the port is out of range
     */
    public static Socks client(String host, int port) {
        return client(SocksCall.to(host, port));
    }

    /** To where, in what version, and by whom this says. */
    public static Socks client(SocksCall call) {
        return new Socks(call, PATIENCE);
    }

    /** The same with another time until the server has connected; zero for as long as it takes. */
    public Socks withPatience(Duration patience) {
        if (patience.isNegative()) {
            throw new IllegalArgumentException("negative");
        }
        return new Socks(call, patience);
    }

    @Override
    public Protocol over(Protocol above) {
        return new SocksTransport(call, patience, above);
    }

    @Override
    public String toString() {
        return "Socks[" + call + "]";
    }
}
