// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The protocols of AF_NETLINK, by their kernel names: the third argument of socket(2). Each is a
 * part of the kernel to talk to. What a kernel lacks fails with EPROTONOSUPPORT.
 *
 * <p>Source: {@code linux/netlink.h}, netlink(7).
 */
public final class NetlinkProtocol {
    /** Links, addresses, routes, neighbours, rules, queueing; rtnetlink(7). */
    public static final int NETLINK_ROUTE = 0;

    /** For processes to talk to one another. */
    public static final int NETLINK_USERSOCK = 2;

    /** Sockets of every family; sock_diag(7). */
    public static final int NETLINK_SOCK_DIAG = 4;

    /** The old name of {@link #NETLINK_SOCK_DIAG}. */
    public static final int NETLINK_INET_DIAG = NETLINK_SOCK_DIAG;

    /** Netfilter's logging, before Linux 3.17. */
    public static final int NETLINK_NFLOG = 5;

    /** IPsec policies and associations. */
    public static final int NETLINK_XFRM = 6;

    /** Events of SELinux. */
    public static final int NETLINK_SELINUX = 7;

    /** Open-iSCSI. */
    public static final int NETLINK_ISCSI = 8;

    /** Auditing; audit(8). */
    public static final int NETLINK_AUDIT = 9;

    /** Lookups in the forwarding table. */
    public static final int NETLINK_FIB_LOOKUP = 10;

    /** The connector, with the events of processes among others. */
    public static final int NETLINK_CONNECTOR = 11;

    /** Netfilter: tables, connection tracking, sets, logging, queues. */
    public static final int NETLINK_NETFILTER = 12;

    /** Events of devices; what udev listens to. */
    public static final int NETLINK_KOBJECT_UEVENT = 15;

    /** Families that are known by name: generic netlink. */
    public static final int NETLINK_GENERIC = 16;

    /** Transports of SCSI. */
    public static final int NETLINK_SCSITRANSPORT = 18;

    /** Encrypting file system; gone since Linux 3.x, the number is still reserved. */
    public static final int NETLINK_ECRYPTFS = 19;

    /** InfiniBand. */
    public static final int NETLINK_RDMA = 20;

    /** The kernel's cryptography. */
    public static final int NETLINK_CRYPTO = 21;

    /** Shared memory communications, monitoring; Linux 4.17. */
    public static final int NETLINK_SMC = 22;

    private NetlinkProtocol() {}

    /**
     * The name by which {@link EndpointSpec} knows a protocol: {@code "route"} for 0, {@code "99"}
     * for a number without a name.
     */
    public static String nameOf(int protocol) {
        return TargetGrammar.netlinkName(protocol);
    }
}
