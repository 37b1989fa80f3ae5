// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;

import java.util.EnumSet;
import java.util.Set;

/**
 * The kernel as the sockets of a family see it whose calls may block whatever their flags say: it
 * makes them on platform threads, so that no carrier waits in the kernel. What asks for little is
 * made at once.
 *
 * <p>Netlink is such a family. A send runs the request to its end inside the call, behind locks
 * that another task may hold for seconds (rtnetlink's, while a namespace is torn down), and a
 * receive goes on with a dump that is under way, behind the same locks; MSG_DONTWAIT is about
 * neither.
 *
 * <p>Packet sockets and CAN's are tied to devices: to bind them, to change their options and to
 * close them takes rtnetlink's lock, or waits until no processor looks at what they were any more,
 * or until CAN's last frame is on its way. What they send and receive waits for nothing.
 */
final class BlockingKernel extends ForwardingKernel {
    private static final int AF_NETLINK = 16;
    private static final int AF_PACKET = 17;
    private static final int AF_CAN = 29;

    private static final Set<SystemCall> OF_NETLINK =
            EnumSet.of(
                    SystemCall.SENDTO,
                    SystemCall.SENDMSG,
                    SystemCall.SENDMMSG,
                    SystemCall.RECVFROM,
                    SystemCall.RECVMSG,
                    SystemCall.RECVMMSG,
                    SystemCall.BIND,
                    SystemCall.SETSOCKOPT);

    private static final Set<SystemCall> OF_DEVICES =
            EnumSet.of(SystemCall.BIND, SystemCall.SETSOCKOPT, SystemCall.CLOSE);

    private final Set<SystemCall> mayBlock;

    private BlockingKernel(Kernel next, Set<SystemCall> mayBlock) {
        super(next);
        this.mayBlock = mayBlock;
    }

    /** The kernel for a socket of a family: nearly always the one that is given. */
    static Kernel of(Kernel kernel, int family) {
        return switch (family) {
            case AF_NETLINK -> new BlockingKernel(kernel, OF_NETLINK);
            case AF_PACKET, AF_CAN -> new BlockingKernel(kernel, OF_DEVICES);
            default -> kernel;
        };
    }

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        return mayBlock.contains(call)
                ? Blocking.call(() -> super.call(call, a, b, c, d, e, f))
                : super.call(call, a, b, c, d, e, f);
    }
}
