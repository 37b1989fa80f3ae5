// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/**
 * An IPv4 or IPv6 address as a value: no host name, no look-up, no scope.
 *
 * <p>What {@link InetAddress} is to the JDK, without its three surprises: parsing never asks a name
 * service, equality is that of the bits, and an IPv4-mapped address stays what it is until {@link
 * #unmapped()} is asked for. The scope of a link-local address belongs to {@link InetEndpoint}.
 *
 * <p>Sorted by family, then as an unsigned number.
 *
 * @param family {@link AddressFamily#AF_INET} or {@link AddressFamily#AF_INET6}
 * @param high the first eight bytes of an IPv6 address, big-endian; 0 for IPv4
 * @param low the last eight bytes of an IPv6 address; for IPv4 its four bytes, 0 to 0xFFFFFFFF
 */
public record IpAddress(int family, long high, long low)
        implements Comparable<IpAddress>, Serializable {
    /** {@code 0.0.0.0}: any IPv4 address of this host when binding. */
    public static final IpAddress ANY_IPV4 = ipv4(0);

    /** {@code 127.0.0.1}. */
    public static final IpAddress LOOPBACK_IPV4 = ipv4(0x7F00_0001);

    /**
     * {@code 255.255.255.255}: every host on the attached network; needs SO_BROADCAST to send to.
     */
    public static final IpAddress BROADCAST = ipv4(0xFFFF_FFFF);

    /**
     * {@code ::}: any address of this host when binding, IPv4 included unless IPV6_V6ONLY is set.
     */
    public static final IpAddress ANY_IPV6 = ipv6(0, 0);

    /** {@code ::1}. */
    public static final IpAddress LOOPBACK_IPV6 = ipv6(0, 1);

    /**
     * Checks that the parts make an address.
     *
     * @throws IllegalArgumentException if the family is another one, or an IPv4 address has more
     *     than 32 bits
     */
    public IpAddress {
        if (family == AddressFamily.AF_INET) {
            if (high != 0 || low >>> 32 != 0) {
                throw new IllegalArgumentException("an IPv4 address has 32 bits");
            }
        } else if (family != AddressFamily.AF_INET6) {
            throw new IllegalArgumentException(
                    "an IP address is AF_INET or AF_INET6, not " + AddressFamily.nameOf(family));
        }
    }

    /** The IPv4 address of 32 bits, {@code 0x7F000001} for {@code 127.0.0.1}. */
    public static IpAddress ipv4(int bits) {
        return new IpAddress(AddressFamily.AF_INET, 0, Integer.toUnsignedLong(bits));
    }

    /** The IPv6 address of 128 bits. */
    public static IpAddress ipv6(long high, long low) {
        return new IpAddress(AddressFamily.AF_INET6, high, low);
    }

    /**
     * The address of 4 or 16 bytes in network order.
     *
     * @throws IllegalArgumentException for any other number of bytes
     */
    public static IpAddress of(byte[] bytes) {
        var buffer = ByteBuffer.wrap(bytes);
        return switch (bytes.length) {
            case 4 -> ipv4(buffer.getInt());
            case 16 -> ipv6(buffer.getLong(), buffer.getLong());
            default ->
                    throw new IllegalArgumentException(
                            "an IP address has 4 or 16 bytes, not " + bytes.length);
        };
    }

    /** The same address; a name and a scope are left behind. */
    public static IpAddress of(InetAddress address) {
        return of(address.getAddress());
    }

    /**
     * Reads an address as inet_pton(3) does: four decimal numbers without leading zeros, or the
     * forms of RFC 4291 section 2.2. No brackets, no scope, no host name.
     *
     * @throws IllegalArgumentException if the text is no address
     */
    public static IpAddress parse(String text) {
        IpAddress address = IpAddressText.parse(text);
        if (address == null) {
            throw new IllegalArgumentException("not an IP address: " + Percent.quote(text));
        }
        return address;
    }

    /**
     * The address that a text is, as {@link #parse}; null if it is none, a host name for example.
     */
    public static @Nullable IpAddress parseOrNull(String text) {
        return IpAddressText.parse(text);
    }

    /**
     * Reads an IPv4 address as inet_aton(3) of BSD does: one to four numbers with dots between
     * them, each decimal, octal with a {@code 0} before it or hexadecimal with {@code 0x}; the last
     * fills the bytes that are left. {@code 127.1} and {@code 0x7f000001} are {@code 127.0.0.1},
     * and {@code 010.0.0.1} is {@code 8.0.0.1}: for texts of old, and for telling what others will
     * make of a text. Nothing may follow, where C lets anything follow after a blank.
     *
     * @throws IllegalArgumentException if the text is no such address
     */
    public static IpAddress parseAton(String text) {
        long bits = IpAddressText.parseAton(text);
        if (bits < 0) {
            throw new IllegalArgumentException("not an IPv4 address: " + Percent.quote(text));
        }
        return ipv4((int) bits);
    }

    /** Whether this is an IPv4 address; a mapped one is not. */
    public boolean isIpv4() {
        return family == AddressFamily.AF_INET;
    }

    /** Whether this is an IPv6 address, mapped ones included. */
    public boolean isIpv6() {
        return family == AddressFamily.AF_INET6;
    }

    /**
     * Whether this is an IPv4 address in IPv6 form, {@code ::ffff:0:0/96}; RFC 4291 section
     * 2.5.5.2.
     */
    public boolean isMapped() {
        return isIpv6() && high == 0 && low >>> 32 == 0xFFFF;
    }

    /** The IPv4 address that a mapped one stands for; any other address is itself. */
    public IpAddress unmapped() {
        return isMapped() ? ipv4((int) low) : this;
    }

    /** The IPv6 form of an IPv4 address, {@code ::ffff:a.b.c.d}; an IPv6 address is itself. */
    public IpAddress mapped() {
        return isIpv4() ? ipv6(0, 0xFFFF_0000_0000L | low) : this;
    }

    /** Whether this is {@code 0.0.0.0} or {@code ::}. */
    public boolean isUnspecified() {
        return high == 0 && low == 0;
    }

    /** Whether this is in {@code 127.0.0.0/8}, is {@code ::1}, or is mapped from such a one. */
    public boolean isLoopback() {
        IpAddress plain = unmapped();
        return plain.isIpv4() ? plain.low >>> 24 == 127 : plain.equals(LOOPBACK_IPV6);
    }

    /** Whether this is in {@code 224.0.0.0/4} or {@code ff00::/8}. */
    public boolean isMulticast() {
        IpAddress plain = unmapped();
        return plain.isIpv4() ? plain.low >>> 28 == 0xE : plain.high >>> 56 == 0xFF;
    }

    /** Whether this is in {@code 169.254.0.0/16} (RFC 3927) or {@code fe80::/10}. */
    public boolean isLinkLocal() {
        IpAddress plain = unmapped();
        return plain.isIpv4() ? plain.low >>> 16 == 0xA9FE : plain.high >>> 54 == 0xFE80 >>> 6;
    }

    /**
     * Whether this is for private networks: {@code 10/8}, {@code 172.16/12}, {@code 192.168/16}
     * (RFC 1918) or {@code fc00::/7} (RFC 4193).
     */
    public boolean isPrivate() {
        IpAddress plain = unmapped();
        if (plain.isIpv6()) {
            return plain.high >>> 57 == 0xFC >>> 1;
        }
        return plain.low >>> 24 == 10
                || plain.low >>> 20 == (172 << 4 | 1)
                || plain.low >>> 16 == (192 << 8 | 168);
    }

    /** The number of bits: 32 or 128. */
    public int bits() {
        return isIpv4() ? 32 : 128;
    }

    /**
     * The first address of the prefix of so many bits that this address is in: {@code 192.0.2.99}
     * and 24 give {@code 192.0.2.0}.
     *
     * @throws IllegalArgumentException if the length is negative or more than {@link #bits()}
     */
    public IpAddress prefix(int length) {
        if (length < 0 || length > bits()) {
            throw new IllegalArgumentException(
                    "the length of a prefix is 0 to " + bits() + ", not " + length);
        }
        if (isIpv4()) {
            return ipv4((int) low & (int) firstBits(length + 32));
        }
        return ipv6(high & firstBits(length), low & firstBits(length - 64));
    }

    /**
     * Whether this address is in the prefix of so many bits of another one. Addresses of different
     * families never match; {@linkplain #unmapped() unmap} first where a mapped one should count as
     * IPv4.
     *
     * @throws IllegalArgumentException if the length is negative or more than the network's bits
     */
    public boolean isIn(IpAddress network, int length) {
        IpAddress first = network.prefix(length);
        return family == network.family && prefix(length).equals(first);
    }

    /** A long whose first so many bits are set: all for 64 and more, none for 0 and less. */
    private static long firstBits(int count) {
        return count <= 0 ? 0 : -1L << Math.max(0, 64 - count);
    }

    /** The 4 or 16 bytes in network order. */
    public byte[] toBytes() {
        var buffer = ByteBuffer.allocate(bits() / 8);
        return isIpv4()
                ? buffer.putInt((int) low).array()
                : buffer.putLong(high).putLong(low).array();
    }

    /**
     * The same address as the JDK has it. The JDK knows no mapped addresses: it turns them into
     * their IPv4 address.
     */
    public InetAddress toInetAddress() {
        try {
            return InetAddress.getByAddress(toBytes());
        } catch (UnknownHostException e) {
            throw new AssertionError("4 and 16 bytes are always an address", e);
        }
    }

    @Override
    public int compareTo(IpAddress other) {
        int order = Integer.compare(family, other.family);
        if (order == 0) {
            order = Long.compareUnsigned(high, other.high);
        }
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    /** The canonical text: dotted decimal, or RFC 5952 (mapped addresses with a dotted tail). */
    @Override
    public String toString() {
        return IpAddressText.format(this);
    }
}
