// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;

/**
 * An IPv4 or IPv6 address with a port: {@code struct sockaddr_in} and {@code struct sockaddr_in6};
 * ip(7), ipv6(7).
 *
 * <p>{@link #any} and {@code [::]} mean every address of this host, of both families, to a
 * listener. An IPv4 endpoint may be used with an AF_INET6 socket, which sees it in its mapped form;
 * the reverse holds for a mapped endpoint and for {@code ::}, which on an AF_INET socket are IPv4
 * addresses.
 *
 * @param address the address
 * @param port the port, 0 to 65535; 0 lets the kernel choose when binding; a raw socket's protocol
 *     number
 * @param flowInfo the {@code sin6_flowinfo} of an IPv6 endpoint, traffic class and flow label as
 *     they stand in the header, RFC 8200 section 3; 0 for IPv4
 * @param scopeId the {@code sin6_scope_id} of an IPv6 endpoint: the index of the interface that a
 *     link-local address belongs to, 0 if unknown; 0 for IPv4
 */
public record InetEndpoint(IpAddress address, int port, int flowInfo, int scopeId)
        implements Endpoint {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the port is not 0 to 65535, or an IPv4 endpoint has a
     *     flow or a scope
     */
    public InetEndpoint {
        if (port < 0 || port > 0xFFFF) {
            throw new IllegalArgumentException("a port is 0 to 65535, not " + port);
        }
        if (address.isIpv4() && (flowInfo | scopeId) != 0) {
            throw new IllegalArgumentException("an IPv4 endpoint has no flow and no scope");
        }
    }

    /**
     * An address and a port.
     *
     * @throws IllegalArgumentException if the port is not 0 to 65535
     */
    public static InetEndpoint of(IpAddress address, int port) {
        return new InetEndpoint(address, port, 0, 0);
    }

    /**
     * A literal address and a port. The address is dotted decimal or IPv6, in brackets or not, with
     * {@code %eth0} or {@code %2} behind it for the scope. Host names are not looked up here.
     *
     * @throws IllegalArgumentException if the text is no address, its interface does not exist, or
     *     the port is not 0 to 65535
     */
    public static InetEndpoint of(String address, int port) {
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        int percent = bare.indexOf('%');
        IpAddress ip = IpAddress.parseOrNull(percent < 0 ? bare : bare.substring(0, percent));
        if (ip == null || ((bracketed || percent >= 0) && ip.isIpv4())) {
            throw new IllegalArgumentException("not an IP address: " + Percent.quote(address));
        }
        int scope = 0;
        if (percent >= 0) {
            try {
                scope = scopeId(bare.substring(percent + 1));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e.getMessage(), e);
            }
        }
        return new InetEndpoint(ip, port, 0, scope);
    }

    /**
     * The endpoint of a JDK address.
     *
     * @throws IllegalArgumentException if it is unresolved
     */
    public static InetEndpoint of(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        if (ip == null) {
            throw new IllegalArgumentException(
                    "unresolved: " + Percent.quote(address.getHostString()));
        }
        int scope = ip instanceof Inet6Address ipv6 ? ipv6.getScopeId() : 0;
        return new InetEndpoint(IpAddress.of(ip), address.getPort(), 0, scope);
    }

    /**
     * Every address of this host, IPv6 and IPv4, when listening: {@code [::]}. On an AF_INET socket
     * it is {@code 0.0.0.0}.
     *
     * @param port 0 to 65535; 0 lets the kernel choose
     */
    public static InetEndpoint any(int port) {
        return of(IpAddress.ANY_IPV6, port);
    }

    /** This host to itself, {@code 127.0.0.1}. For IPv6 use {@link IpAddress#LOOPBACK_IPV6}. */
    public static InetEndpoint loopback(int port) {
        return of(IpAddress.LOOPBACK_IPV4, port);
    }

    /**
     * Reads {@code 127.0.0.1:80}, {@code [::1]:80} or {@code [fe80::1%eth0]:80}; the inverse of
     * {@link #toString}.
     *
     * @throws IllegalArgumentException if the text is no literal endpoint, or its interface does
     *     not exist
     */
    public static InetEndpoint parse(String text) {
        int colon = text.lastIndexOf(':');
        int port = colon < 0 ? -1 : Percent.decimal(text.substring(colon + 1), 0xFFFF);
        boolean bracketed = text.startsWith("[");
        if (port < 0
                || bracketed != (text.charAt(Math.max(0, colon - 1)) == ']')
                || (!bracketed && text.indexOf(':') != colon)) {
            throw new IllegalArgumentException(
                    "not ADDRESS:PORT or [ADDRESS]:PORT: " + Percent.quote(text));
        }
        return of(text.substring(0, colon), port);
    }

    /** The index of the interface that a scope names by number or by name. */
    static int scopeId(String scope) throws UnknownHostException {
        long number = Percent.unsigned(scope, 0xFFFF_FFFFL);
        if (number >= 0) {
            return (int) number;
        }
        try {
            NetworkInterface found = scope.isEmpty() ? null : NetworkInterface.getByName(scope);
            if (found != null) {
                return found.getIndex();
            }
        } catch (SocketException e) {
            var failure = new UnknownHostException("cannot list the network interfaces");
            failure.initCause(e);
            throw failure;
        }
        throw new UnknownHostException("no network interface " + Percent.quote(scope));
    }

    @Override
    public int family() {
        return address.family();
    }

    /** The same endpoint with another port. */
    public InetEndpoint withPort(int newPort) {
        return new InetEndpoint(address, newPort, flowInfo, scopeId);
    }

    /** The IPv4 endpoint that one with a mapped address stands for; any other is itself. */
    public InetEndpoint unmapped() {
        return address.isMapped() ? of(address.unmapped(), port) : this;
    }

    /** The same endpoint as the JDK has it, which knows no flow and no mapped addresses. */
    public InetSocketAddress toInetSocketAddress() {
        if (scopeId == 0 || address.isMapped()) {
            return new InetSocketAddress(address.toInetAddress(), port);
        }
        try {
            return new InetSocketAddress(
                    Inet6Address.getByAddress(null, address.toBytes(), scopeId), port);
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are always an address", e);
        }
    }

    @Override
    public SocketAddress toSocketAddress() {
        return toInetSocketAddress();
    }

    @Override
    public boolean isWildcard() {
        return address.isUnspecified();
    }

    @Override
    public EndpointTarget target() {
        String scope = scopeId == 0 ? "" : Integer.toUnsignedString(scopeId);
        return new EndpointTarget.Address(address, scope, port);
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        boolean asIpv6;
        if (socketFamily == AF_INET6) {
            asIpv6 = true;
        } else if (socketFamily == AF_INET) {
            asIpv6 = address.isIpv6() && !address.isMapped() && !address.isUnspecified();
        } else {
            asIpv6 = address.isIpv6();
        }
        if (asIpv6) {
            IpAddress ipv6 = address.mapped();
            Sockaddr.putFamily(sockaddr, AF_INET6);
            Sockaddr.putNetworkShort(sockaddr, Ipv6.sin6_port, port);
            Sockaddr.putNetworkInt(sockaddr, Ipv6.sin6_flowinfo, flowInfo);
            Sockaddr.putNetworkLong(sockaddr, Ipv6.sin6_addr, ipv6.high());
            Sockaddr.putNetworkLong(sockaddr, Ipv6.sin6_addr + Long.BYTES, ipv6.low());
            Sockaddr.putHostInt(sockaddr, Ipv6.sin6_scope_id, scopeId);
            return Ipv6.SIZEOF;
        }
        Sockaddr.putFamily(sockaddr, AF_INET);
        Sockaddr.putNetworkShort(sockaddr, Ipv4.sin_port, port);
        Sockaddr.putNetworkInt(sockaddr, Ipv4.sin_addr, (int) address.low());
        Sockaddr.putNetworkLong(sockaddr, Ipv4.sin_addr + Integer.BYTES, 0); // sin_zero
        return Ipv4.SIZEOF;
    }

    /** The endpoint that a struct sockaddr holds; null if it is of no Internet family, or short. */
    static @Nullable InetEndpoint decodeOrNull(byte[] sockaddr, int length) {
        return Endpoint.decode(sockaddr, length) instanceof InetEndpoint inet ? inet : null;
    }

    /** Decodes what {@link Endpoint#decode} found to be of an Internet family. */
    static Endpoint decode(int family, byte[] sockaddr, int length) {
        if (length < (family == AF_INET ? Ipv4.SIZEOF : Ipv6.SIZEOF)) {
            return RawEndpoint.decode(family, sockaddr, length);
        }
        if (family == AF_INET) {
            return of(
                    IpAddress.ipv4(Sockaddr.networkInt(sockaddr, Ipv4.sin_addr)),
                    Sockaddr.networkShort(sockaddr, Ipv4.sin_port));
        }
        IpAddress address =
                IpAddress.ipv6(
                        Sockaddr.networkLong(sockaddr, Ipv6.sin6_addr),
                        Sockaddr.networkLong(sockaddr, Ipv6.sin6_addr + Long.BYTES));
        int port = Sockaddr.networkShort(sockaddr, Ipv6.sin6_port);
        if (address.isMapped()) {
            return of(address.unmapped(), port);
        }
        return new InetEndpoint(
                address,
                port,
                Sockaddr.networkInt(sockaddr, Ipv6.sin6_flowinfo),
                Sockaddr.hostInt(sockaddr, Ipv6.sin6_scope_id));
    }

    /**
     * {@code 127.0.0.1:80}, {@code [::1]:80}, {@code [fe80::1%2]:80}. The flow is not shown, a
     * scope as its index.
     */
    @Override
    public String toString() {
        if (address.isIpv4()) {
            return address + ":" + port;
        }
        String scope = scopeId == 0 ? "" : "%" + Integer.toUnsignedString(scopeId);
        return "[" + address + scope + "]:" + port;
    }

    /** Offsets in bytes; the family comes first, in the byte order of the host. */
    @CStruct("struct sockaddr_in")
    static final class Ipv4 {
        static final int SIZEOF = 16;
        static final int sin_port = 2;
        static final int sin_addr = 4;

        private Ipv4() {}
    }

    /** Offsets in bytes; the scope, like the family, is in the byte order of the host. */
    @CStruct("struct sockaddr_in6")
    static final class Ipv6 {
        static final int SIZEOF = 28;
        static final int sin6_port = 2;
        static final int sin6_flowinfo = 4;
        static final int sin6_addr = 8;
        static final int sin6_scope_id = 24;

        private Ipv6() {}
    }
}
