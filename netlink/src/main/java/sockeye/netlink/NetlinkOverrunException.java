// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.ReportedFailure;

import java.io.Serial;

/**
 * Messages were lost: the kernel had more to tell than the receive buffer held (ENOBUFS), or says
 * so itself (NLMSG_OVERRUN). Which ones nobody knows; whoever keeps a picture of the kernel's
 * tables takes a fresh dump. The socket stays usable, and what comes next is complete again.
 */
public final class NetlinkOverrunException extends ReportedFailure {
    @Serial private static final long serialVersionUID = 1;

    private static final int ENOBUFS = 105;

    NetlinkOverrunException(String what) {
        super("recvmsg", what, ENOBUFS, "messages were lost");
    }
}
