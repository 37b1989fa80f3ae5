// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.util.List;

/**
 * The options of level SOL_PACKET, for sockets of AF_PACKET. A filter is {@link
 * SoOption#ATTACH_FILTER}, set before the socket is bound to a protocol if it shall see no frame
 * that does not pass. The rings of {@code PACKET_RX_RING}, shared with the kernel, are not among
 * them.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/packet.7.html">packet(7)</a>
 */
public final class PacketOption {
    private static final int SOL_PACKET = 263;
    private static final OptionTable TABLE = new OptionTable(SOL_PACKET);

    private PacketOption() {}

    /**
     * Lets more frames through, as long as the socket is open; several times counts. Write-only.
     */
    public static final Option<PacketMembership> ADD_MEMBERSHIP =
            TABLE.writeOnly("PACKET_ADD_MEMBERSHIP", 1, PacketMembership.CODEC);

    /** Takes back one {@link #ADD_MEMBERSHIP}. Write-only. */
    public static final Option<PacketMembership> DROP_MEMBERSHIP =
            TABLE.writeOnly("PACKET_DROP_MEMBERSHIP", 2, PacketMembership.CODEC);

    /** What was seen and dropped since this was read last: reading sets it to 0. */
    public static final Option<PacketStatistics> STATISTICS =
            TABLE.readOnly("PACKET_STATISTICS", 6, PacketStatistics.CODEC);

    /** Whether each frame brings {@link PacketAuxData}. Default false. */
    public static final Option<Boolean> AUXDATA = TABLE.readWrite("PACKET_AUXDATA", 8, flag());

    /**
     * Whether a frame is said to come from the interface that it came in by, rather than from the
     * bond or the bridge over that. Default false.
     */
    public static final Option<Boolean> ORIGDEV = TABLE.readWrite("PACKET_ORIGDEV", 9, flag());

    /** Which form of the rings: 0 to 2 for TPACKET_V1 to V3. Default 0. */
    public static final Option<Integer> VERSION =
            TABLE.readWrite("PACKET_VERSION", 10, integer("", 0, 2));

    /** Whether frames that cannot be sent are dropped rather than end a ring. Default false. */
    public static final Option<Boolean> LOSS = TABLE.readWrite("PACKET_LOSS", 14, flag());

    /**
     * Whether each frame begins with a {@code struct virtio_net_hdr}, in both directions. SOCK_RAW
     * only. Default false.
     */
    public static final Option<Boolean> VNET_HDR = TABLE.readWrite("PACKET_VNET_HDR", 15, flag());

    /** Which clock stamps the frames of a ring: SOF_TIMESTAMPING_ bits. Default 0. */
    public static final Option<Integer> TIMESTAMP =
            TABLE.readWrite("PACKET_TIMESTAMP", 17, integer(""));

    /** The group of sockets that share the frames; to be set on a socket that is bound. */
    public static final Option<PacketFanout> FANOUT =
            TABLE.readWrite("PACKET_FANOUT", 18, PacketFanout.CODEC);

    /** Whether what is sent goes past the queueing disciplines of the interface. Default false. */
    public static final Option<Boolean> QDISC_BYPASS =
            TABLE.readWrite("PACKET_QDISC_BYPASS", 20, flag());

    /** Whether what this host sends is not received too. Default false. Linux 4.20. */
    public static final Option<Boolean> IGNORE_OUTGOING =
            TABLE.readWrite("PACKET_IGNORE_OUTGOING", 23, flag());

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
