// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * How departure times given with SCM_TXTIME are meant: the value of {@link SoOption#TX_TIME}.
 *
 * @param clock the clock of the times: {@link #CLOCK_MONOTONIC} (queueing discipline fq) or {@link
 *     #CLOCK_TAI} (etf), else another clock id of clock_gettime(2)
 * @param deadline whether the time is the latest moment to send, not the exact one
 *     (SOF_TXTIME_DEADLINE_MODE)
 * @param reportErrors whether packets dropped for their time come back on the error queue
 *     (SOF_TXTIME_REPORT_ERRORS)
 */
public record TransmitTime(int clock, boolean deadline, boolean reportErrors) {
    /** Time since start, without leaps. The only clock that needs no privilege. */
    public static final int CLOCK_MONOTONIC = 1;

    /** International atomic time. Needs CAP_NET_ADMIN. */
    public static final int CLOCK_TAI = 11;

    private static final int SOF_TXTIME_DEADLINE_MODE = 1;
    private static final int SOF_TXTIME_REPORT_ERRORS = 2;

    @CStruct("struct sock_txtime")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int clockid = 0;
        static final int flags = 4;

        private Layout() {}
    }

    static final OptionCodec<TransmitTime> CODEC =
            OptionCodec.struct(
                    TransmitTime.class, Layout.SIZEOF, "", TransmitTime::write, TransmitTime::read);

    private static void write(ByteBuffer out, TransmitTime value) {
        int flags =
                (value.deadline ? SOF_TXTIME_DEADLINE_MODE : 0)
                        | (value.reportErrors ? SOF_TXTIME_REPORT_ERRORS : 0);
        out.putInt(Layout.clockid, value.clock).putInt(Layout.flags, flags);
    }

    private static TransmitTime read(ByteBuffer in) {
        int flags = in.getInt(Layout.flags);
        return new TransmitTime(
                in.getInt(Layout.clockid),
                (flags & SOF_TXTIME_DEADLINE_MODE) != 0,
                (flags & SOF_TXTIME_REPORT_ERRORS) != 0);
    }
}
