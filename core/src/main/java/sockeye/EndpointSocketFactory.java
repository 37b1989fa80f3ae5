// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.util.List;

import javax.net.SocketFactory;

/**
 * Makes {@link EndpointSocket}s, for libraries that take a {@link SocketFactory}. With an endpoint
 * of its own, whatever host and port a library asks for, its sockets connect there: so a driver
 * that knows TCP alone uses a Unix socket by configuration. The PostgreSQL driver's:
 *
 * <pre>{@code
 * jdbc:postgresql://localhost/mydb?socketFactory=sockeye.EndpointSocketFactory
 *     &socketFactoryArg=unix:/run/postgresql/.s.PGSQL.5432
 * }</pre>
 *
 * <p>Immutable, and safe for use by any thread.
 */
public final class EndpointSocketFactory extends SocketFactory {
    private final @Nullable EndpointSpec target;

    /** A factory of sockets that connect to where they are told. */
    public EndpointSocketFactory() {
        this((EndpointSpec) null);
    }

    /**
     * A factory of sockets that connect to what a text names: {@code unix:/run/x.sock}, {@code
     * vsock:2:1024}, {@code tcp:db.example:5432?keepalive=true}.
     *
     * @throws EndpointSyntaxException if the text is not that of a stream, or has a wrapper
     */
    public EndpointSocketFactory(String endpoint) {
        this(EndpointSpec.parse(endpoint));
    }

    /**
     * The same for a text that is parsed already.
     *
     * @throws EndpointSyntaxException if it is not that of a stream, or has a wrapper
     */
    public EndpointSocketFactory(@Nullable EndpointSpec endpoint) {
        if (endpoint != null) {
            endpoint.requireWrappersAmong(List.of());
            endpoint.requireSchemeAmong(Listening.those(EndpointScheme::isStream));
        }
        this.target = endpoint;
    }

    /** A socket that is not connected yet. */
    @Override
    public Socket createSocket() throws IOException {
        return new EndpointSocket(target);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return connected(InetSocketAddress.createUnresolved(host, port), null);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
            throws IOException {
        return connected(
                InetSocketAddress.createUnresolved(host, port),
                new InetSocketAddress(localHost, localPort));
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(new InetSocketAddress(host, port), null);
    }

    @Override
    public Socket createSocket(
            InetAddress address, int port, InetAddress localAddress, int localPort)
            throws IOException {
        return connected(
                new InetSocketAddress(address, port),
                new InetSocketAddress(localAddress, localPort));
    }

    private Socket connected(SocketAddress remote, @Nullable SocketAddress local)
            throws IOException {
        var socket = new EndpointSocket(target);
        try {
            if (local != null) {
                socket.bind(local);
            }
            socket.connect(remote);
            return socket;
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    @Override
    public String toString() {
        return "EndpointSocketFactory[" + (target == null ? "any" : target) + "]";
    }
}
