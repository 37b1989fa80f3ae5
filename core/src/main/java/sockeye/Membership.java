// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A multicast group on one network interface, whoever sends to it. {@link #join()} and {@link
 * #leave()} are the settings that do it, for IPv4 and IPv6 alike; on a socket of AF_INET6 groups of
 * both families can be joined.
 *
 * <p>A membership belongs to the socket, and ends with it. The same group can be joined on several
 * interfaces; EADDRINUSE if it is joined there already, ENODEV or EADDRNOTAVAIL if the interface
 * does not exist or the group was not joined, ENOBUFS beyond {@code net.ipv4.igmp_max_memberships},
 * EPROTO on a stream.
 *
 * @param group the group, a multicast address
 * @param interfaceIndex the interface by its index; 0 to let the kernel choose by its routes
 * @param interfaceAddress the interface by one of its addresses instead, IPv4 only; else null
 */
public record Membership(
        IpAddress group, int interfaceIndex, @Nullable IpAddress interfaceAddress) {

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the group is no multicast address, the index is negative,
     *     or an interface address is given that is not IPv4 or for a group that is not
     */
    public Membership {
        checkGroup(group);
        checkInterface(group, interfaceIndex, interfaceAddress);
    }

    /** The group on the interface with this index; 0 to let the kernel choose by its routes. */
    public static Membership of(IpAddress group, int interfaceIndex) {
        return new Membership(group, interfaceIndex, null);
    }

    /** The group on the interface that has this address. IPv4 only. */
    public static Membership of(IpAddress group, IpAddress interfaceAddress) {
        return new Membership(group, 0, Objects.requireNonNull(interfaceAddress));
    }

    /** The setting that joins the group. */
    public OptionSetting<Membership> join() {
        if (group.isIpv6()) {
            return Ipv6Option.MCAST_JOIN_GROUP.to(this);
        }
        return (interfaceAddress == null ? IpOption.MCAST_JOIN_GROUP : IpOption.ADD_MEMBERSHIP)
                .to(this);
    }

    /** The setting that leaves the group, whatever sources were joined or blocked in it. */
    public OptionSetting<Membership> leave() {
        if (group.isIpv6()) {
            return Ipv6Option.MCAST_LEAVE_GROUP.to(this);
        }
        return (interfaceAddress == null ? IpOption.MCAST_LEAVE_GROUP : IpOption.DROP_MEMBERSHIP)
                .to(this);
    }

    static void checkGroup(IpAddress group) {
        if (!group.isMulticast() || group.isMapped()) {
            throw new IllegalArgumentException(group + " is no multicast group");
        }
    }

    static void checkInterface(IpAddress group, int index, @Nullable IpAddress address) {
        OptionCodec.inRange(index, 0, Integer.MAX_VALUE, "");
        if (address != null && !(address.isIpv4() && group.isIpv4())) {
            throw new IllegalArgumentException(
                    "only IPv4 knows an interface by its address, not " + group + " on " + address);
        }
    }

    /** What cannot be said in a structure that has the index alone. */
    static int indexOnly(int index, @Nullable IpAddress address) {
        if (address != null) {
            throw new IllegalArgumentException(
                    "the interface by its index, not by its address " + address);
        }
        return index;
    }

    @CStruct("struct ip_mreqn")
    static final class Ipv4 {
        static final int SIZEOF = 12;
        static final int imr_multiaddr = 0;
        static final int imr_address = 4;
        static final int imr_ifindex = 8;

        private Ipv4() {}
    }

    @CStruct("struct ipv6_mreq")
    static final class Ipv6 {
        static final int SIZEOF = 20;
        static final int ipv6mr_multiaddr = 0;
        static final int ipv6mr_ifindex = 16;

        private Ipv6() {}
    }

    @CStruct("struct group_req")
    static final class Group {
        static final int SIZEOF = 136;
        static final int gr_interface = 0;
        static final int gr_group = 8;

        private Group() {}
    }

    static final OptionCodec<Membership> MREQN =
            OptionCodec.struct(
                    Membership.class, Ipv4.SIZEOF, "", Membership::mreqn, Membership::none);

    static final OptionCodec<Membership> IPV6_MREQ =
            OptionCodec.struct(
                    Membership.class, Ipv6.SIZEOF, "", Membership::mreq, Membership::none);

    static final OptionCodec<Membership> IPV4_GROUP_REQ = groupRequest(AF_INET);
    static final OptionCodec<Membership> IPV6_GROUP_REQ = groupRequest(AF_INET6);

    private static OptionCodec<Membership> groupRequest(int family) {
        return OptionCodec.struct(
                Membership.class,
                Group.SIZEOF,
                "",
                (out, value) -> {
                    out.putInt(
                            Group.gr_interface,
                            indexOnly(value.interfaceIndex, value.interfaceAddress));
                    InetBytes.putStorage(
                            out, Group.gr_group, InetBytes.ofFamily(family, value.group));
                },
                Membership::none);
    }

    private static void mreqn(ByteBuffer out, Membership value) {
        InetBytes.putIpv4(out, Ipv4.imr_multiaddr, value.group);
        InetBytes.putIpv4(out, Ipv4.imr_address, value.interfaceAddress);
        out.putInt(Ipv4.imr_ifindex, value.interfaceIndex);
    }

    private static void mreq(ByteBuffer out, Membership value) {
        InetBytes.putIpv6(out, Ipv6.ipv6mr_multiaddr, value.group);
        out.putInt(Ipv6.ipv6mr_ifindex, indexOnly(value.interfaceIndex, value.interfaceAddress));
    }

    /** Memberships can only be set. */
    private static Membership none(ByteBuffer in) {
        throw new UnsupportedOperationException();
    }
}
