// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.StringJoiner;

/**
 * The bits of what a descriptor is watched for, and of what it is ready for, by their kernel names;
 * Python's {@code select.EPOLLIN} and so on.
 *
 * <p>EPOLLERR and EPOLLHUP are reported whether asked for or not. The low bits are those of
 * poll(2), so that POLLIN is EPOLLIN.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/epoll_ctl.2.html">epoll_ctl(2)</a>
 */
public final class Readiness {
    /** A read would not wait: there is data, the end, an error, or a connection to accept. */
    public static final int EPOLLIN = 0x001;

    /** Something exceptional: TCP's urgent data, a terminal's or cgroup's change of state. */
    public static final int EPOLLPRI = 0x002;

    /** A write would not wait; for a connect under way: it has ended, one way or the other. */
    public static final int EPOLLOUT = 0x004;

    /** An error is pending (SO_ERROR, the error queue), or nobody reads the pipe any more. */
    public static final int EPOLLERR = 0x008;

    /** Both directions have ended. What came before can still be read. */
    public static final int EPOLLHUP = 0x010;

    /** The peer writes no more; on stream sockets, and AF_UNIX seqpacket. */
    public static final int EPOLLRDHUP = 0x2000;

    /**
     * Register only: of several epoll instances that watch the same descriptor, not all need be
     * woken by one event. See {@link ReadinessSelector} for how far that reaches. Goes with
     * EPOLLIN, EPOLLOUT, EPOLLWAKEUP and EPOLLET alone, and cannot be changed: EINVAL.
     */
    public static final int EPOLLEXCLUSIVE = 1 << 28;

    /** Keeps the machine from suspending until the event is handled; needs CAP_BLOCK_SUSPEND. */
    public static final int EPOLLWAKEUP = 1 << 29;

    /** Once reported, nothing more is until the interest is set again. */
    public static final int EPOLLONESHOT = 1 << 30;

    /** Edge-triggered: reported when something new comes, not for as long as it is there. */
    public static final int EPOLLET = 1 << 31;

    private Readiness() {}

    /**
     * The bits of a mask by name, joined with {@code |}: {@code "EPOLLIN|EPOLLHUP"}, {@code "0"}
     * for none; bits without a name in hexadecimal.
     */
    public static String namesOf(int mask) {
        var names = new StringJoiner("|");
        int unnamed = 0;
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            switch (bit) {
                case EPOLLIN -> names.add("EPOLLIN");
                case EPOLLPRI -> names.add("EPOLLPRI");
                case EPOLLOUT -> names.add("EPOLLOUT");
                case EPOLLERR -> names.add("EPOLLERR");
                case EPOLLHUP -> names.add("EPOLLHUP");
                case EPOLLRDHUP -> names.add("EPOLLRDHUP");
                case EPOLLEXCLUSIVE -> names.add("EPOLLEXCLUSIVE");
                case EPOLLWAKEUP -> names.add("EPOLLWAKEUP");
                case EPOLLONESHOT -> names.add("EPOLLONESHOT");
                case EPOLLET -> names.add("EPOLLET");
                default -> unnamed |= bit;
            }
        }
        if (unnamed != 0 || mask == 0) {
            names.add(unnamed == 0 ? "0" : "0x" + Integer.toHexString(unnamed));
        }
        return names.toString();
    }
}
