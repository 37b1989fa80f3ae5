// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

/**
 * What an AF_PACKET socket saw since it was asked last: {@code struct tpacket_stats}.
 *
 * @param packets how many frames passed its filter, the dropped ones included
 * @param drops how many of them found its receive buffer full
 */
public record PacketStatistics(long packets, long drops) {
    static final OptionCodec<PacketStatistics> CODEC =
            OptionCodec.report(
                    PacketStatistics.class,
                    Layout.SIZEOF,
                    Layout.SIZEOF,
                    in ->
                            new PacketStatistics(
                                    Integer.toUnsignedLong(in.getInt(Layout.tp_packets)),
                                    Integer.toUnsignedLong(in.getInt(Layout.tp_drops))));

    /** Offsets in bytes. */
    @CStruct("struct tpacket_stats")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int tp_packets = 0;
        static final int tp_drops = 4;

        private Layout() {}
    }
}
