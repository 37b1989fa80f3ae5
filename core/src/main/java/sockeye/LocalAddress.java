// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * An IPv6 address of this host on one of its interfaces: the value of {@link Ipv6Option#PKT_INFO},
 * {@link Ipv6Option#JOIN_ANYCAST} and {@link Ipv6Option#LEAVE_ANYCAST}.
 *
 * @param address the address; {@link IpAddress#ANY_IPV6} where none is meant
 * @param interfaceIndex the interface by its index; 0 where none is meant
 */
public record LocalAddress(IpAddress address, int interfaceIndex) {
    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the address is not IPv6 or the index is negative
     */
    public LocalAddress {
        InetBytes.ofFamily(AddressFamily.AF_INET6, address);
        OptionCodec.inRange(interfaceIndex, 0, Integer.MAX_VALUE, "");
    }

    @CStruct("struct in6_pktinfo")
    static final class Layout {
        static final int SIZEOF = 20;
        static final int ipi6_addr = 0;
        static final int ipi6_ifindex = 16;

        private Layout() {}
    }

    /** {@code struct ipv6_mreq} looks the same. */
    static final OptionCodec<LocalAddress> CODEC =
            OptionCodec.struct(
                    LocalAddress.class,
                    Layout.SIZEOF,
                    "",
                    LocalAddress::write,
                    in ->
                            new LocalAddress(
                                    InetBytes.getIpv6(in, Layout.ipi6_addr),
                                    in.getInt(Layout.ipi6_ifindex)));

    private static void write(ByteBuffer out, LocalAddress value) {
        InetBytes.putIpv6(out, Layout.ipi6_addr, value.address);
        out.putInt(Layout.ipi6_ifindex, value.interfaceIndex);
    }
}
