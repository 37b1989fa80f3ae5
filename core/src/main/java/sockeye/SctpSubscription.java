// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

/**
 * Whether one event of SCTP is heard of: {@code struct sctp_event}, RFC 6458 section 6.2.2.
 *
 * @param event which
 * @param on whether from now on, or no longer
 * @param associationId of which association of a SOCK_SEQPACKET socket; 0 for those to come
 */
public record SctpSubscription(SctpEvents.Event event, boolean on, int associationId) {
    static final OptionCodec<SctpSubscription> CODEC =
            OptionCodec.struct(
                    SctpSubscription.class,
                    Layout.SIZEOF,
                    "",
                    (out, value) -> {
                        out.putInt(Layout.se_assoc_id, value.associationId);
                        out.putShort(Layout.se_type, (short) value.event.number());
                        out.put(Layout.se_on, (byte) (value.on ? 1 : 0));
                    },
                    in -> {
                        throw new UnsupportedOperationException();
                    });

    /** Offsets in bytes. */
    @CStruct("struct sctp_event")
    private static final class Layout {
        static final int SIZEOF = 8;
        static final int se_assoc_id = 0;
        static final int se_type = 4;
        static final int se_on = 6;

        private Layout() {}
    }
}
