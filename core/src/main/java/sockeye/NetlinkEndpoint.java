// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

/**
 * An address of AF_NETLINK: who is meant by number, and which of the first 32 multicast groups.
 *
 * <p>As a <b>peer</b> of a send, {@link #KERNEL} is the kernel; another port is a socket of another
 * process, and a group is all sockets that have joined it: both need CAP_NET_ADMIN with most
 * protocols. A send reaches one group only, the lowest, and after it the port: so a send to a group
 * and port 0 is ECONNREFUSED where the kernel does not listen, though the group has got it. As a
 * <b>local</b> address of bind, port 0 has the kernel choose a number, and groups are joined;
 * groups above the 32nd are joined by {@link NetlinkOption#ADD_MEMBERSHIP} alone.
 *
 * <p>As the <b>sender</b> of a received message, port 0 is the kernel and nobody else: the kernel
 * fills it in. The groups are those the message was sent to, 0 for one sent to this socket alone.
 *
 * @param portId unsigned 32 bits, 0 to 4294967295: C's {@code nl_pid}, which is often, but need not
 *     be, the number of a process; 0 is the kernel
 * @param groups unsigned 32 bits, a mask: bit 0 is group 1; C's {@code nl_groups}
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public record NetlinkEndpoint(long portId, long groups) implements Endpoint {
    /** The kernel; to bind to, a port of the kernel's choice and no group. */
    public static final NetlinkEndpoint KERNEL = new NetlinkEndpoint(0, 0);

    @CStruct("struct sockaddr_nl")
    private static final class Layout {
        static final int SIZEOF = 12;
        static final int nl_pad = 2;
        static final int nl_pid = 4;
        static final int nl_groups = 8;

        private Layout() {}
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is not an unsigned 32-bit number
     */
    public NetlinkEndpoint {
        if (portId >>> Integer.SIZE != 0 || groups >>> Integer.SIZE != 0) {
            throw new IllegalArgumentException(
                    "port and groups of netlink are 0 to 4294967295, not %d and %d"
                            .formatted(portId, groups));
        }
    }

    /** A socket by its port alone, in no group. */
    public static NetlinkEndpoint ofPort(long portId) {
        return new NetlinkEndpoint(portId, 0);
    }

    /**
     * Multicast groups by their numbers, each 1 to 32; to bind to, with a port of the kernel's
     * choice.
     *
     * @throws IllegalArgumentException if a number is out of that range
     */
    public static NetlinkEndpoint ofGroups(int... numbers) {
        long mask = 0;
        for (int number : numbers) {
            if (number < 1 || number > Integer.SIZE) {
                throw new IllegalArgumentException(
                        "an address holds groups 1 to 32, not "
                                + number
                                + "; NETLINK_ADD_MEMBERSHIP joins others");
            }
            mask |= 1L << (number - 1);
        }
        return new NetlinkEndpoint(0, mask);
    }

    static Endpoint decode(byte[] sockaddr, int length) {
        return length < Layout.SIZEOF
                ? RawEndpoint.decode(AddressFamily.AF_NETLINK, sockaddr, length)
                : new NetlinkEndpoint(
                        Integer.toUnsignedLong(Sockaddr.hostInt(sockaddr, Layout.nl_pid)),
                        Integer.toUnsignedLong(Sockaddr.hostInt(sockaddr, Layout.nl_groups)));
    }

    @Override
    public int family() {
        return AddressFamily.AF_NETLINK;
    }

    /** Whether it is the kernel's port, whatever the groups. */
    public boolean isKernel() {
        return portId == 0;
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        Sockaddr.putFamily(sockaddr, AddressFamily.AF_NETLINK);
        sockaddr[Layout.nl_pad] = 0;
        sockaddr[Layout.nl_pad + 1] = 0;
        Sockaddr.putHostInt(sockaddr, Layout.nl_pid, (int) portId);
        Sockaddr.putHostInt(sockaddr, Layout.nl_groups, (int) groups);
        return Layout.SIZEOF;
    }

    /** {@code kernel}, {@code port 4711} or {@code kernel, groups 0x11}. */
    @Override
    public String toString() {
        String who = isKernel() ? "kernel" : "port " + portId;
        return groups == 0 ? who : who + ", groups 0x" + Long.toHexString(groups);
    }
}
