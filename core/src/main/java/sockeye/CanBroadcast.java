// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A message to the broadcast manager of CAN, or from it, on a socket of {@link CanEndpoint#CAN_BCM}
 * that is connected to an interface: {@code struct bcm_msg_head} and the frames behind it. The
 * kernel sends the frames of a {@link #TX_SETUP} in time, and of a {@link #RX_SETUP} tells when the
 * content of a frame changes or the frame fails to come.
 *
 * @param opcode {@link #TX_SETUP} and its siblings
 * @param flags {@link #SETTIMER} and its siblings
 * @param count how often to send at the first interval
 * @param first the first interval, or how long a frame may fail to come; whole microseconds
 * @param then the interval after that, or the least time between two changes that are told of
 * @param id the identifier of the frames
 * @param frames at most {@link #MOST_FRAMES}, all of a kind; copied
 */
public record CanBroadcast(
        int opcode,
        int flags,
        long count,
        Duration first,
        Duration then,
        int id,
        List<CanFrame> frames) {
    /** To send in time. */
    public static final int TX_SETUP = 1;

    /** To send no more. */
    public static final int TX_DELETE = 2;

    /** To ask what is sent in time; answered by TX_STATUS. */
    public static final int TX_READ = 3;

    /** To send one frame now. */
    public static final int TX_SEND = 4;

    /** To watch frames. */
    public static final int RX_SETUP = 5;

    /** To watch no more. */
    public static final int RX_DELETE = 6;

    /** To ask what is watched; answered by RX_STATUS. */
    public static final int RX_READ = 7;

    /** The answer to TX_READ. */
    public static final int TX_STATUS = 8;

    /** The frames have been sent as often as was asked. */
    public static final int TX_EXPIRED = 9;

    /** The answer to RX_READ. */
    public static final int RX_STATUS = 10;

    /** A frame failed to come in time. */
    public static final int RX_TIMEOUT = 11;

    /** A frame came whose content has changed. */
    public static final int RX_CHANGED = 12;

    /** The intervals and the count of this message hold. */
    public static final int SETTIMER = 1;

    /** The timer starts now. */
    public static final int STARTTIMER = 2;

    /** The identifier alone counts, and every frame is told of. */
    public static final int RX_FILTER_ID = 0x20;

    /** The frames are {@code struct canfd_frame}. */
    public static final int CAN_FD_FRAME = 0x800;

    /** The most frames in one message. */
    public static final int MOST_FRAMES = 256;

    /**
     * Checks and copies the frames.
     *
     * @throws IllegalArgumentException if there are more than {@link #MOST_FRAMES}, they are of
     *     another kind than {@link #CAN_FD_FRAME} says, or the count is not 0 to 4294967295
     */
    public CanBroadcast {
        frames = List.copyOf(frames);
        boolean fd = (flags & CAN_FD_FRAME) != 0;
        if (frames.size() > MOST_FRAMES
                || frames.stream().anyMatch(frame -> frame.fd() != fd)
                || !TargetGrammar.isUnsigned(count)) {
            throw new IllegalArgumentException(
                    frames.size() + " frames, flags " + flags + ", count " + count);
        }
    }

    /** To send a frame again and again, from now on. */
    public static CanBroadcast every(Duration interval, CanFrame frame) {
        int flags = SETTIMER | STARTTIMER | (frame.fd() ? CAN_FD_FRAME : 0);
        return new CanBroadcast(
                TX_SETUP, flags, 0, Duration.ZERO, interval, frame.id(), List.of(frame));
    }

    /** To be told of each frame of an identifier. */
    public static CanBroadcast watch(int id) {
        return new CanBroadcast(
                RX_SETUP, RX_FILTER_ID, 0, Duration.ZERO, Duration.ZERO, id, List.of());
    }

    /** To send what {@link #every} set up no more. */
    public static CanBroadcast stop(int id) {
        return new CanBroadcast(TX_DELETE, 0, 0, Duration.ZERO, Duration.ZERO, id, List.of());
    }

    /** The message to send, in a new buffer. */
    public ByteBuffer encode() {
        int each = (flags & CAN_FD_FRAME) != 0 ? CanFrame.CANFD_MTU : CanFrame.CAN_MTU;
        ByteBuffer out =
                ByteBuffer.allocate(Layout.SIZEOF + frames.size() * each)
                        .order(ByteOrder.nativeOrder());
        out.putInt(Layout.opcode, opcode);
        out.putInt(Layout.flags, flags);
        out.putInt(Layout.count, (int) count);
        put(out, Layout.ival1, first);
        put(out, Layout.ival2, then);
        out.putInt(Layout.can_id, id);
        out.putInt(Layout.nframes, frames.size());
        out.position(Layout.frames);
        frames.forEach(frame -> out.put(frame.encode()));
        return out.flip();
    }

    /**
     * Reads a message that was received; its position moves to the limit.
     *
     * @throws IllegalArgumentException if it is too short for what it says, or no frames of CAN
     */
    public static CanBroadcast decode(ByteBuffer message) {
        ByteBuffer in = message.slice().order(ByteOrder.nativeOrder());
        if (in.remaining() < Layout.SIZEOF) {
            throw new IllegalArgumentException("a message of " + in.remaining() + " bytes");
        }
        int flags = in.getInt(Layout.flags);
        int each = (flags & CAN_FD_FRAME) != 0 ? CanFrame.CANFD_MTU : CanFrame.CAN_MTU;
        long count = Integer.toUnsignedLong(in.getInt(Layout.nframes));
        if (count > (in.remaining() - Layout.SIZEOF) / each) {
            throw new IllegalArgumentException(count + " frames in " + in.remaining() + " bytes");
        }
        List<CanFrame> frames = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            frames.add(CanFrame.decode(in.slice(Layout.frames + i * each, each)));
        }
        message.position(message.limit());
        return new CanBroadcast(
                in.getInt(Layout.opcode),
                flags,
                Integer.toUnsignedLong(in.getInt(Layout.count)),
                get(in, Layout.ival1),
                get(in, Layout.ival2),
                in.getInt(Layout.can_id),
                frames);
    }

    private static void put(ByteBuffer out, int at, Duration time) {
        long micros = OptionCodec.Unit.MICROSECONDS.roundUp(time);
        OptionCodec.inRange(micros, 0, Integer.MAX_VALUE * 1_000_000L, "microseconds");
        out.putLong(at, micros / 1_000_000).putLong(at + Long.BYTES, micros % 1_000_000);
    }

    private static Duration get(ByteBuffer in, int at) {
        return Duration.ofSeconds(
                in.getLong(at), Math.floorMod(in.getLong(at + Long.BYTES), 1_000_000L) * 1_000);
    }

    /** Offsets in bytes; the intervals are seconds and microseconds, of 8 bytes each. */
    @CStruct("struct bcm_msg_head")
    static final class Layout {
        static final int SIZEOF = 56;
        static final int opcode = 0;
        static final int flags = 4;
        static final int count = 8;
        static final int ival1 = 16;
        static final int ival2 = 32;
        static final int can_id = 48;
        static final int nframes = 52;
        static final int frames = 56;

        private Layout() {}
    }
}
