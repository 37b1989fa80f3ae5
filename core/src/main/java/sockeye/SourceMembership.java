// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * One sender to a multicast group on one network interface (source-specific multicast, RFC 4607).
 * {@link #join()} and {@link #leave()} for the senders one wants to hear; {@link #block()} and
 * {@link #unblock()} for exceptions from a {@link Membership}, which hears all. Once one of the two
 * ways was gone, the other is EINVAL for that group on that interface.
 *
 * <p>EADDRNOTAVAIL if the sender is joined or blocked already, or to be left and not joined, or to
 * be unblocked and not blocked; ENOBUFS beyond {@code net.ipv4.igmp_max_msf} or {@code
 * net.ipv6.mld_max_msf} senders.
 *
 * @param group the group, a multicast address
 * @param source the sender, of the same family
 * @param interfaceIndex the interface by its index; 0 to let the kernel choose by its routes
 * @param interfaceAddress the interface by one of its addresses instead, IPv4 only; else null
 */
public record SourceMembership(
        IpAddress group,
        IpAddress source,
        int interfaceIndex,
        @Nullable IpAddress interfaceAddress) {

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the group is no multicast address, the source has another
     *     family, the index is negative, both an index and an address are given, or an interface
     *     address is given that is not IPv4 or for a group that is not
     */
    public SourceMembership {
        Membership.checkGroup(group);
        Membership.checkInterface(group, interfaceIndex, interfaceAddress);
        if (source.family() != group.family()) {
            throw new IllegalArgumentException(
                    "the source " + source + " has another family than the group " + group);
        }
        if (interfaceIndex != 0 && interfaceAddress != null) {
            throw new IllegalArgumentException("the interface by its index or its address");
        }
    }

    /** The sender on the interface with this index; 0 to let the kernel choose by its routes. */
    public static SourceMembership of(IpAddress group, IpAddress source, int interfaceIndex) {
        return new SourceMembership(group, source, interfaceIndex, null);
    }

    /** The sender on the interface that has this address. IPv4 only. */
    public static SourceMembership of(
            IpAddress group, IpAddress source, IpAddress interfaceAddress) {
        return new SourceMembership(group, source, 0, Objects.requireNonNull(interfaceAddress));
    }

    /** The setting that joins the group for this sender. */
    public OptionSetting<SourceMembership> join() {
        return choose(
                IpOption.ADD_SOURCE_MEMBERSHIP,
                IpOption.MCAST_JOIN_SOURCE_GROUP,
                Ipv6Option.MCAST_JOIN_SOURCE_GROUP);
    }

    /** The setting that leaves the group for this sender; the last one leaves it altogether. */
    public OptionSetting<SourceMembership> leave() {
        return choose(
                IpOption.DROP_SOURCE_MEMBERSHIP,
                IpOption.MCAST_LEAVE_SOURCE_GROUP,
                Ipv6Option.MCAST_LEAVE_SOURCE_GROUP);
    }

    /** The setting that no longer hears this sender in a group that was joined for all. */
    public OptionSetting<SourceMembership> block() {
        return choose(
                IpOption.BLOCK_SOURCE, IpOption.MCAST_BLOCK_SOURCE, Ipv6Option.MCAST_BLOCK_SOURCE);
    }

    /** The setting that takes {@link #block()} back. */
    public OptionSetting<SourceMembership> unblock() {
        return choose(
                IpOption.UNBLOCK_SOURCE,
                IpOption.MCAST_UNBLOCK_SOURCE,
                Ipv6Option.MCAST_UNBLOCK_SOURCE);
    }

    private OptionSetting<SourceMembership> choose(
            Option<SourceMembership> byAddress,
            Option<SourceMembership> ipv4,
            Option<SourceMembership> ipv6) {
        if (group.isIpv6()) {
            return ipv6.to(this);
        }
        return (interfaceAddress == null ? ipv4 : byAddress).to(this);
    }

    @CStruct("struct ip_mreq_source")
    static final class Ipv4 {
        static final int SIZEOF = 12;
        static final int imr_multiaddr = 0;
        static final int imr_interface = 4;
        static final int imr_sourceaddr = 8;

        private Ipv4() {}
    }

    @CStruct("struct group_source_req")
    static final class Group {
        static final int SIZEOF = 264;
        static final int gsr_interface = 0;
        static final int gsr_group = 8;
        static final int gsr_source = 136;

        private Group() {}
    }

    static final OptionCodec<SourceMembership> MREQ_SOURCE =
            OptionCodec.struct(
                    SourceMembership.class,
                    Ipv4.SIZEOF,
                    "",
                    SourceMembership::mreqSource,
                    SourceMembership::none);

    static final OptionCodec<SourceMembership> IPV4_GROUP_REQ = groupRequest(AF_INET);
    static final OptionCodec<SourceMembership> IPV6_GROUP_REQ = groupRequest(AF_INET6);

    private static OptionCodec<SourceMembership> groupRequest(int family) {
        return OptionCodec.struct(
                SourceMembership.class,
                Group.SIZEOF,
                "",
                (out, value) -> {
                    out.putInt(
                            Group.gsr_interface,
                            Membership.indexOnly(value.interfaceIndex, value.interfaceAddress));
                    InetBytes.putStorage(
                            out, Group.gsr_group, InetBytes.ofFamily(family, value.group));
                    InetBytes.putStorage(out, Group.gsr_source, value.source);
                },
                SourceMembership::none);
    }

    private static void mreqSource(ByteBuffer out, SourceMembership value) {
        if (value.interfaceIndex != 0) {
            throw new IllegalArgumentException(
                    "the interface by its address, not by its index " + value.interfaceIndex);
        }
        InetBytes.putIpv4(out, Ipv4.imr_multiaddr, value.group);
        InetBytes.putIpv4(out, Ipv4.imr_interface, value.interfaceAddress);
        InetBytes.putIpv4(out, Ipv4.imr_sourceaddr, value.source);
    }

    /** Memberships can only be set. */
    private static SourceMembership none(ByteBuffer in) {
        throw new UnsupportedOperationException();
    }
}
