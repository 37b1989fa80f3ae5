// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import sockeye.EndpointSpec;
import sockeye.EndpointTarget;
import sockeye.InetEndpoint;
import sockeye.IpAddress;

/**
 * A place as SOCKS writes it: a host by its name, which the server resolves, or an IP address, and
 * a port.
 */
public sealed interface SocksAddress {
    /** 0 to 65535. */
    int port();

    /**
     * A host by its name.
     *
     * @param host 1 to 253 letters, digits, {@code -}, {@code _}, {@code .} of ASCII; a name in
     *     other letters is written as DNS has it, {@code xn--…}
     * @param port 0 to 65535
     */
    record Name(String host, int port) implements SocksAddress {
        /**
         * Checks the parts.
         *
         * @throws IllegalArgumentException if the name is none, or looks like an address; or the
         *     port is out of range
         */
        public Name {
            var checked = new EndpointTarget.Host(host, port);
            if (!checked.name().chars().allMatch(c -> c < 0x80)) {
                throw new IllegalArgumentException("a host name that is not ASCII: " + host);
            }
        }

        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /**
     * An IP address.
     *
     * @param address IPv4 or IPv6; of a mapped one the IPv4 address
     * @param port 0 to 65535
     */
    record Numeric(IpAddress address, int port) implements SocksAddress {
        /**
         * Checks the port.
         *
         * @throws IllegalArgumentException if it is out of range
         */
        public Numeric {
            address = InetEndpoint.of(address.unmapped(), port).address();
        }

        /** The same as an endpoint. */
        public InetEndpoint endpoint() {
            return InetEndpoint.of(address, port);
        }

        @Override
        public String toString() {
            return endpoint().toString();
        }
    }

    /**
     * A host, by its name or its address as text.
     *
     * @throws IllegalArgumentException if it is neither, or the port is out of range
     */
    static SocksAddress of(String host, int port) {
        IpAddress address = IpAddress.parseOrNull(host);
        return address == null ? new Name(host, port) : new Numeric(address, port);
    }

    /** An address; SOCKS cannot say the scope of a link-local one, nor a flow. */
    static SocksAddress of(InetEndpoint endpoint) {
        return new Numeric(endpoint.address(), endpoint.port());
    }

    /**
     * Reads {@code example.org:80}, {@code 192.0.2.1:80}, {@code [2001:db8::1]:80}.
     *
     * @throws IllegalArgumentException if the text is nothing like it; the message shows where
     */
    static SocksAddress parse(String text) {
        return switch (EndpointSpec.parse("tcp:" + text).target()) {
            case EndpointTarget.Host(String name, int port) -> new Name(name, port);
            case EndpointTarget.Address(IpAddress address, String scope, int port)
                    when scope.isEmpty() ->
                    new Numeric(address, port);
            default -> throw new IllegalArgumentException("not HOST:PORT: " + text);
        };
    }
}
