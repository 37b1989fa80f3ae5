// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.ReportedFailure;

import java.io.Serial;

/**
 * The kernel refused a request: NLMSG_ERROR, or a dump that ended with an error.
 *
 * <p>{@code RTM_NEWLINK netlink:route: EINVAL (22) Invalid argument: mtu less than device minimum,
 * attribute 4 at offset 32}
 */
public final class NetlinkException extends ReportedFailure {
    @Serial private static final long serialVersionUID = 1;

    private final transient NetlinkRequest request;
    private final transient ExtendedAck ack;

    NetlinkException(NetlinkRequest request, String what, int errno, ExtendedAck ack) {
        super(request.name(), what, errno, ack.equals(ExtendedAck.NONE) ? null : ack.toString());
        this.request = request;
        this.ack = ack;
    }

    /** The request that was refused. */
    public NetlinkRequest request() {
        return request;
    }

    /** What the kernel said beside the number. */
    public ExtendedAck ack() {
        return ack;
    }
}
