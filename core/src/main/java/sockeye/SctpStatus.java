// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * How a connection of SCTP stands: {@code struct sctp_status}, RFC 6458 section 8.2.1.
 *
 * @param associationId the kernel's number of the connection
 * @param state 0 empty, 1 closed, 2 cookie wait, 3 cookie echoed, 4 established, 5 shutdown
 *     pending, 6 shutdown sent, 7 shutdown received, 8 shutdown acknowledged
 * @param receiveWindow how many bytes the peer has room for
 * @param unacknowledged how many chunks were sent and not acknowledged
 * @param pending how many chunks wait to be received here
 * @param inStreams how many streams there are from the peer
 * @param outStreams how many streams there are to the peer
 * @param fragmentationPoint how many bytes go into one packet
 */
public record SctpStatus(
        int associationId,
        int state,
        long receiveWindow,
        int unacknowledged,
        int pending,
        int inStreams,
        int outStreams,
        long fragmentationPoint) {
    static final OptionCodec<SctpStatus> CODEC =
            OptionCodec.report(SctpStatus.class, Layout.SIZEOF, Layout.SIZEOF, SctpStatus::read);

    static byte[] question(int associationId) {
        byte[] asked = new byte[Layout.SIZEOF];
        OptionCodec.nativeOrder(asked).putInt(Layout.sstat_assoc_id, associationId);
        return asked;
    }

    private static SctpStatus read(ByteBuffer in) {
        return new SctpStatus(
                in.getInt(Layout.sstat_assoc_id),
                in.getInt(Layout.sstat_state),
                Integer.toUnsignedLong(in.getInt(Layout.sstat_rwnd)),
                Short.toUnsignedInt(in.getShort(Layout.sstat_unackdata)),
                Short.toUnsignedInt(in.getShort(Layout.sstat_penddata)),
                Short.toUnsignedInt(in.getShort(Layout.sstat_instrms)),
                Short.toUnsignedInt(in.getShort(Layout.sstat_outstrms)),
                Integer.toUnsignedLong(in.getInt(Layout.sstat_fragmentation_point)));
    }

    /** Offsets in bytes; the primary path at the end is left out. */
    @CStruct("struct sctp_status")
    static final class Layout {
        static final int SIZEOF = 176;
        static final int sstat_assoc_id = 0;
        static final int sstat_state = 4;
        static final int sstat_rwnd = 8;
        static final int sstat_unackdata = 12;
        static final int sstat_penddata = 14;
        static final int sstat_instrms = 16;
        static final int sstat_outstrms = 18;
        static final int sstat_fragmentation_point = 20;

        private Layout() {}
    }
}
