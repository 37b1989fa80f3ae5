// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AncillaryType.PACKET_AUXDATA;
import static sockeye.AncillaryType.SOL_PACKET;

/**
 * What the kernel knows of a received frame beside its bytes ({@code PACKET_AUXDATA}, {@code struct
 * tpacket_auxdata}), with {@link PacketOption#AUXDATA} on; packet(7).
 *
 * @param status TP_STATUS_ bits: {@link #TP_STATUS_COPY} and the others here
 * @param length how long the frame was on its way, in bytes
 * @param captured how much of it was kept, which a socket filter may cut
 * @param networkHeader where the network layer's header begins; of SOCK_DGRAM 0
 * @param vlanTag the tag of a virtual LAN that the hardware took off, if the status has {@link
 *     #TP_STATUS_VLAN_VALID}
 * @param vlanProtocol its protocol, 0x8100 or 0x88A8, if it has {@link #TP_STATUS_VLAN_TPID_VALID}
 */
public record PacketAuxData(
        long status, long length, long captured, int networkHeader, int vlanTag, int vlanProtocol)
        implements Ancillary.OfFamily {
    /** The frame is longer than what was kept. */
    public static final int TP_STATUS_COPY = 2;

    /** Frames have been lost. */
    public static final int TP_STATUS_LOSING = 4;

    /** The frame leaves here, and its checksum is not computed yet. */
    public static final int TP_STATUS_CSUMNOTREADY = 8;

    /** There is a tag of a virtual LAN. */
    public static final int TP_STATUS_VLAN_VALID = 16;

    /** There is the tag's protocol. */
    public static final int TP_STATUS_VLAN_TPID_VALID = 64;

    /** The checksum was found right. */
    public static final int TP_STATUS_CSUM_VALID = 128;

    /** The frame is several segments that the kernel or the hardware joined. Linux 6.1. */
    public static final int TP_STATUS_GSO_TCP = 256;

    @Override
    public int level() {
        return SOL_PACKET;
    }

    @Override
    public int type() {
        return PACKET_AUXDATA;
    }
}
