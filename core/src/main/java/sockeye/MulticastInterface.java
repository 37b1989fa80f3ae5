// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteBuffer;

/**
 * The interface that multicast datagrams leave by: the value of {@link IpOption#MULTICAST_IF}.
 *
 * @param index the interface by its index; 0 for none, or for one known by its address. Reading
 *     always gives 0: the kernel tells only the address.
 * @param address the interface by one of its addresses; {@link IpAddress#ANY_IPV4} for none. Given
 *     both, the index counts, and the address becomes the one that datagrams are sent from.
 */
public record MulticastInterface(int index, IpAddress address) {
    /** No interface: the kernel chooses by its routes, the default. */
    public static final MulticastInterface NONE = new MulticastInterface(0, IpAddress.ANY_IPV4);

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the index is negative or the address is not IPv4
     */
    public MulticastInterface {
        OptionCodec.inRange(index, 0, Integer.MAX_VALUE, "");
        InetBytes.ofFamily(AddressFamily.AF_INET, address);
    }

    /** The interface with this index. */
    public static MulticastInterface of(int index) {
        return new MulticastInterface(index, IpAddress.ANY_IPV4);
    }

    /** The interface that has this IPv4 address. */
    public static MulticastInterface of(IpAddress address) {
        return new MulticastInterface(0, address);
    }

    /** Set as a {@code struct ip_mreqn}, read as the address alone. */
    static final OptionCodec<MulticastInterface> CODEC =
            OptionCodec.struct(
                    MulticastInterface.class,
                    Membership.Ipv4.SIZEOF,
                    "",
                    MulticastInterface::write,
                    in -> of(InetBytes.getIpv4(in, 0)));

    private static void write(ByteBuffer out, MulticastInterface value) {
        InetBytes.putIpv4(out, Membership.Ipv4.imr_address, value.address);
        out.putInt(Membership.Ipv4.imr_ifindex, value.index);
    }
}
