// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.time.Duration;

/**
 * What SCTP proposes when it makes a connection: {@code struct sctp_initmsg}, RFC 6458 section
 * 8.1.3. Zero leaves the default.
 *
 * @param outStreams how many streams to send on, 0 to 65,535; default 10
 * @param maxInStreams how many streams the peer may send on, 0 to 65,535
 * @param maxAttempts how often the first packet is sent, 0 to 65,535; default 8
 * @param maxTimeout the greatest time between two of them, 0 to 65,535 ms; default 60 s
 */
public record SctpInit(int outStreams, int maxInStreams, int maxAttempts, Duration maxTimeout) {
    static final OptionCodec<SctpInit> CODEC =
            OptionCodec.struct(
                    SctpInit.class,
                    Layout.SIZEOF,
                    "",
                    (out, value) -> {
                        var unit = OptionCodec.Unit.MILLISECONDS;
                        long millis = unit.roundUp(value.maxTimeout);
                        out.putShort(Layout.sinit_num_ostreams, word(value.outStreams, ""));
                        out.putShort(Layout.sinit_max_instreams, word(value.maxInStreams, ""));
                        out.putShort(Layout.sinit_max_attempts, word(value.maxAttempts, ""));
                        out.putShort(Layout.sinit_max_init_timeo, word(millis, unit.word));
                    },
                    in ->
                            new SctpInit(
                                    Short.toUnsignedInt(in.getShort(Layout.sinit_num_ostreams)),
                                    Short.toUnsignedInt(in.getShort(Layout.sinit_max_instreams)),
                                    Short.toUnsignedInt(in.getShort(Layout.sinit_max_attempts)),
                                    Duration.ofMillis(
                                            Short.toUnsignedInt(
                                                    in.getShort(Layout.sinit_max_init_timeo)))));

    private static short word(long value, String unit) {
        return (short) OptionCodec.inRange(value, 0, 0xFFFF, unit);
    }

    /** Offsets in bytes. */
    @CStruct("struct sctp_initmsg")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int sinit_num_ostreams = 0;
        static final int sinit_max_instreams = 2;
        static final int sinit_max_attempts = 4;
        static final int sinit_max_init_timeo = 6;

        private Layout() {}
    }
}
