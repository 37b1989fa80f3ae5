// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Addresses inside the structures of the options: bare, or as a {@code sockaddr_storage}. */
final class InetBytes {
    /** The size of {@code struct __kernel_sockaddr_storage}. */
    static final int SOCKADDR_STORAGE = 128;

    private InetBytes() {}

    /** Puts a bare IPv4 address; null is any. */
    static void putIpv4(ByteBuffer out, int at, @Nullable IpAddress address) {
        if (address != null) {
            out.put(at, ipv4(address).toBytes());
        }
    }

    static void putIpv6(ByteBuffer out, int at, IpAddress address) {
        out.put(at, ipv6(address).toBytes());
    }

    static IpAddress getIpv4(ByteBuffer in, int at) {
        byte[] bytes = new byte[4];
        in.get(at, bytes);
        return IpAddress.of(bytes);
    }

    static IpAddress getIpv6(ByteBuffer in, int at) {
        byte[] bytes = new byte[16];
        in.get(at, bytes);
        return IpAddress.of(bytes);
    }

    static void putStorage(ByteBuffer out, int at, IpAddress address) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        int length = InetEndpoint.of(address, 0).encode(address.family(), sockaddr);
        out.put(at, sockaddr, 0, length);
    }

    static IpAddress getStorage(ByteBuffer in, int at) {
        byte[] sockaddr = new byte[SOCKADDR_STORAGE];
        in.get(at, sockaddr);
        Endpoint endpoint = Endpoint.decode(sockaddr, sockaddr.length);
        if (endpoint instanceof InetEndpoint inet) {
            return inet.address();
        }
        throw new IllegalArgumentException("no IP address in " + endpoint);
    }

    /** The address, which must have the family of the level that the option belongs to. */
    static IpAddress ofFamily(int family, IpAddress address) {
        return family == AddressFamily.AF_INET ? ipv4(address) : ipv6(address);
    }

    private static IpAddress ipv4(IpAddress address) {
        if (!address.isIpv4()) {
            throw new IllegalArgumentException("an IPv4 address, not " + address);
        }
        return address;
    }

    private static IpAddress ipv6(IpAddress address) {
        if (!address.isIpv6()) {
            throw new IllegalArgumentException("an IPv6 address, not " + address);
        }
        return address;
    }

    static byte[] firstBytes(byte[] bytes, int length) {
        return Arrays.copyOf(bytes, Math.min(length, bytes.length));
    }
}
