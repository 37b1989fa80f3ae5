// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The address families of Linux, by their kernel names: the first argument of socket(2) and the
 * first member of every {@code struct sockaddr}.
 *
 * <p>Any other number may be used wherever a family is asked for; what this kernel lacks fails with
 * {@code EAFNOSUPPORT}. Source: {@code linux/socket.h}, address_families(7).
 */
public final class AddressFamily {
    /**
     * No family: either Internet family in a look-up; dissolves a datagram association in
     * connect(2).
     */
    public static final int AF_UNSPEC = 0;

    /** Local sockets, by path or abstract name; unix(7). Also called {@link #AF_LOCAL}. */
    public static final int AF_UNIX = 1;

    /** The other name of {@link #AF_UNIX}. */
    public static final int AF_LOCAL = AF_UNIX;

    /** IPv4; ip(7). */
    public static final int AF_INET = 2;

    /** Amateur radio AX.25. */
    public static final int AF_AX25 = 3;

    /** Novell IPX. */
    public static final int AF_IPX = 4;

    /** AppleTalk DDP. */
    public static final int AF_APPLETALK = 5;

    /** Amateur radio NET/ROM. */
    public static final int AF_NETROM = 6;

    /** Multi-protocol bridge; in rtnetlink messages only. */
    public static final int AF_BRIDGE = 7;

    /** ATM permanent virtual circuits. */
    public static final int AF_ATMPVC = 8;

    /** ITU-T X.25; x25(7). */
    public static final int AF_X25 = 9;

    /** IPv6, and IPv4 by mapped addresses; ipv6(7). */
    public static final int AF_INET6 = 10;

    /** Amateur radio X.25 PLP. */
    public static final int AF_ROSE = 11;

    /** DECnet; gone since Linux 6.1. */
    public static final int AF_DECnet = 12;

    /** Reserved. */
    public static final int AF_NETBEUI = 13;

    /** Security callback pseudo family; reserved. */
    public static final int AF_SECURITY = 14;

    /** PF_KEY key management, RFC 2367. */
    public static final int AF_KEY = 15;

    /** Messages with the kernel; netlink(7). */
    public static final int AF_NETLINK = 16;

    /** The other name of {@link #AF_NETLINK}. */
    public static final int AF_ROUTE = AF_NETLINK;

    /** Link-level frames; packet(7). */
    public static final int AF_PACKET = 17;

    /** Ash; reserved. */
    public static final int AF_ASH = 18;

    /** Acorn Econet; reserved. */
    public static final int AF_ECONET = 19;

    /** ATM switched virtual circuits. */
    public static final int AF_ATMSVC = 20;

    /** Reliable datagram sockets; rds(7). */
    public static final int AF_RDS = 21;

    /** Reserved. */
    public static final int AF_SNA = 22;

    /** Infrared; gone since Linux 4.17. */
    public static final int AF_IRDA = 23;

    /** PPP over X, for example PPPoE and L2TP. */
    public static final int AF_PPPOX = 24;

    /** WANPIPE; reserved. */
    public static final int AF_WANPIPE = 25;

    /** IEEE 802.2 logical link control. */
    public static final int AF_LLC = 26;

    /** Native InfiniBand addresses. */
    public static final int AF_IB = 27;

    /** Multi-protocol label switching; in rtnetlink messages only. */
    public static final int AF_MPLS = 28;

    /** Controller area network. */
    public static final int AF_CAN = 29;

    /** Transparent inter-process communication. */
    public static final int AF_TIPC = 30;

    /** Bluetooth. */
    public static final int AF_BLUETOOTH = 31;

    /** Inter-user communication vehicle of s390. */
    public static final int AF_IUCV = 32;

    /** RxRPC, the transport of AFS. */
    public static final int AF_RXRPC = 33;

    /** mISDN. */
    public static final int AF_ISDN = 34;

    /** Phonet, Nokia modems. */
    public static final int AF_PHONET = 35;

    /** IEEE 802.15.4. */
    public static final int AF_IEEE802154 = 36;

    /** ST-Ericsson modems. */
    public static final int AF_CAIF = 37;

    /** The kernel's cryptography. */
    public static final int AF_ALG = 38;

    /** Near field communication. */
    public static final int AF_NFC = 39;

    /** Between virtual machines and their host; vsock(7). */
    public static final int AF_VSOCK = 40;

    /** Kernel connection multiplexor. */
    public static final int AF_KCM = 41;

    /** Qualcomm IPC router. */
    public static final int AF_QIPCRTR = 42;

    /** Shared memory communications. */
    public static final int AF_SMC = 43;

    /** Express data path. */
    public static final int AF_XDP = 44;

    /** Management component transport protocol. */
    public static final int AF_MCTP = 45;

    private static final String[] NAMES = {
        "AF_UNSPEC",
        "AF_UNIX",
        "AF_INET",
        "AF_AX25",
        "AF_IPX",
        "AF_APPLETALK",
        "AF_NETROM",
        "AF_BRIDGE",
        "AF_ATMPVC",
        "AF_X25",
        "AF_INET6",
        "AF_ROSE",
        "AF_DECnet",
        "AF_NETBEUI",
        "AF_SECURITY",
        "AF_KEY",
        "AF_NETLINK",
        "AF_PACKET",
        "AF_ASH",
        "AF_ECONET",
        "AF_ATMSVC",
        "AF_RDS",
        "AF_SNA",
        "AF_IRDA",
        "AF_PPPOX",
        "AF_WANPIPE",
        "AF_LLC",
        "AF_IB",
        "AF_MPLS",
        "AF_CAN",
        "AF_TIPC",
        "AF_BLUETOOTH",
        "AF_IUCV",
        "AF_RXRPC",
        "AF_ISDN",
        "AF_PHONET",
        "AF_IEEE802154",
        "AF_CAIF",
        "AF_ALG",
        "AF_NFC",
        "AF_VSOCK",
        "AF_KCM",
        "AF_QIPCRTR",
        "AF_SMC",
        "AF_XDP",
        "AF_MCTP",
    };

    private AddressFamily() {}

    /**
     * Whether the kernel has sockets of a family here and now: whether socket(2) knows it, whatever
     * else it says. Python's {@code has_ipv6} is {@code isSupported(AF_INET6)}; asks anew each
     * time, and may load a module.
     */
    public static boolean isSupported(int family) {
        try (LinuxSocket socket = LinuxSocket.socket(family, SocketType.SOCK_RAW, 0)) {
            return socket.isOpen();
        } catch (java.io.IOException refused) {
            return !(refused instanceof ErrnoFailure failure
                    && failure.errno().equals(Errno.EAFNOSUPPORT));
        }
    }

    /**
     * The kernel's name of a family: {@code "AF_INET6"} for 10, {@code "AF_200"} for a number
     * without a name.
     */
    public static String nameOf(int family) {
        return family >= 0 && family < NAMES.length ? NAMES[family] : "AF_" + family;
    }
}
