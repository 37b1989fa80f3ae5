// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import sockeye.IpAddress;

/**
 * The IP addresses that begin with the same bits: {@code 192.0.2.0/24}, {@code 2001:db8::/32}. A
 * network of IPv4-mapped addresses is the IPv4 network that it stands for.
 *
 * @param address the first address: all bits behind the length are zero
 * @param length how many leading bits tell, 0 to 32 or 128
 */
public record IpNetwork(IpAddress address, int length) {
    private static final int MAPPED_BITS = 96;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the length is none of the address, or bits behind it are
     *     set
     */
    public IpNetwork {
        if (!address.prefix(length).equals(address)) {
            throw new IllegalArgumentException(
                    "%s/%d has bits behind its length; the network is %s/%d"
                            .formatted(address, length, address.prefix(length), length));
        }
        if (address.isMapped() && length >= MAPPED_BITS) {
            address = address.unmapped();
            length -= MAPPED_BITS;
        }
    }

    /**
     * Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32}, or an address, which is a network of one.
     *
     * @throws IllegalArgumentException if the text is neither, or bits behind the length are set
     */
    public static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parseOrNull(slash < 0 ? text : text.substring(0, slash));
        int length = address == null ? -1 : slash < 0 ? address.bits() : length(text, slash + 1);
        if (address == null || length < 0 || length > address.bits()) {
            throw new IllegalArgumentException(
                    "not an IP address or ADDRESS/LENGTH: \"" + text + "\"");
        }
        return new IpNetwork(address, length);
    }

    private static int length(String text, int from) {
        int digits = text.length() - from;
        if (digits < 1 || digits > 3) {
            return -1;
        }
        int sum = 0;
        for (int i = from; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            sum = 10 * sum + digit;
        }
        return sum;
    }

    /** Whether the address is one of these; a mapped one counts as IPv4. */
    public boolean contains(IpAddress one) {
        return one.unmapped().isIn(address, length);
    }

    /** {@code 192.0.2.0/24}; the inverse of {@link #parse}. */
    @Override
    public String toString() {
        return address + "/" + length;
    }
}
