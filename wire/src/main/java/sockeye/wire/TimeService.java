// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Tells the time as a number (RFC 868): four bytes, the most significant first, with the seconds
 * since 1900-01-01T00:00:00Z. To each connection at once, which it then closes, and in answer to
 * each datagram or record, whatever that says.
 *
 * <p><b>2036.</b> The four bytes are full on 2036-02-07 at 06:28:15 UTC; a second later they start
 * from 0 again. The service goes on, as the numbers of NTP do: a client has to know in which of
 * these eras of 136 years it lives ({@link #epochSecond}).
 *
 * <p>Neither settings nor state; nothing is allocated per message.
 */
public final class TimeService implements StreamService, MessageService {
    /** Seconds from 1900-01-01 to 1970-01-01: 70 years with 17 leap days. */
    public static final long SECONDS_TO_1970 = 2_208_988_800L;

    private static final long ERA = 1L << 32;

    /** The service; it has neither settings nor state. */
    public TimeService() {}

    /**
     * What such a number means, as seconds since 1970: of all the times that it may mean, the one
     * nearest to a time that is roughly known.
     *
     * @param number the four bytes as they came
     * @param near seconds since 1970, right within 68 years: the client's own clock
     */
    public static long epochSecond(int number, long near) {
        long inEra = Integer.toUnsignedLong(number) - SECONDS_TO_1970;
        return inEra + ERA * Math.floorDiv(near - inEra + ERA / 2, ERA);
    }

    /** A machine that tells the time, once, and closes. */
    @Override
    public StreamMachine open() {
        return new OneAnswer(this, PeerFacts.UNKNOWN);
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        OneAnswer.ignore(message);
        long second = Math.floorDiv(now.epochNanos(), 1_000_000_000L);
        int number = (int) (second + SECONDS_TO_1970);
        ByteBuffer target = out.buffer();
        for (int shift = 24; shift >= 0; shift -= 8) {
            target.put((byte) (number >>> shift));
        }
    }

    @Override
    public String toString() {
        return "time";
    }
}
