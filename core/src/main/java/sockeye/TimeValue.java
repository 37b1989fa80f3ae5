// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MICROSECONDS;

import sockeye.internal.kernel.CStruct;

import java.time.Duration;

/** C's {@code struct timeval} as a duration, as SO_RCVTIMEO and SO_SNDTIMEO take it. */
final class TimeValue {
    private static final long PER_SECOND = 1_000_000;

    /**
     * The kernel counts in clock ticks; above 2^63 ticks it waits for ever. The bound is far below
     * that, and 68 years are enough.
     */
    private static final long MAX_SECONDS = Integer.MAX_VALUE;

    private TimeValue() {}

    @CStruct("struct timeval")
    static final class Layout {
        static final int SIZEOF = 16;
        static final int tv_sec = 0;
        static final int tv_usec = 8;

        private Layout() {}
    }

    static final OptionCodec<Duration> CODEC =
            OptionCodec.struct(
                            Duration.class,
                            Layout.SIZEOF,
                            MICROSECONDS.word,
                            (out, value) -> {
                                long micros =
                                        OptionCodec.inRange(
                                                MICROSECONDS.roundUp(value),
                                                0,
                                                MAX_SECONDS * PER_SECOND,
                                                MICROSECONDS.word);
                                out.putLong(Layout.tv_sec, micros / PER_SECOND);
                                out.putLong(Layout.tv_usec, micros % PER_SECOND);
                            },
                            in ->
                                    Duration.ofSeconds(
                                            in.getLong(Layout.tv_sec),
                                            in.getLong(Layout.tv_usec) * 1_000))
                    .withRange("0 to 2147483647000000");
}
