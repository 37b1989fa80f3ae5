// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Which frames ISO-TP makes: {@code struct can_isotp_ll_options}.
 *
 * @param mtu {@link #CAN_MTU} for classical frames, {@link #CANFD_MTU} for those with a flexible
 *     data rate
 * @param length how many bytes a sent frame has at most: 8, and with a flexible data rate 12, 16,
 *     20, 24, 32, 48 or 64 as well
 * @param flags of the frames, {@link CanFrame#CANFD_BRS}; 0 for classical ones
 */
public record IsoTpLinkLayer(int mtu, int length, int flags) {
    /** Of classical frames. */
    public static final int CAN_MTU = 16;

    /** Of frames with a flexible data rate. */
    public static final int CANFD_MTU = 72;

    private static final Set<Integer> LENGTHS = Set.of(8, 12, 16, 20, 24, 32, 48, 64);

    /** The kernel's default. */
    public static final IsoTpLinkLayer CLASSICAL = new IsoTpLinkLayer(CAN_MTU, 8, 0);

    static final OptionCodec<IsoTpLinkLayer> CODEC =
            OptionCodec.struct(
                    IsoTpLinkLayer.class,
                    Layout.SIZEOF,
                    "",
                    IsoTpLinkLayer::write,
                    IsoTpLinkLayer::read);

    /** Frames with a flexible data rate, of up to 64 bytes, whose data go at the higher rate. */
    public static IsoTpLinkLayer flexible() {
        return new IsoTpLinkLayer(CANFD_MTU, 64, CanFrame.CANFD_BRS);
    }

    private static void write(ByteBuffer out, IsoTpLinkLayer value) {
        if (!LENGTHS.contains(value.length)) {
            throw new IllegalArgumentException(
                    "a frame has 8, 12, 16, 20, 24, 32, 48 or 64 bytes, not " + value.length);
        }
        out.put(Layout.mtu, (byte) value.mtu);
        out.put(Layout.tx_dl, (byte) value.length);
        out.put(Layout.tx_flags, (byte) value.flags);
    }

    private static IsoTpLinkLayer read(ByteBuffer in) {
        return new IsoTpLinkLayer(
                Byte.toUnsignedInt(in.get(Layout.mtu)),
                Byte.toUnsignedInt(in.get(Layout.tx_dl)),
                Byte.toUnsignedInt(in.get(Layout.tx_flags)));
    }

    /** Offsets in bytes. */
    @CStruct("struct can_isotp_ll_options")
    private static final class Layout {
        static final int SIZEOF = 3;
        static final int mtu = 0;
        static final int tx_dl = 1;
        static final int tx_flags = 2;

        private Layout() {}
    }
}
