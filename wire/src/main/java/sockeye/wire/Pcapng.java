// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes captures that tcpdump, tshark and Wireshark read: the blocks of pcapng, <a
 * href="https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/">draft-ietf-opsawg-pcapng</a>.
 *
 * <p>A file is one {@link #section}, one {@link #link} for each interface, in the order of their
 * numbers from 0, then {@linkplain #packet packets} as they come, and at the end or between, how
 * many were lost ({@link #statistics}). Times are nanoseconds since 1970-01-01T00:00:00Z. Each
 * method appends one whole block to a buffer, whose byte order does not matter, or throws {@link
 * java.nio.BufferOverflowException} and leaves the buffer as it was: ask {@link #packetLength}
 * before. Numbers are written with the low byte first, as the section says.
 *
 * <p>Without state, and so safe for use by any thread.
 */
public final class Pcapng {
    /** LINKTYPE_ETHERNET: Ethernet, and Linux's loopback. */
    public static final int LINKTYPE_ETHERNET = 1;

    /** LINKTYPE_RAW: packets of IPv4 or IPv6 without a link layer. */
    public static final int LINKTYPE_RAW = 101;

    /** LINKTYPE_CAN_SOCKETCAN: {@code struct can_frame} with the identifier's high byte first. */
    public static final int LINKTYPE_CAN_SOCKETCAN = 227;

    /** LINKTYPE_NETLINK: messages of netlink behind a header of 16 bytes. */
    public static final int LINKTYPE_NETLINK = 253;

    /** Which way a packet went. */
    public enum Direction {
        /** Nothing is known. */
        UNKNOWN(0),
        /** It came in. */
        INBOUND(1),
        /** It went out. */
        OUTBOUND(2);

        private final int bits;

        Direction(int bits) {
            this.bits = bits;
        }
    }

    /** No captured packet is longer, in bytes. */
    public static final int MAX_PACKET = 262_144;

    /** The most bytes of a name or an application, in UTF-8; what is longer is cut. */
    public static final int MAX_TEXT = 255;

    private static final int SECTION = 0x0A0D0D0A;
    private static final int INTERFACE = 1;
    private static final int STATISTICS = 5;
    private static final int PACKET = 6;
    private static final int BYTE_ORDER = 0x1A2B3C4D;

    private static final int SHB_USERAPPL = 4;
    private static final int IF_NAME = 2;
    private static final int IF_TSRESOL = 9;
    private static final int EPB_FLAGS = 2;
    private static final int ISB_IFRECV = 4;
    private static final int ISB_IFDROP = 5;

    /** Type and length before what a block holds, length once more behind it. */
    private static final int FRAME = 12;

    private static final int PACKET_HEAD = 20;
    private static final int PACKET_OPTIONS = 12;

    private Pcapng() {}

    /** The beginning of a file, which says who wrote it. */
    public static void section(ByteBuffer out, String application) {
        byte[] text = text(application);
        var block = new Block(out, SECTION, 16 + optionLength(text.length) + 4);
        block.out.putInt(BYTE_ORDER).putShort((short) 1).putShort((short) 0).putLong(-1);
        block.option(SHB_USERAPPL, text);
        block.end();
    }

    /**
     * The next interface; the first has the number 0.
     *
     * @param linkType {@link #LINKTYPE_ETHERNET} or another of <a
     *     href="https://www.tcpdump.org/linktypes.html">the list</a>, 0 to 65535
     * @param snapLength the most that is kept of a packet, in bytes; 0 for no limit
     * @param name the name of the interface
     */
    public static void link(ByteBuffer out, int linkType, int snapLength, String name) {
        if (linkType >>> Short.SIZE != 0 || snapLength < 0) {
            throw new IllegalArgumentException("a link type is 0 to 65535, not " + linkType);
        }
        byte[] text = text(name);
        int options = optionLength(text.length) + optionLength(1) + 4;
        var block = new Block(out, INTERFACE, 8 + options);
        block.out.putShort((short) linkType).putShort((short) 0).putInt(snapLength);
        block.option(IF_NAME, text);
        block.option(IF_TSRESOL, new byte[] {9});
        block.end();
    }

    /** How many bytes {@link #packet} appends for one of which so many were captured. */
    public static int packetLength(int captured) {
        return FRAME + PACKET_HEAD + padded(captured) + PACKET_OPTIONS;
    }

    /**
     * A packet.
     *
     * @param link the number of its interface
     * @param epochNanos when it was seen
     * @param captured what was kept of it: what remains, at most {@link #MAX_PACKET} bytes; the
     *     position moves to the limit
     * @param length how long it was on its way, not less than what was kept
     */
    public static void packet(
            ByteBuffer out,
            int link,
            long epochNanos,
            ByteBuffer captured,
            int length,
            Direction direction) {
        int kept = captured.remaining();
        if (link < 0 || kept > MAX_PACKET || length < kept) {
            throw new IllegalArgumentException(
                    "interface " + link + ", " + kept + " of " + length + " bytes");
        }
        var block = new Block(out, PACKET, packetLength(kept) - FRAME);
        block.out.putInt(link);
        block.time(epochNanos);
        block.out.putInt(kept).putInt(length).put(captured);
        block.pad(kept);
        block.out.putShort((short) EPB_FLAGS).putShort((short) Integer.BYTES);
        block.out.putInt(direction.bits);
        block.end();
    }

    /**
     * What an interface saw, up to a time.
     *
     * @param link the number of the interface
     * @param epochNanos when that was asked for
     * @param received how many packets there were, the dropped ones included
     * @param dropped how many of them were lost because there was no room
     */
    public static void statistics(
            ByteBuffer out, int link, long epochNanos, long received, long dropped) {
        var block = new Block(out, STATISTICS, 12 + 2 * optionLength(Long.BYTES) + 4);
        block.out.putInt(link);
        block.time(epochNanos);
        block.out.putShort((short) ISB_IFRECV).putShort((short) Long.BYTES).putLong(received);
        block.out.putShort((short) ISB_IFDROP).putShort((short) Long.BYTES).putLong(dropped);
        block.end();
    }

    private static byte[] text(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_TEXT) {
            return bytes;
        }
        int end = MAX_TEXT;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--; // not within a character
        }
        return java.util.Arrays.copyOf(bytes, end);
    }

    private static int optionLength(int length) {
        return 4 + padded(length);
    }

    /** Everything begins at a multiple of four bytes. */
    private static int padded(int length) {
        return (length + 3) & ~3;
    }

    /** One block: room for all of it is asked for first, so that none is written in part. */
    private static final class Block {
        final ByteBuffer out;
        private final ByteBuffer into;
        private final int length;

        Block(ByteBuffer into, int type, int body) {
            this.into = into;
            this.length = FRAME + body;
            if (into.remaining() < length) {
                throw new java.nio.BufferOverflowException();
            }
            this.out = into.slice(into.position(), length).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(type).putInt(length);
        }

        void time(long epochNanos) {
            out.putInt((int) (epochNanos >>> Integer.SIZE)).putInt((int) epochNanos);
        }

        void option(int code, byte[] value) {
            out.putShort((short) code).putShort((short) value.length).put(value);
            pad(value.length);
        }

        void pad(int written) {
            for (int i = written; i < padded(written); i++) {
                out.put((byte) 0);
            }
        }

        /** Ends the options, and the block. */
        void end() {
            out.putInt(0).putInt(length);
            into.position(into.position() + length);
        }
    }
}
