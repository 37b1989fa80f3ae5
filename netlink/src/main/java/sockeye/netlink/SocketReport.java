// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.SoOption;
import sockeye.TcpInfo;

/**
 * What the kernel tells of one socket of this network namespace, whoever owns it: what {@code ss}
 * shows. A snapshot.
 *
 * @see DiagSocket
 */
public sealed interface SocketReport
        permits InetReport, UnixReport, NetlinkReport, VsockReport, PacketReport, TipcReport {

    /** The address family, AF_ and the name. */
    int family();

    /**
     * The state; all families use the numbers of TCP. A socket that is not connected is {@link
     * TcpInfo.State#CLOSE}.
     */
    TcpInfo.State state();

    /**
     * The number that {@code /proc/PID/fd} shows as {@code socket:[…]}; 0 if no process has it.
     * {@link SocketOwners} finds the processes.
     */
    long inode();

    /** The kernel's number for the socket, never given twice: {@link SoOption#COOKIE}. */
    long cookie();
}
