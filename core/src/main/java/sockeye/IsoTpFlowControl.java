// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * What a receiver of ISO-TP asks of who sends it a long message: {@code struct
 * can_isotp_fc_options}, ISO 15765-2 section 9.6.5.
 *
 * @param blockSize after how many frames it wants to be asked again, 0 to 255; 0 for never
 * @param separation the least time between two frames: 0 to 127 whole ms, or 100 to 900 µs in steps
 *     of 100
 * @param mostWaits how often it may put the sender off, 0 to 255
 */
public record IsoTpFlowControl(int blockSize, Duration separation, int mostWaits) {
    private static final int MOST_MILLIS = 0x7F;
    private static final int MICROS = 0xF0;
    private static final int STEP_NANOS = 100_000;
    private static final int MILLI_NANOS = 1_000_000;
    private static final int MOST_STEPS = 9;

    static final OptionCodec<IsoTpFlowControl> CODEC =
            OptionCodec.struct(
                    IsoTpFlowControl.class,
                    Layout.SIZEOF,
                    "",
                    IsoTpFlowControl::write,
                    IsoTpFlowControl::read);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public IsoTpFlowControl {
        if ((blockSize | mostWaits) >>> Byte.SIZE != 0) {
            throw new IllegalArgumentException("a block size and a number of waits are 0 to 255");
        }
        encoded(separation);
    }

    /** One byte: milliseconds, or from 0xF1 on steps of 100 µs. */
    private static int encoded(Duration time) {
        boolean isShort = time.compareTo(Duration.ofMillis(1)) < 0;
        long unit = isShort ? STEP_NANOS : MILLI_NANOS;
        if (!time.isNegative() && time.compareTo(Duration.ofMillis(MOST_MILLIS)) <= 0) {
            long count = time.toNanos() / unit;
            if (count * unit == time.toNanos()) {
                return (int) (isShort && count > 0 ? MICROS + count : count);
            }
        }
        throw new IllegalArgumentException(
                "a separation is 0 to 127 whole ms or 100 to 900 us by 100, not " + time);
    }

    /** What is reserved is the longest time there is, as ISO 15765-2 wants it read. */
    private static Duration decoded(int code) {
        if (code <= MOST_MILLIS) {
            return Duration.ofMillis(code);
        }
        int steps = code - MICROS;
        return steps >= 1 && steps <= MOST_STEPS
                ? Duration.ofNanos((long) steps * STEP_NANOS)
                : Duration.ofMillis(MOST_MILLIS);
    }

    private static void write(ByteBuffer out, IsoTpFlowControl value) {
        out.put(Layout.bs, (byte) value.blockSize);
        out.put(Layout.stmin, (byte) encoded(value.separation));
        out.put(Layout.wftmax, (byte) value.mostWaits);
    }

    private static IsoTpFlowControl read(ByteBuffer in) {
        return new IsoTpFlowControl(
                Byte.toUnsignedInt(in.get(Layout.bs)),
                decoded(Byte.toUnsignedInt(in.get(Layout.stmin))),
                Byte.toUnsignedInt(in.get(Layout.wftmax)));
    }

    /** Offsets in bytes. */
    @CStruct("struct can_isotp_fc_options")
    private static final class Layout {
        static final int SIZEOF = 3;
        static final int bs = 0;
        static final int stmin = 1;
        static final int wftmax = 2;

        private Layout() {}
    }
}
