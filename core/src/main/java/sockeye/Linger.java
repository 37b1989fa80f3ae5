// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * What close(2) does with data that was not yet sent: the value of {@link SoOption#LINGER}.
 *
 * @param on whether close lingers
 * @param time for how long at most, 0 to 2,147,483,647 seconds, counted in whole seconds (rounded
 *     up). With {@code on} and zero, TCP does not linger but resets the connection: what is queued
 *     is thrown away, the peer sees ECONNRESET, and no TIME-WAIT is left behind.
 */
public record Linger(boolean on, Duration time) {
    /** Close returns at once, and the kernel goes on sending in the background: the default. */
    public static final Linger OFF = new Linger(false, Duration.ZERO);

    /** Close throws away what is queued and resets the connection. */
    public static final Linger RESET = new Linger(true, Duration.ZERO);

    /**
     * Checks the range.
     *
     * @throws IllegalArgumentException if the time is negative or more than 2,147,483,647 seconds
     */
    public Linger {
        OptionCodec.inRange(seconds(time), 0, Integer.MAX_VALUE, "seconds");
    }

    /**
     * Close waits until what is queued has been sent and acknowledged, or the time is over.
     *
     * @param time the longest wait; zero is {@link #RESET}
     * @return the value for {@link SoOption#LINGER}
     */
    public static Linger of(Duration time) {
        return new Linger(true, time);
    }

    private static long seconds(Duration time) {
        return OptionCodec.Unit.SECONDS.roundUp(time);
    }

    @CStruct("struct linger")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int l_onoff = 0;
        static final int l_linger = 4;

        private Layout() {}
    }

    static final OptionCodec<Linger> CODEC =
            OptionCodec.struct(Linger.class, Layout.SIZEOF, "seconds", Linger::write, Linger::read)
                    .withRange("off, or 0 to 2147483647");

    private static void write(ByteBuffer out, Linger value) {
        out.putInt(Layout.l_onoff, value.on ? 1 : 0);
        out.putInt(Layout.l_linger, (int) seconds(value.time));
    }

    private static Linger read(ByteBuffer in) {
        int seconds = Math.max(0, in.getInt(Layout.l_linger));
        return new Linger(in.getInt(Layout.l_onoff) != 0, Duration.ofSeconds(seconds));
    }
}
