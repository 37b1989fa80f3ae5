// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * All senders that are heard, or not heard, in a multicast group on one interface: replaces what
 * joining and blocking one by one has made of a group that was joined (RFC 3678). Set with {@link
 * IpOption#MCAST_MS_FILTER}, {@link Ipv6Option#MCAST_MS_FILTER}, or for an interface by its address
 * {@link IpOption#MS_FILTER}; read with {@link IpOption#sourceFilter} and {@link
 * Ipv6Option#sourceFilter}.
 *
 * @param group the group, a multicast address
 * @param interfaceIndex the interface by its index; 0 to let the kernel choose
 * @param interfaceAddress the interface by one of its addresses instead, IPv4 only; else null
 * @param mode whether the sources are the only ones heard or the only ones not heard
 * @param sources up to 256 senders, of the family of the group; the kernel takes {@code
 *     net.ipv4.igmp_max_msf} (10) or {@code net.ipv6.mld_max_msf} (64): ENOBUFS beyond
 */
public record SourceFilter(
        IpAddress group,
        int interfaceIndex,
        @Nullable IpAddress interfaceAddress,
        Mode mode,
        List<IpAddress> sources) {

    /** What a list of sources means. */
    public enum Mode {
        /** All are heard but these. */
        EXCLUDE(0),
        /** These only are heard; without any, the group is left. */
        INCLUDE(1);

        private final int number;

        Mode(int number) {
            this.number = number;
        }
    }

    private static final int MAX_SOURCES = 256;

    /**
     * Checks the parts and copies the list.
     *
     * @throws IllegalArgumentException if the group is no multicast address, the interface does not
     *     fit it, or there are more than 256 sources or one of another family
     */
    public SourceFilter {
        Membership.checkGroup(group);
        Membership.checkInterface(group, interfaceIndex, interfaceAddress);
        sources = List.copyOf(sources);
        OptionCodec.inRange(sources.size(), 0, MAX_SOURCES, "sources");
        for (IpAddress source : sources) {
            InetBytes.ofFamily(group.family(), source);
        }
    }

    /** The sources on the interface with this index; 0 to let the kernel choose by its routes. */
    public static SourceFilter of(
            IpAddress group, int interfaceIndex, Mode mode, List<IpAddress> sources) {
        return new SourceFilter(group, interfaceIndex, null, mode, sources);
    }

    @CStruct("struct ip_msfilter")
    static final class Ipv4 {
        static final int imsf_multiaddr = 0;
        static final int imsf_interface = 4;
        static final int imsf_fmode = 8;
        static final int imsf_numsrc = 12;
        static final int imsf_slist = 16;

        private Ipv4() {}
    }

    @CStruct("struct group_filter")
    static final class Group {
        static final int gf_interface = 0;
        static final int gf_group = 8;
        static final int gf_fmode = 136;
        static final int gf_numsrc = 140;
        static final int gf_slist = 144;

        private Group() {}
    }

    static final OptionCodec<SourceFilter> MSFILTER =
            OptionCodec.of(
                    SourceFilter.class,
                    Ipv4.imsf_slist + 4 * MAX_SOURCES,
                    "",
                    "",
                    SourceFilter::ipv4,
                    SourceFilter::readIpv4);

    static final OptionCodec<SourceFilter> IPV4_GROUP_FILTER = group(AddressFamily.AF_INET);
    static final OptionCodec<SourceFilter> IPV6_GROUP_FILTER = group(AddressFamily.AF_INET6);

    /** The question for the sources of a group on an interface: room for the answer. */
    static byte[] question(int family, IpAddress group, int interfaceIndex) {
        Membership.checkGroup(InetBytes.ofFamily(family, group));
        byte[] question = new byte[Group.gf_slist + InetBytes.SOCKADDR_STORAGE * MAX_SOURCES];
        ByteBuffer out = OptionCodec.nativeOrder(question);
        out.putInt(Group.gf_interface, interfaceIndex);
        InetBytes.putStorage(out, Group.gf_group, group);
        out.putInt(Group.gf_numsrc, MAX_SOURCES);
        return question;
    }

    static byte[] question(IpAddress group, IpAddress interfaceAddress) {
        Membership.checkGroup(group);
        byte[] question = new byte[Ipv4.imsf_slist + 4 * MAX_SOURCES];
        ByteBuffer out = OptionCodec.nativeOrder(question);
        InetBytes.putIpv4(out, Ipv4.imsf_multiaddr, group);
        InetBytes.putIpv4(out, Ipv4.imsf_interface, interfaceAddress);
        out.putInt(Ipv4.imsf_numsrc, MAX_SOURCES);
        return question;
    }

    private static OptionCodec<SourceFilter> group(int family) {
        return OptionCodec.of(
                SourceFilter.class,
                Group.gf_slist + InetBytes.SOCKADDR_STORAGE * MAX_SOURCES,
                "",
                "",
                value -> value.group(InetBytes.ofFamily(family, value.group)),
                SourceFilter::readGroup);
    }

    private byte[] group(IpAddress checked) {
        byte[] encoded = new byte[Group.gf_slist + InetBytes.SOCKADDR_STORAGE * sources.size()];
        ByteBuffer out = OptionCodec.nativeOrder(encoded);
        out.putInt(Group.gf_interface, Membership.indexOnly(interfaceIndex, interfaceAddress));
        InetBytes.putStorage(out, Group.gf_group, checked);
        out.putInt(Group.gf_fmode, mode.number);
        out.putInt(Group.gf_numsrc, sources.size());
        int at = Group.gf_slist;
        for (IpAddress source : sources) {
            InetBytes.putStorage(out, at, source);
            at += InetBytes.SOCKADDR_STORAGE;
        }
        return encoded;
    }

    private static SourceFilter readGroup(byte[] bytes, int length) {
        byte[] answer = InetBytes.firstBytes(bytes, length);
        ByteBuffer in = OptionCodec.padded(answer, answer.length, Group.gf_slist);
        ByteBuffer list = OptionCodec.nativeOrder(answer);
        int room = Math.max(0, answer.length - Group.gf_slist) / InetBytes.SOCKADDR_STORAGE;
        int count = Math.clamp(in.getInt(Group.gf_numsrc), 0, room);
        List<IpAddress> sources = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sources.add(
                    InetBytes.getStorage(list, Group.gf_slist + i * InetBytes.SOCKADDR_STORAGE));
        }
        return new SourceFilter(
                InetBytes.getStorage(in, Group.gf_group),
                in.getInt(Group.gf_interface),
                null,
                mode(in.getInt(Group.gf_fmode)),
                sources);
    }

    private byte[] ipv4() {
        if (interfaceIndex != 0) {
            throw new IllegalArgumentException(
                    "the interface by its address, not by its index " + interfaceIndex);
        }
        byte[] encoded = new byte[Ipv4.imsf_slist + 4 * sources.size()];
        ByteBuffer out = OptionCodec.nativeOrder(encoded);
        InetBytes.putIpv4(out, Ipv4.imsf_multiaddr, group);
        InetBytes.putIpv4(out, Ipv4.imsf_interface, interfaceAddress);
        out.putInt(Ipv4.imsf_fmode, mode.number);
        out.putInt(Ipv4.imsf_numsrc, sources.size());
        int at = Ipv4.imsf_slist;
        for (IpAddress source : sources) {
            InetBytes.putIpv4(out, at, source);
            at += 4;
        }
        return encoded;
    }

    private static SourceFilter readIpv4(byte[] bytes, int length) {
        byte[] answer = InetBytes.firstBytes(bytes, length);
        ByteBuffer in = OptionCodec.padded(answer, answer.length, Ipv4.imsf_slist);
        ByteBuffer list = OptionCodec.nativeOrder(answer);
        int room = Math.max(0, answer.length - Ipv4.imsf_slist) / 4;
        int count = Math.clamp(in.getInt(Ipv4.imsf_numsrc), 0, room);
        List<IpAddress> sources = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            sources.add(InetBytes.getIpv4(list, Ipv4.imsf_slist + 4 * i));
        }
        return new SourceFilter(
                InetBytes.getIpv4(in, Ipv4.imsf_multiaddr),
                0,
                InetBytes.getIpv4(in, Ipv4.imsf_interface),
                mode(in.getInt(Ipv4.imsf_fmode)),
                sources);
    }

    private static Mode mode(int number) {
        return number == Mode.INCLUDE.number ? Mode.INCLUDE : Mode.EXCLUDE;
    }
}
