// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A frame of CAN as SOCK_RAW moves it: {@code struct can_frame}, 16 bytes, or with a flexible data
 * rate {@code struct canfd_frame}, 72 bytes. The length of the message says which, and {@link
 * CanOption#FD_FRAMES} whether the longer ones are received and may be sent.
 *
 * @param id the identifier, of 11 bits or with {@link #CAN_EFF_FLAG} of 29, and {@link
 *     #CAN_RTR_FLAG} and {@link #CAN_ERR_FLAG}
 * @param fd whether it is a {@code struct canfd_frame}
 * @param flags {@link #CANFD_BRS} and its siblings, 0 to 255; 0 of a classic frame
 * @param data at most 8 bytes, of a longer frame 64; copied
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record CanFrame(int id, boolean fd, int flags, byte[] data) {
    /** The identifier has 29 bits: the extended frame format. */
    public static final int CAN_EFF_FLAG = 0x8000_0000;

    /** A request that another sends the frame of this identifier; it has no data. */
    public static final int CAN_RTR_FLAG = 0x4000_0000;

    /** Not from the wire: the interface tells of an error, and the identifier is its class. */
    public static final int CAN_ERR_FLAG = 0x2000_0000;

    /** The bits of a short identifier. */
    public static final int CAN_SFF_MASK = 0x7FF;

    /** The bits of a long identifier. */
    public static final int CAN_EFF_MASK = 0x1FFF_FFFF;

    /** The data go at the second bit rate. */
    public static final int CANFD_BRS = 1;

    /** The sender is in the state of passive errors. */
    public static final int CANFD_ESI = 2;

    /** The size of a classic frame as a message, in bytes. */
    public static final int CAN_MTU = 16;

    /** The size of a longer frame as a message, in bytes. */
    public static final int CANFD_MTU = 72;

    /**
     * Copies the data.
     *
     * @throws IllegalArgumentException if there are more than the frame has room for, or it is a
     *     classic one with flags
     */
    public CanFrame {
        if (data.length > (fd ? 64 : 8) || flags >>> 8 != 0 || (!fd && flags != 0)) {
            throw new IllegalArgumentException(
                    "at most 8 bytes without flags, or 64 with; not "
                            + data.length
                            + " with flags "
                            + flags);
        }
        data = data.clone();
    }

    /** A classic frame; the identifier has its {@link #CAN_EFF_FLAG} if it needs 29 bits. */
    public static CanFrame of(int id, byte[] data) {
        return new CanFrame(id, false, 0, data);
    }

    /** A frame with a flexible data rate. */
    public static CanFrame fd(int id, int flags, byte[] data) {
        return new CanFrame(id, true, flags, data);
    }

    /** A request for the frame of an identifier. */
    public static CanFrame request(int id) {
        return of(id | CAN_RTR_FLAG, new byte[0]);
    }

    /**
     * Reads a message that was received; its position moves to the limit.
     *
     * @throws IllegalArgumentException if it has not the size of a frame, or says that it is longer
     */
    public static CanFrame decode(ByteBuffer message) {
        int size = message.remaining();
        ByteBuffer in = message.slice().order(ByteOrder.nativeOrder());
        int length = size == CAN_MTU || size == CANFD_MTU ? in.get(Layout.len) & 0xFF : -1;
        if (length < 0 || length > size - Layout.data) {
            throw new IllegalArgumentException(
                    "no frame of CAN: " + size + " bytes with data of " + length);
        }
        byte[] data = new byte[length];
        in.get(Layout.data, data);
        boolean fd = size == CANFD_MTU;
        message.position(message.limit());
        int flags = fd ? in.get(Layout.flags) & 0xFF : 0;
        return new CanFrame(in.getInt(Layout.can_id), fd, flags, data);
    }

    /** The message to send, in a new buffer. */
    public ByteBuffer encode() {
        ByteBuffer out =
                ByteBuffer.allocate(fd ? CANFD_MTU : CAN_MTU).order(ByteOrder.nativeOrder());
        out.putInt(Layout.can_id, id);
        out.put(Layout.len, (byte) data.length);
        out.put(Layout.flags, (byte) flags);
        out.put(Layout.data, data);
        return out;
    }

    @Override
    public byte[] data() {
        return data.clone();
    }

    /** The identifier without the flags. */
    public int identifier() {
        return id & (isExtended() ? CAN_EFF_MASK : CAN_SFF_MASK);
    }

    /** Whether the identifier has 29 bits. */
    public boolean isExtended() {
        return (id & (CAN_EFF_FLAG | CAN_ERR_FLAG)) != 0;
    }

    /** Whether it asks for data rather than bring them. */
    public boolean isRequest() {
        return (id & CAN_RTR_FLAG) != 0;
    }

    /** Whether it tells of an error. */
    public boolean isError() {
        return (id & CAN_ERR_FLAG) != 0;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CanFrame that
                && id == that.id
                && fd == that.fd
                && flags == that.flags
                && Arrays.equals(data, that.data);
    }

    @Override
    public int hashCode() {
        return 31 * id + Arrays.hashCode(data);
    }

    /** As {@code candump -L} has it, {@code 123#DEADBEEF}, {@code 00000123##1DEADBEEF}. */
    @Override
    public String toString() {
        String name = isExtended() ? "%08X" : "%03X";
        String bytes = HexFormat.of().withUpperCase().formatHex(data);
        String rest = fd ? "##%X".formatted(flags & 0xF) : isRequest() ? "#R" : "#";
        return name.formatted(isError() ? id & ~CAN_RTR_FLAG : identifier()) + rest + bytes;
    }

    /** Offsets in bytes, the same in both structures. */
    @CStruct("struct canfd_frame")
    static final class Layout {
        static final int SIZEOF = 72;
        static final int can_id = 0;
        static final int len = 4;
        static final int flags = 5;
        static final int data = 8;

        private Layout() {}
    }
}
