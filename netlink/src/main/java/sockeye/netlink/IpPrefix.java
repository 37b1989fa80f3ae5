// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.AddressFamily;
import sockeye.IpAddress;

/**
 * An IP address and how many of its first bits are the network's: {@code 192.0.2.0/24}. The other
 * bits need not be zero: {@code 192.0.2.7/24} is an address with the length of its network.
 *
 * @param address IPv4 or IPv6
 * @param length 0 to 32, or to 128
 */
public record IpPrefix(IpAddress address, int length) {
    /** All of IPv4: {@code 0.0.0.0/0}. */
    public static final IpPrefix ALL_IPV4 = new IpPrefix(IpAddress.ANY_IPV4, 0);

    /** All of IPv6: {@code ::/0}. */
    public static final IpPrefix ALL_IPV6 = new IpPrefix(IpAddress.ANY_IPV6, 0);

    /**
     * Checks the length.
     *
     * @throws IllegalArgumentException if it is negative or more than the address has bits
     */
    public IpPrefix {
        if (length < 0 || length > address.bits()) {
            throw new IllegalArgumentException(
                    "the length of a prefix is 0 to " + address.bits() + ", not " + length);
        }
    }

    /** One address: the length is all of its bits. */
    public static IpPrefix of(IpAddress address) {
        return new IpPrefix(address, address.bits());
    }

    /**
     * Reads {@code 192.0.2.0/24}, or {@code 2001:db8::1} for that address alone.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static IpPrefix parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            return of(IpAddress.parse(text));
        }
        String length = text.substring(slash + 1);
        if (!length.matches("[0-9]{1,3}")) {
            throw new IllegalArgumentException("no length of a prefix: '" + length + "'");
        }
        return new IpPrefix(IpAddress.parse(text.substring(0, slash)), Integer.parseInt(length));
    }

    /** All addresses of a family, AF_INET or AF_INET6. */
    static IpPrefix all(int family) {
        return family == AddressFamily.AF_INET ? ALL_IPV4 : ALL_IPV6;
    }

    /** Whether the length is that of a whole address. */
    public boolean isOneAddress() {
        return length == address.bits();
    }

    /** The same with the bits beyond the length zero. */
    public IpPrefix network() {
        return new IpPrefix(address.prefix(length), length);
    }

    /** Whether an address is in it; one of the other family never is. */
    public boolean contains(IpAddress other) {
        return other.isIn(address, length);
    }

    /** {@code 192.0.2.0/24}, always with the length. */
    @Override
    public String toString() {
        return address + "/" + length;
    }
}
