// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * The options of level SOL_NETLINK, for sockets of AF_NETLINK.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public final class NetlinkOption {
    private static final int SOL_NETLINK = 270;

    /** Room for the mask of 65,536 groups; the kernel writes as much as there are. */
    private static final int GROUP_BYTES = 8_192;

    private static final OptionTable TABLE = new OptionTable(SOL_NETLINK);

    private NetlinkOption() {}

    /**
     * Joins a multicast group, by number from 1, any number of times. EPERM for most groups of most
     * protocols without CAP_NET_ADMIN, but not for those of rtnetlink; EINVAL for a group that the
     * protocol does not have.
     */
    public static final Option<Integer> ADD_MEMBERSHIP =
            TABLE.writeOnly("NETLINK_ADD_MEMBERSHIP", 1, integer("", 1, Integer.MAX_VALUE));

    /** Leaves a multicast group, by number from 1. */
    public static final Option<Integer> DROP_MEMBERSHIP =
            TABLE.writeOnly("NETLINK_DROP_MEMBERSHIP", 2, integer("", 1, Integer.MAX_VALUE));

    /** Whether messages bring the group that they were sent to ({@link NetlinkPacketInfo}). */
    public static final Option<Boolean> PKTINFO = TABLE.readWrite("NETLINK_PKTINFO", 3, flag());

    /**
     * Whether the sender of a multicast message learns that it could not be delivered to this
     * socket, and this socket not that it lost one.
     */
    public static final Option<Boolean> BROADCAST_ERROR =
            TABLE.readWrite("NETLINK_BROADCAST_ERROR", 4, flag());

    /**
     * Whether a receive is <em>not</em> told by ENOBUFS that messages were lost because the buffer
     * was full. Default false: it is told.
     */
    public static final Option<Boolean> NO_ENOBUFS =
            TABLE.readWrite("NETLINK_NO_ENOBUFS", 5, flag());

    /**
     * Whether notifications of all network namespaces arrive that have a number in this one, each
     * with that number beside it (an {@link Ancillary.Unknown} of this level and number).
     * CAP_NET_BROADCAST.
     */
    public static final Option<Boolean> LISTEN_ALL_NSID =
            TABLE.readWrite("NETLINK_LISTEN_ALL_NSID", 8, flag());

    /** The multicast groups that were joined, by number from 1, ascending. */
    public static final Option<int[]> LIST_MEMBERSHIPS =
            TABLE.readOnly(
                    "NETLINK_LIST_MEMBERSHIPS",
                    9,
                    OptionCodec.of(
                            int[].class,
                            GROUP_BYTES,
                            "",
                            "",
                            value -> {
                                throw new UnsupportedOperationException();
                            },
                            NetlinkOption::groups));

    /** Whether an error brings back only the header of the message that it is about. */
    public static final Option<Boolean> CAP_ACK = TABLE.readWrite("NETLINK_CAP_ACK", 10, flag());

    /**
     * Whether an error brings more than a number: a text, and which attribute was wrong or missing.
     */
    public static final Option<Boolean> EXT_ACK = TABLE.readWrite("NETLINK_EXT_ACK", 11, flag());

    /**
     * Whether a request for a dump is checked as strictly as any other, so that filters in it are
     * either obeyed or refused, never overlooked.
     */
    public static final Option<Boolean> GET_STRICT_CHK =
            TABLE.readWrite("NETLINK_GET_STRICT_CHK", 12, flag());

    private static int[] groups(byte[] bytes, int length) {
        int words = Math.min(length, bytes.length) / Integer.BYTES;
        ByteBuffer mask = OptionCodec.nativeOrder(bytes);
        int[] groups = new int[words * Integer.SIZE];
        int count = 0;
        for (int word = 0; word < words; word++) {
            for (int left = mask.getInt(word * Integer.BYTES); left != 0; left &= left - 1) {
                groups[count++] = word * Integer.SIZE + Integer.numberOfTrailingZeros(left) + 1;
            }
        }
        return Arrays.copyOf(groups, count);
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
