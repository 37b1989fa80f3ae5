// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.InetEndpoint;
import sockeye.reactor.internal.TlsTransport;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsMachine;

import java.time.Duration;
import java.util.Objects;
import java.util.function.Function;

/**
 * TLS 1.3 and 1.2 over any stream transport: a socket of any family, or another layer.
 *
 * <pre>{@code
 * reactor.listen(endpoint, Tls.server(context).over(protocols));
 * reactor.connect(peer, Tls.client(context, "example.org").over(protocol));
 * Tls.server(context).start(transport, protocol);              // STARTTLS
 * }</pre>
 *
 * <p><b>Opening.</b> The protocol above is told {@link Protocol#opened} when the handshake is
 * complete: from then on it knows whom it talks to, {@code transport.unwrap(TlsDetails.class)} says
 * what was agreed on (ALPN, SNI, the peer's certificates). If the handshake fails, or takes longer
 * than {@link #HANDSHAKE}, it never hears of the connection; {@link Reactor#connect} fails with the
 * {@link javax.net.ssl.SSLException}, and what is below is told the same by {@link
 * Protocol#closed}. The peer is sent the alert.
 *
 * <p><b>In mid-stream</b> ({@link Layer#start}) what the peer has sent and nobody has read is taken
 * for its handshake, so that nothing that was said in plain is ever taken for something said in
 * TLS.
 *
 * <p><b>Ends.</b> {@link Protocol#ended} is the peer's close_notify. A connection that ends without
 * one was cut: {@link sockeye.wire.TlsTruncatedException}, unless {@link
 * sockeye.wire.TlsSettings#truncation} says that this is all right. {@link
 * Transport#shutdownOutput} says close_notify and leaves the direction below open; the peer's data
 * still comes in TLS 1.3, in 1.2 the peer answers with its own end and may drop what it had yet to
 * send. {@link Transport#close} says close_notify, and closes what is below. What was written
 * before goes before.
 *
 * <p><b>The loop</b> runs no signature: what the engine wants to have done during a handshake runs
 * on a virtual thread. (A simulator runs it at once, so that its order stays what it was.)
 *
 * <p><b>Memory.</b> A connection at rest holds no buffer. One whose protocol does not read holds at
 * most what one record has, and what is read ahead below.
 *
 * <p>Immutable.
 */
public final class Tls implements Layer {
    /** How long a handshake may take if nothing is said. */
    public static final Duration HANDSHAKE = Duration.ofSeconds(10);

    private final Function<Transport, TlsMachine> machines;
    private final Duration limit;

    private Tls(Function<Transport, TlsMachine> machines, Duration limit) {
        this.machines = machines;
        this.limit = limit;
    }

    /**
     * A server's side.
     *
     * @throws IllegalStateException if the context cannot be a server's: without a certificate of
     *     its own, or asking clients for theirs without saying whom to trust
     */
    public static Tls server(TlsContext context) {
        Objects.requireNonNull(context.server()); // what it refuses, it refuses before the start
        return of(below -> context.server());
    }

    /**
     * A client's side.
     *
     * @param host whom the certificate must be for, a name or an address; a name is told to the
     *     server (SNI)
     * @throws IllegalArgumentException if the host is no name that SNI can carry
     */
    public static Tls client(TlsContext context, String host) {
        Objects.requireNonNull(context.client(host, -1));
        return of(below -> context.client(host, port(below)));
    }

    private static int port(Transport below) {
        return below.peer() instanceof InetEndpoint inet ? inet.port() : -1;
    }

    /**
     * A side with engines that are made elsewhere.
     *
     * @param machines makes a fresh one for each connection, on the reactor's thread; what it
     *     throws ends the connection
     */
    public static Tls of(Function<Transport, TlsMachine> machines) {
        return new Tls(machines, HANDSHAKE);
    }

    /** The same with another time for the handshake; zero for as long as it takes. */
    public Tls withHandshake(Duration limit) {
        if (limit.isNegative()) {
            throw new IllegalArgumentException("negative");
        }
        return new Tls(machines, limit);
    }

    @Override
    public Protocol over(Protocol above) {
        return new TlsTransport(machines, limit, above);
    }

    @Override
    public String toString() {
        return "Tls";
    }
}
