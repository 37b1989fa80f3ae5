// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Which frames a socket of {@link CanEndpoint#CAN_RAW} receives: those that any filter lets
 * through, or with {@link CanOption#JOIN_FILTERS} all. Without a filter it receives none, and only
 * sends; a new socket has one that lets everything through.
 *
 * @param filters at most {@link #CAN_RAW_FILTER_MAX}; copied
 */
public record CanFilters(List<Filter> filters) {
    /** The most filters that a socket can have. */
    public static final int CAN_RAW_FILTER_MAX = 512;

    /** In the identifier of a filter: it lets through what does not match. */
    public static final int CAN_INV_FILTER = 0x2000_0000;

    /**
     * One filter, C's {@code struct can_filter}: it lets a frame through whose identifier, with its
     * flags, is this one wherever the mask has a bit.
     *
     * @param id the identifier
     * @param mask which bits of it count
     */
    public record Filter(int id, int mask) {}

    static final OptionCodec<CanFilters> CODEC =
            OptionCodec.of(
                    CanFilters.class,
                    CAN_RAW_FILTER_MAX * Layout.SIZEOF,
                    "",
                    "0 to " + CAN_RAW_FILTER_MAX + " filters",
                    CanFilters::encode,
                    CanFilters::decode);

    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException if there are more than {@link #CAN_RAW_FILTER_MAX}
     */
    public CanFilters {
        filters = List.copyOf(filters);
        OptionCodec.inRange(filters.size(), 0, CAN_RAW_FILTER_MAX, "filters");
    }

    /** Frames of exactly these identifiers, of 11 bits or with {@link CanFrame#CAN_EFF_FLAG}. */
    public static CanFilters only(int... ids) {
        var filters = new ArrayList<Filter>();
        int flags = CanFrame.CAN_EFF_FLAG | CanFrame.CAN_RTR_FLAG;
        for (int id : ids) {
            boolean extended = (id & CanFrame.CAN_EFF_FLAG) != 0;
            filters.add(
                    new Filter(
                            id,
                            flags | (extended ? CanFrame.CAN_EFF_MASK : CanFrame.CAN_SFF_MASK)));
        }
        return new CanFilters(filters);
    }

    /** No frame at all. */
    public static CanFilters none() {
        return new CanFilters(List.of());
    }

    private byte[] encode() {
        byte[] bytes = new byte[filters.size() * Layout.SIZEOF];
        ByteBuffer out = OptionCodec.nativeOrder(bytes);
        filters.forEach(each -> out.putInt(each.id).putInt(each.mask));
        return bytes;
    }

    private static CanFilters decode(byte[] bytes, int length) {
        ByteBuffer in = OptionCodec.nativeOrder(bytes);
        in.limit(Math.min(length, bytes.length) / Layout.SIZEOF * Layout.SIZEOF);
        var filters = new ArrayList<Filter>();
        while (in.hasRemaining()) {
            filters.add(new Filter(in.getInt(), in.getInt()));
        }
        return new CanFilters(filters);
    }

    /** Offsets in bytes. */
    @CStruct("struct can_filter")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int can_id = 0;
        static final int can_mask = 4;

        private Layout() {}
    }
}
