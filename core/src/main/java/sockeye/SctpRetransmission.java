// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * When SCTP sends again what was not acknowledged: {@code struct sctp_rtoinfo}, RFC 6458 section
 * 8.1.1. Whole milliseconds, 0 to 4,294,967,295; zero leaves a value as it is.
 *
 * @param initial the timeout before any round trip was measured; default 3 s
 * @param max the greatest timeout; default 60 s
 * @param min the least timeout; default 1 s, which one lost packet on a fast network costs
 */
public record SctpRetransmission(Duration initial, Duration max, Duration min) {
    static final OptionCodec<SctpRetransmission> CODEC =
            OptionCodec.struct(
                    SctpRetransmission.class,
                    Layout.SIZEOF,
                    OptionCodec.Unit.MILLISECONDS.word,
                    SctpRetransmission::write,
                    SctpRetransmission::read);

    private static void write(ByteBuffer out, SctpRetransmission value) {
        out.putInt(Layout.srto_initial, millis(value.initial));
        out.putInt(Layout.srto_max, millis(value.max));
        out.putInt(Layout.srto_min, millis(value.min));
    }

    private static SctpRetransmission read(ByteBuffer in) {
        return new SctpRetransmission(
                time(in, Layout.srto_initial),
                time(in, Layout.srto_max),
                time(in, Layout.srto_min));
    }

    private static int millis(Duration time) {
        var unit = OptionCodec.Unit.MILLISECONDS;
        return (int) OptionCodec.inRange(unit.roundUp(time), 0, 0xFFFF_FFFFL, unit.word);
    }

    private static Duration time(ByteBuffer in, int at) {
        return Duration.ofMillis(Integer.toUnsignedLong(in.getInt(at)));
    }

    /** Offsets in bytes; the association is left 0, that of the socket. */
    @CStruct("struct sctp_rtoinfo")
    static final class Layout {
        static final int SIZEOF = 16;
        static final int srto_initial = 4;
        static final int srto_max = 8;
        static final int srto_min = 12;

        private Layout() {}
    }
}
