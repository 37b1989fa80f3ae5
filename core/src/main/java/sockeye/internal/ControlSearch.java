// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static sockeye.AncillaryType.IPV6_PKTINFO;
import static sockeye.AncillaryType.IP_PKTINFO;
import static sockeye.AncillaryType.SCM_CREDENTIALS;
import static sockeye.AncillaryType.SOL_SOCKET;
import static sockeye.IpProtocol.IPPROTO_IP;
import static sockeye.IpProtocol.IPPROTO_IPV6;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import org.jspecify.annotations.Nullable;

import sockeye.PeerCredentials;
import sockeye.internal.ControlMessages.Header;
import sockeye.internal.ControlMessages.In6Pktinfo;
import sockeye.internal.ControlMessages.InPktinfo;
import sockeye.internal.ControlMessages.Ucred;

import java.lang.foreign.MemorySegment;

/** Reads and writes control messages of batches where they lie, without making an object. */
public final class ControlSearch {
    private static final int IPV4_MULTICAST = 224;
    private static final int LINK_LOCAL = 0xFE80;

    private ControlSearch() {}

    /**
     * Where the data of a control message is, or −1 if there is none of this kind.
     *
     * @param at where the area begins
     * @param length how long it is
     * @param size how much data there is at least
     */
    public static long find(
            MemorySegment memory, long at, long length, int level, int type, int size) {
        long from = at;
        for (long left = length; left >= Header.SIZEOF; ) {
            long next = memory.get(JAVA_LONG_UNALIGNED, from + Header.cmsg_len);
            if (next < Header.SIZEOF || next > left) {
                return -1;
            }
            if (memory.get(JAVA_INT_UNALIGNED, from + Header.cmsg_level) == level
                    && memory.get(JAVA_INT_UNALIGNED, from + Header.cmsg_type) == type
                    && next >= Header.SIZEOF + size) {
                return from + Header.SIZEOF;
            }
            long step = (next + 7) & ~7L;
            from += step;
            left -= step;
        }
        return -1;
    }

    /**
     * Writes the head of a control message, and returns where its data goes.
     *
     * @param size of the data
     */
    public static long begin(MemorySegment memory, long at, int level, int type, int size) {
        memory.set(JAVA_LONG_UNALIGNED, at + Header.cmsg_len, Header.SIZEOF + size);
        memory.set(JAVA_INT_UNALIGNED, at + Header.cmsg_level, level);
        memory.set(JAVA_INT_UNALIGNED, at + Header.cmsg_type, type);
        return at + Header.SIZEOF;
    }

    /**
     * Writes a control message that sends an answer from the address which a datagram was sent to,
     * as {@link sockeye.Ancillary.PacketInfo#reply} does. Two that say the same are the same, byte
     * for byte: what fills them up is zero.
     *
     * @param at where the datagram's area begins
     * @param length how long that is
     * @param target where to write, in other memory or at another place
     * @return how many bytes were written: none if the datagram does not say, or was sent to many
     */
    public static int answerFrom(
            MemorySegment memory, long at, long length, MemorySegment answer, long target) {
        long ipv4 = find(memory, at, length, IPPROTO_IP, IP_PKTINFO, InPktinfo.SIZEOF);
        if (ipv4 >= 0) {
            int local = memory.get(JAVA_INT_UNALIGNED, ipv4 + InPktinfo.ipi_spec_dst);
            long to = begin(answer, target, IPPROTO_IP, IP_PKTINFO, InPktinfo.SIZEOF);
            answer.set(JAVA_INT_UNALIGNED, to + InPktinfo.ipi_ifindex, 0);
            answer.set(JAVA_INT_UNALIGNED, to + InPktinfo.ipi_spec_dst, local);
            answer.set(JAVA_INT_UNALIGNED, to + InPktinfo.ipi_addr, 0);
            answer.set(JAVA_INT_UNALIGNED, to + InPktinfo.SIZEOF, 0);
            return space(InPktinfo.SIZEOF);
        }
        long ipv6 = find(memory, at, length, IPPROTO_IPV6, IPV6_PKTINFO, In6Pktinfo.SIZEOF);
        if (ipv6 < 0 || isOfMany(memory, ipv6)) {
            return 0;
        }
        long to = begin(answer, target, IPPROTO_IPV6, IPV6_PKTINFO, In6Pktinfo.SIZEOF);
        MemorySegment.copy(memory, ipv6, answer, to, In6Pktinfo.ipi6_ifindex);
        int first = unsigned(memory, ipv6) << 8 | unsigned(memory, ipv6 + 1);
        boolean scoped = (first & 0xFFC0) == LINK_LOCAL;
        int index = memory.get(JAVA_INT_UNALIGNED, ipv6 + In6Pktinfo.ipi6_ifindex);
        answer.set(JAVA_INT_UNALIGNED, to + In6Pktinfo.ipi6_ifindex, scoped ? index : 0);
        answer.set(JAVA_INT_UNALIGNED, to + In6Pktinfo.SIZEOF, 0);
        return space(In6Pktinfo.SIZEOF);
    }

    /** Who has sent a message of AF_UNIX, as the kernel vouches; null if nobody asked it. */
    public static @Nullable PeerCredentials credentials(
            MemorySegment memory, long at, long length) {
        long found = find(memory, at, length, SOL_SOCKET, SCM_CREDENTIALS, Ucred.SIZEOF);
        return found < 0
                ? null
                : new PeerCredentials(
                        memory.get(JAVA_INT_UNALIGNED, found + Ucred.pid),
                        memory.get(JAVA_INT_UNALIGNED, found + Ucred.uid),
                        memory.get(JAVA_INT_UNALIGNED, found + Ucred.gid));
    }

    /** A multicast address, or IPv4's multicast and broadcast in their IPv6 form. */
    private static boolean isOfMany(MemorySegment memory, long address) {
        if (unsigned(memory, address) == 0xFF) {
            return true;
        }
        return memory.get(JAVA_LONG_UNALIGNED, address) == 0
                && memory.get(JAVA_BYTE, address + 10) == -1
                && memory.get(JAVA_BYTE, address + 11) == -1
                && unsigned(memory, address + 12) >= IPV4_MULTICAST;
    }

    private static int unsigned(MemorySegment memory, long at) {
        return Byte.toUnsignedInt(memory.get(JAVA_BYTE, at));
    }

    private static int space(int size) {
        return Header.SIZEOF + (size + 7 & ~7);
    }
}
