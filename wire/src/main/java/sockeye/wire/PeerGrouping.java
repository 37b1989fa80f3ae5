// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * Who counts as one peer when connections are counted: an IPv4 address, also where it comes in its
 * IPv6 form; an IPv6 network; a user of this machine.
 *
 * <p>An IPv6 host has at least a /64 to choose its addresses from (RFC 6177), so that limits on
 * single addresses would limit nobody.
 *
 * @param ipv4Bits how many leading bits of IPv4 addresses tell peers apart, 0 to 32
 * @param ipv6Bits how many leading bits of IPv6 addresses tell peers apart, 0 to 128
 */
public record PeerGrouping(int ipv4Bits, int ipv6Bits) {
    /** IPv4 addresses, IPv6 /64. */
    public static final PeerGrouping DEFAULT = new PeerGrouping(32, 64);

    public PeerGrouping {
        if (ipv4Bits < 0 || ipv4Bits > 32 || ipv6Bits < 0 || ipv6Bits > 128) {
            throw new IllegalArgumentException(
                    "prefixes of 0 to 32 and 0 to 128 bits: " + ipv4Bits + ", " + ipv6Bits);
        }
    }
}
