// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

/**
 * What a link has counted since it was made; each number is C's unsigned 64 bits, and what the
 * kernel is too old to tell is 0.
 *
 * @param received what came
 * @param sent what went
 */
public record LinkStatistics(Received received, Sent sent) {
    /** What a link that tells nothing has. */
    static final LinkStatistics NONE =
            new LinkStatistics(
                    new Received(0, 0, 0, 0, 0, new ReceiveErrors(0, 0, 0, 0, 0, 0), 0, 0, 0),
                    new Sent(0, 0, 0, 0, 0, new SendErrors(0, 0, 0, 0, 0), 0));

    /**
     * What came.
     *
     * @param packets good ones
     * @param bytes those of the good packets
     * @param errors bad packets, whatever was bad
     * @param dropped for want of room or of anybody who wanted them
     * @param multicast multicasts among the good ones
     * @param kinds what the errors were
     * @param compressed compressed ones, where that exists
     * @param noHandler dropped because the link is the idle one of a bond
     * @param otherHost dropped because they were for another host; since Linux 5.19
     */
    public record Received(
            long packets,
            long bytes,
            long errors,
            long dropped,
            long multicast,
            ReceiveErrors kinds,
            long compressed,
            long noHandler,
            long otherHost) {}

    /**
     * What was wrong with received packets.
     *
     * @param length of a wrong length
     * @param over larger than the buffer
     * @param crc whose check sum is wrong
     * @param frame badly framed
     * @param fifo lost because the hardware's queue was full
     * @param missed lost because the host was too slow
     */
    public record ReceiveErrors(
            long length, long over, long crc, long frame, long fifo, long missed) {}

    /**
     * What went.
     *
     * @param packets good ones
     * @param bytes those of the good packets
     * @param errors what could not be sent
     * @param dropped for want of room
     * @param collisions on a shared medium
     * @param kinds what the errors were
     * @param compressed compressed ones, where that exists
     */
    public record Sent(
            long packets,
            long bytes,
            long errors,
            long dropped,
            long collisions,
            SendErrors kinds,
            long compressed) {}

    /**
     * Why packets could not be sent.
     *
     * @param aborted given up
     * @param carrier for want of a carrier
     * @param fifo because the hardware's queue ran empty
     * @param heartbeat without a heartbeat
     * @param window because of a late collision
     */
    public record SendErrors(long aborted, long carrier, long fifo, long heartbeat, long window) {}

    @CStruct("struct rtnl_link_stats64")
    private static final class Stats {
        static final int rx_packets = 0;
        static final int tx_packets = 8;
        static final int rx_bytes = 16;
        static final int tx_bytes = 24;
        static final int rx_errors = 32;
        static final int tx_errors = 40;
        static final int rx_dropped = 48;
        static final int tx_dropped = 56;
        static final int multicast = 64;
        static final int collisions = 72;
        static final int rx_length_errors = 80;
        static final int rx_over_errors = 88;
        static final int rx_crc_errors = 96;
        static final int rx_frame_errors = 104;
        static final int rx_fifo_errors = 112;
        static final int rx_missed_errors = 120;
        static final int tx_aborted_errors = 128;
        static final int tx_carrier_errors = 136;
        static final int tx_fifo_errors = 144;
        static final int tx_heartbeat_errors = 152;
        static final int tx_window_errors = 160;
        static final int rx_compressed = 168;
        static final int tx_compressed = 176;
        static final int rx_nohandler = 184;
        static final int rx_otherhost_dropped = 192;

        private Stats() {}
    }

    /** IFLA_STATS64, which grew at its end. */
    static LinkStatistics read(StructReader stats) {
        return new LinkStatistics(
                new Received(
                        stats.s64(Stats.rx_packets),
                        stats.s64(Stats.rx_bytes),
                        stats.s64(Stats.rx_errors),
                        stats.s64(Stats.rx_dropped),
                        stats.s64(Stats.multicast),
                        new ReceiveErrors(
                                stats.s64(Stats.rx_length_errors),
                                stats.s64(Stats.rx_over_errors),
                                stats.s64(Stats.rx_crc_errors),
                                stats.s64(Stats.rx_frame_errors),
                                stats.s64(Stats.rx_fifo_errors),
                                stats.s64(Stats.rx_missed_errors)),
                        stats.s64(Stats.rx_compressed),
                        late(stats, Stats.rx_nohandler),
                        late(stats, Stats.rx_otherhost_dropped)),
                new Sent(
                        stats.s64(Stats.tx_packets),
                        stats.s64(Stats.tx_bytes),
                        stats.s64(Stats.tx_errors),
                        stats.s64(Stats.tx_dropped),
                        stats.s64(Stats.collisions),
                        new SendErrors(
                                stats.s64(Stats.tx_aborted_errors),
                                stats.s64(Stats.tx_carrier_errors),
                                stats.s64(Stats.tx_fifo_errors),
                                stats.s64(Stats.tx_heartbeat_errors),
                                stats.s64(Stats.tx_window_errors)),
                        stats.s64(Stats.tx_compressed)));
    }

    private static long late(StructReader stats, int offset) {
        return stats.has(offset, Long.BYTES) ? stats.s64(offset) : 0;
    }
}
