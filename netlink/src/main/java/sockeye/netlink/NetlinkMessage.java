// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.netlink.Wire.Nlmsghdr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One received message: its header, and a payload to be decoded.
 *
 * <p>One that a visitor or a decoder is given lies in the receive buffer and is valid until that
 * returns; {@link #copy} keeps it. One that was returned from a method is the caller's.
 */
public final class NetlinkMessage {
    /** Nothing; to be passed over. */
    public static final int NLMSG_NOOP = 1;

    /** An error, or with the number 0 an acknowledgement. */
    public static final int NLMSG_ERROR = 2;

    /** The end of several messages. */
    public static final int NLMSG_DONE = 3;

    /** Data was lost. */
    public static final int NLMSG_OVERRUN = 4;

    /** The types below are the same for every protocol. */
    public static final int NLMSG_MIN_TYPE = 0x10;

    private final byte[] bytes;
    private final int start;
    private final int length;

    private NetlinkMessage(byte[] bytes, int start, int length) {
        this.bytes = bytes;
        this.start = start;
        this.length = length;
    }

    /**
     * The messages of one datagram, in order. Total: a header whose length leads out of the
     * datagram, or is shorter than a header, is an error, and so is any remainder that is not
     * padding.
     *
     * @param bytes as they were received; the messages lie in them
     * @param count how many of them
     * @throws NetlinkDecodeException if they are no messages; nothing is returned then
     */
    public static List<NetlinkMessage> split(byte[] bytes, int count)
            throws NetlinkDecodeException {
        List<NetlinkMessage> all = new ArrayList<>();
        int at = 0;
        while (count - at >= Nlmsghdr.SIZEOF) {
            int length = Wire.s32(bytes, at + Nlmsghdr.nlmsg_len);
            if (length < Nlmsghdr.SIZEOF || length > count - at) {
                throw new NetlinkDecodeException(
                        Wire.u16(bytes, at + Nlmsghdr.nlmsg_type),
                        List.of(),
                        0,
                        "a length of %s in a datagram with %d bytes left"
                                .formatted(Integer.toUnsignedString(length), count - at));
            }
            all.add(new NetlinkMessage(bytes, at, length));
            at += Math.min(Wire.align(length), count - at);
        }
        if (at < count) {
            throw new NetlinkDecodeException(
                    0, List.of(), 0, (count - at) + " bytes that are no message");
        }
        return all;
    }

    /** What was asked or is told, as the protocol has it; below 16 the same for all. */
    public int type() {
        return Wire.u16(bytes, start + Nlmsghdr.nlmsg_type);
    }

    /** The flags, see {@link NetlinkFlag}. */
    public int flags() {
        return Wire.u16(bytes, start + Nlmsghdr.nlmsg_flags);
    }

    /** Whether all of these flags are set. */
    public boolean has(int mask) {
        return (flags() & mask) == mask;
    }

    /** The number of the request that it answers, unsigned 32 bits in an int. */
    public int sequence() {
        return Wire.s32(bytes, start + Nlmsghdr.nlmsg_seq);
    }

    /** The port of the socket whose request it answers, 0 to 4294967295; 0 for none. */
    public long port() {
        return Integer.toUnsignedLong(Wire.s32(bytes, start + Nlmsghdr.nlmsg_pid));
    }

    /** The length of the payload in bytes, without header and padding. */
    public int length() {
        return length - Nlmsghdr.SIZEOF;
    }

    /** The payload, copied. */
    public byte[] payload() {
        return Arrays.copyOfRange(bytes, start + Nlmsghdr.SIZEOF, start + length);
    }

    /** Header and payload, copied: what {@link #split} takes. */
    public byte[] toBytes() {
        return Arrays.copyOfRange(bytes, start, start + length);
    }

    /** The same message in memory of its own. */
    public NetlinkMessage copy() {
        return new NetlinkMessage(toBytes(), 0, length);
    }

    /**
     * Decodes the payload.
     *
     * @param decoder reads it; what it finds wrong with it needs no word of its own, see {@link
     *     AttributeReader}
     * @return what the decoder returned, null if it passed the message over
     * @throws NetlinkDecodeException if the message is not what it should be, or the decoder threw:
     *     its exception is the cause then
     */
    public <T> @Nullable T decode(PayloadDecoder<T> decoder) throws NetlinkDecodeException {
        DecodeTrouble trouble = new DecodeTrouble(this);
        int from = start + Nlmsghdr.SIZEOF;
        @Nullable T decoded;
        try {
            decoded = decoder.decode(new PayloadReader(trouble, this, bytes, from, start + length));
        } catch (RuntimeException refused) {
            // Most often a record that refuses what came; zeros come of an earlier error.
            trouble.check();
            NetlinkDecodeException wrong =
                    new NetlinkDecodeException(type(), List.of(), 0, "" + refused.getMessage());
            wrong.initCause(refused);
            throw wrong;
        }
        trouble.check();
        return decoded;
    }

    /** Where in the message a place in the array is. */
    int offsetOf(int at) {
        return at - start;
    }

    /** The header, and how long the payload is. */
    @Override
    public String toString() {
        return "NetlinkMessage[type=%d, flags=0x%x, sequence=%s, port=%d, length=%d]"
                .formatted(type(), flags(), Integer.toUnsignedString(sequence()), port(), length());
    }
}
