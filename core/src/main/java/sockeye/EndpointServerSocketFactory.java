// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

import javax.net.ServerSocketFactory;

/**
 * Makes {@link EndpointServerSocket}s, for libraries that take a {@link ServerSocketFactory}. With
 * an endpoint of its own its sockets listen there, whatever port a library asks for.
 *
 * <p>Immutable, and safe for use by any thread.
 */
public final class EndpointServerSocketFactory extends ServerSocketFactory {
    private final @Nullable EndpointSpec target;

    /** A factory of sockets that listen where they are told. */
    public EndpointServerSocketFactory() {
        this((EndpointSpec) null);
    }

    /**
     * A factory of sockets that listen at what a text names: {@code unix:/run/x.sock?mode=0660}.
     *
     * @throws EndpointSyntaxException if the text is not that of a stream, or has a wrapper
     */
    public EndpointServerSocketFactory(String endpoint) {
        this(EndpointSpec.parse(endpoint));
    }

    /**
     * The same for a text that is parsed already.
     *
     * @throws EndpointSyntaxException if it is not that of a stream, or has a wrapper
     */
    public EndpointServerSocketFactory(@Nullable EndpointSpec endpoint) {
        if (endpoint != null) {
            endpoint.requireWrappersAmong(List.of());
            endpoint.requireSchemeAmong(Listening.those(EndpointScheme::isStream));
        }
        this.target = endpoint;
    }

    /** A socket that is not bound yet. */
    @Override
    public ServerSocket createServerSocket() {
        return new EndpointServerSocket(target);
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return bound(new InetSocketAddress(port), 0);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return bound(new InetSocketAddress(port), backlog);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress ifAddress)
            throws IOException {
        return bound(new InetSocketAddress(ifAddress, port), backlog);
    }

    private ServerSocket bound(InetSocketAddress address, int backlog) throws IOException {
        ServerSocket server = new EndpointServerSocket(target);
        try {
            server.bind(address, backlog);
            return server;
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(server, failed);
            throw failed;
        }
    }

    @Override
    public String toString() {
        return "EndpointServerSocketFactory[" + (target == null ? "any" : target) + "]";
    }
}
