// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * How a socket of ISO-TP addresses and fills its frames: {@code struct can_isotp_options}. What a
 * number is for is ignored unless its flag is set.
 *
 * @param flags what is on
 * @param frameTime how long a frame takes to be sent (N_As), 0 to 4.294967294 s; default 50 µs
 * @param address the address of extended addressing, the first byte of each frame, 0 to 255; with
 *     {@link Flag#EXTEND_ADDR}
 * @param sendPadding what the rest of a sent frame is filled with, 0 to 255; with {@link
 *     Flag#TX_PADDING}
 * @param receivePadding what the rest of a received frame has to be, 0 to 255; with {@link
 *     Flag#CHK_PAD_DATA}
 * @param receiveAddress the address in received frames if it is another, 0 to 255; with {@link
 *     Flag#RX_EXT_ADDR}
 */
public record IsoTpSettings(
        Set<Flag> flags,
        Duration frameTime,
        int address,
        int sendPadding,
        int receivePadding,
        int receiveAddress) {
    /** The kernel takes 0 for "as it is". */
    private static final int CAN_ISOTP_FRAME_TXTIME_ZERO = 0xFFFF_FFFF;

    private static final int CAN_ISOTP_DEFAULT_PAD_CONTENT = 0xCC;
    private static final long MOST_TIME = 0xFFFF_FFFEL;

    /** The kernel's defaults. */
    public static final IsoTpSettings DEFAULT =
            new IsoTpSettings(
                    Set.of(),
                    Duration.ofNanos(50_000),
                    0,
                    CAN_ISOTP_DEFAULT_PAD_CONTENT,
                    CAN_ISOTP_DEFAULT_PAD_CONTENT,
                    0);

    /** What can be on: CAN_ISOTP_ and the name. */
    public enum Flag {
        /** It only listens, and never answers with flow control. */
        LISTEN_MODE(0x0001),
        /** Extended addressing: the first byte of a frame is an address. */
        EXTEND_ADDR(0x0002),
        /** Sent frames are filled up. */
        TX_PADDING(0x0004),
        /** Received frames are filled up. */
        RX_PADDING(0x0008),
        /** Received frames of another length are refused. */
        CHK_PAD_LEN(0x0010),
        /** Received frames that are filled with something else are refused. */
        CHK_PAD_DATA(0x0020),
        /** One direction at a time. */
        HALF_DUPLEX(0x0040),
        /** {@link IsoTpOption#TX_STMIN} holds, not what the receiver asks for. */
        FORCE_TXSTMIN(0x0080),
        /** {@link IsoTpOption#RX_STMIN} holds. */
        FORCE_RXSTMIN(0x0100),
        /** Received frames have another address of extended addressing. */
        RX_EXT_ADDR(0x0200),
        /**
         * A send waits until the message is on the wire: in the kernel, so it blocks its thread.
         */
        WAIT_TX_DONE(0x0400),
        /** Messages of one frame to everybody. */
        SF_BROADCAST(0x0800),
        /** Messages of many frames to everybody, without flow control; Linux 5.18. */
        CF_BROADCAST(0x1000);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    static final OptionCodec<IsoTpSettings> CODEC =
            OptionCodec.struct(
                    IsoTpSettings.class,
                    Layout.SIZEOF,
                    "",
                    IsoTpSettings::write,
                    IsoTpSettings::read);

    /**
     * Copies the set, and checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public IsoTpSettings {
        var copy = EnumSet.noneOf(Flag.class);
        copy.addAll(flags);
        flags = Collections.unmodifiableSet(copy);
        if ((address | sendPadding | receivePadding | receiveAddress) >>> Byte.SIZE != 0) {
            throw new IllegalArgumentException("addresses and paddings are bytes, 0 to 255");
        }
        if (frameTime.isNegative() || frameTime.compareTo(Duration.ofNanos(MOST_TIME)) > 0) {
            throw new IllegalArgumentException(
                    "a frame takes 0 to 4.294967294 s, not " + frameTime);
        }
    }

    /** The same with more flags. */
    public IsoTpSettings with(Flag... more) {
        var all = EnumSet.noneOf(Flag.class);
        all.addAll(flags);
        all.addAll(Set.of(more));
        return new IsoTpSettings(
                all, frameTime, address, sendPadding, receivePadding, receiveAddress);
    }

    /** The same with extended addressing, one address for both directions. */
    public IsoTpSettings withAddress(int both) {
        return new IsoTpSettings(
                        flags, frameTime, both, sendPadding, receivePadding, receiveAddress)
                .with(Flag.EXTEND_ADDR);
    }

    /** The same with extended addressing, an address for each direction. */
    public IsoTpSettings withAddresses(int sending, int receiving) {
        return new IsoTpSettings(flags, frameTime, sending, sendPadding, receivePadding, receiving)
                .with(Flag.EXTEND_ADDR, Flag.RX_EXT_ADDR);
    }

    /** The same with frames that are filled up with a byte, in both directions, not checked. */
    public IsoTpSettings withPadding(int content) {
        return new IsoTpSettings(flags, frameTime, address, content, content, receiveAddress)
                .with(Flag.TX_PADDING, Flag.RX_PADDING);
    }

    private static void write(ByteBuffer out, IsoTpSettings value) {
        int bits = 0;
        for (Flag each : value.flags) {
            bits |= each.bit;
        }
        int time = (int) value.frameTime.toNanos();
        out.putInt(Layout.flags, bits);
        out.putInt(Layout.frame_txtime, time == 0 ? CAN_ISOTP_FRAME_TXTIME_ZERO : time);
        out.put(Layout.ext_address, (byte) value.address);
        out.put(Layout.txpad_content, (byte) value.sendPadding);
        out.put(Layout.rxpad_content, (byte) value.receivePadding);
        out.put(Layout.rx_ext_address, (byte) value.receiveAddress);
    }

    private static IsoTpSettings read(ByteBuffer in) {
        int bits = in.getInt(Layout.flags);
        var flags = EnumSet.noneOf(Flag.class);
        for (Flag each : Flag.values()) {
            if ((bits & each.bit) != 0) {
                flags.add(each);
            }
        }
        int time = in.getInt(Layout.frame_txtime);
        return new IsoTpSettings(
                flags,
                Duration.ofNanos(
                        time == CAN_ISOTP_FRAME_TXTIME_ZERO ? 0 : Integer.toUnsignedLong(time)),
                Byte.toUnsignedInt(in.get(Layout.ext_address)),
                Byte.toUnsignedInt(in.get(Layout.txpad_content)),
                Byte.toUnsignedInt(in.get(Layout.rxpad_content)),
                Byte.toUnsignedInt(in.get(Layout.rx_ext_address)));
    }

    /** Offsets in bytes. */
    @CStruct("struct can_isotp_options")
    private static final class Layout {
        static final int SIZEOF = 12;
        static final int flags = 0;
        static final int frame_txtime = 4;
        static final int ext_address = 8;
        static final int txpad_content = 9;
        static final int rxpad_content = 10;
        static final int rx_ext_address = 11;

        private Layout() {}
    }
}
