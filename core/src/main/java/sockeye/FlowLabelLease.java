// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.SECONDS;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * A flow label of IPv6 and for how long it is ours: the value of {@link Ipv6Option#FLOW_LABEL_MGR}.
 *
 * @param destination where packets with the label go; {@link IpAddress#ANY_IPV6} for anywhere
 * @param label the label, 1 to 0xFFFFF. 0 with {@link #IPV6_FL_F_CREATE} lets the kernel choose:
 *     read the option to learn which.
 * @param action what to do with it
 * @param share who else may use it
 * @param flags {@link #IPV6_FL_F_CREATE}, {@link #IPV6_FL_F_EXCL}, {@link #IPV6_FL_F_REFLECT},
 *     {@link #IPV6_FL_F_REMOTE}, joined by {@code |}
 * @param expires after what time the lease ends, in seconds, 0 to 65,535; the kernel's least is 6.
 *     More than 60 needs CAP_NET_ADMIN.
 * @param linger for how long the label is kept from reuse after that, in the same range
 */
public record FlowLabelLease(
        IpAddress destination,
        int label,
        Action action,
        Share share,
        int flags,
        Duration expires,
        Duration linger) {
    /** Make the label if there is none such. */
    public static final int IPV6_FL_F_CREATE = 1;

    /** Fail with EEXIST if there is one already. */
    public static final int IPV6_FL_F_EXCL = 2;

    /** On a TCP socket: answer with the peer's label. */
    public static final int IPV6_FL_F_REFLECT = 4;

    /** When reading: the label that the peer uses. */
    public static final int IPV6_FL_F_REMOTE = 8;

    /** What to do with a label. */
    public enum Action {
        /** Lease it. */
        GET(0),
        /** Give it back. */
        PUT(1),
        /** Extend the lease. */
        RENEW(2);

        private final int number;

        Action(int number) {
            this.number = number;
        }
    }

    /** Who else may use a label. */
    public enum Share {
        /** Not said. */
        NONE(0),
        /** This lease alone. */
        EXCLUSIVE(1),
        /** This process. */
        PROCESS(2),
        /** This user. */
        USER(3),
        /** Everyone. */
        ANY(255);

        private final int number;

        Share(int number) {
            this.number = number;
        }

        private static Share of(int number) {
            for (Share share : values()) {
                if (share.number == number) {
                    return share;
                }
            }
            return NONE;
        }
    }

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if the destination is not IPv6, or a number is out of range
     */
    public FlowLabelLease {
        InetBytes.ofFamily(AddressFamily.AF_INET6, destination);
        OptionCodec.inRange(label, 0, 0xfffff, "");
        OptionCodec.inRange(flags, 0, 0xffff, "");
        OptionCodec.inRange(SECONDS.roundUp(expires), 0, 0xffff, SECONDS.word);
        OptionCodec.inRange(SECONDS.roundUp(linger), 0, 0xffff, SECONDS.word);
    }

    @CStruct("struct in6_flowlabel_req")
    static final class Layout {
        static final int SIZEOF = 32;
        static final int flr_dst = 0;
        static final int flr_label = 16;
        static final int flr_action = 20;
        static final int flr_share = 21;
        static final int flr_flags = 22;
        static final int flr_expires = 24;
        static final int flr_linger = 26;

        private Layout() {}
    }

    static final OptionCodec<FlowLabelLease> CODEC =
            OptionCodec.struct(
                    FlowLabelLease.class,
                    Layout.SIZEOF,
                    "",
                    FlowLabelLease::write,
                    FlowLabelLease::read);

    private static void write(ByteBuffer out, FlowLabelLease value) {
        InetBytes.putIpv6(out, Layout.flr_dst, value.destination);
        out.put(Layout.flr_action, (byte) value.action.number)
                .put(Layout.flr_share, (byte) value.share.number)
                .putShort(Layout.flr_flags, (short) value.flags)
                .putShort(Layout.flr_expires, (short) SECONDS.roundUp(value.expires))
                .putShort(Layout.flr_linger, (short) SECONDS.roundUp(value.linger))
                .order(ByteOrder.BIG_ENDIAN)
                .putInt(Layout.flr_label, value.label);
    }

    private static FlowLabelLease read(ByteBuffer in) {
        int label = in.duplicate().order(ByteOrder.BIG_ENDIAN).getInt(Layout.flr_label);
        return new FlowLabelLease(
                InetBytes.getIpv6(in, Layout.flr_dst),
                label & 0xfffff,
                Action.GET,
                Share.of(in.get(Layout.flr_share) & 0xff),
                in.getShort(Layout.flr_flags) & 0xffff,
                Duration.ofSeconds(in.getShort(Layout.flr_expires) & 0xffff),
                Duration.ofSeconds(in.getShort(Layout.flr_linger) & 0xffff));
    }
}
