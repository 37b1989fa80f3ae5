// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.Serial;
import java.net.SocketAddress;

/**
 * An {@link Endpoint} where the JDK wants a {@link SocketAddress}: what {@link EndpointSocket} and
 * {@link EndpointServerSocket} connect to, bind to, and report for addresses that the JDK has no
 * class for (abstract names, vsock, TIPC, …).
 */
public final class EndpointSocketAddress extends SocketAddress {
    @Serial private static final long serialVersionUID = 1;

    private final Endpoint endpoint;

    /** An address of this endpoint. */
    public EndpointSocketAddress(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** The endpoint. */
    public Endpoint endpoint() {
        return endpoint;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EndpointSocketAddress that && endpoint.equals(that.endpoint);
    }

    @Override
    public int hashCode() {
        return endpoint.hashCode();
    }

    /** The endpoint's text. */
    @Override
    public String toString() {
        return endpoint.toString();
    }
}
