// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.TipcEndpoint;
import sockeye.VsockEndpoint;

/**
 * Whom connections are counted for: an address or a network of IPv4 or IPv6 ({@link PeerGrouping}),
 * a user of this machine, a virtual machine, a node of a cluster. Small, and equal where the peer
 * is the same one.
 *
 * @param family the AF_ number that says what the rest means
 * @param high the first half of an IPv6 address, else 0
 * @param low the second half, an IPv4 address, a uid, a vsock CID, a TIPC node
 */
public record PeerKey(int family, long high, long low) {
    /**
     * Whom a connection from this address counts for; null if it counts for nobody: of AF_UNIX,
     * where addresses say nothing and {@link #ofUid} serves, and of families without hosts.
     *
     * @param peer null if it is not known
     */
    public static @Nullable PeerKey of(@Nullable Endpoint peer, PeerGrouping grouping) {
        return switch (peer) {
            case InetEndpoint inet -> of(inet.address(), grouping);
            case VsockEndpoint vsock -> new PeerKey(vsock.family(), 0, vsock.cid());
            case TipcEndpoint.SocketId tipc -> new PeerKey(tipc.family(), 0, tipc.node());
            case null, default -> null;
        };
    }

    private static PeerKey of(IpAddress address, PeerGrouping grouping) {
        IpAddress plain = address.unmapped();
        IpAddress first = plain.prefix(plain.isIpv4() ? grouping.ipv4Bits() : grouping.ipv6Bits());
        return new PeerKey(first.family(), first.high(), first.low());
    }

    /** A user of this machine, C's unsigned {@code uid_t} in an int. */
    public static PeerKey ofUid(int uid) {
        return new PeerKey(AddressFamily.AF_UNIX, 0, Integer.toUnsignedLong(uid));
    }
}
