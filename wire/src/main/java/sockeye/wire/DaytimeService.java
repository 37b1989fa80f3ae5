// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.time.ZoneId;

/**
 * Tells the time as text (RFC 867): to each connection at once, which it then closes, and in answer
 * to each datagram or record, whatever that says. The text ends with CR LF; its format the RFC
 * leaves open, so it is a setting. inetd's was {@link StampFormat#CTIME}, and so is the default:
 * {@code Sun Nov 22 10:05:00 2026}.
 *
 * <p>Immutable: a setting gives another service. Safe for use by any number of threads. Nothing is
 * allocated per message; the text is made once a second.
 */
public final class DaytimeService implements StreamService, MessageService {
    private final ZoneId zone;
    private final StampFormat format;
    private final Stamper stamper;

    private DaytimeService(ZoneId zone, StampFormat format) {
        this.zone = zone;
        this.format = format;
        this.stamper = new Stamper(format, zone);
    }

    /** The service with local times of this zone, in {@link StampFormat#CTIME}. */
    public static DaytimeService in(ZoneId zone) {
        return new DaytimeService(zone, StampFormat.CTIME);
    }

    /** The same service with times in this format. */
    public DaytimeService format(StampFormat format) {
        return new DaytimeService(zone, format);
    }

    /** A machine that tells the time, once, and closes. */
    @Override
    public StreamMachine open() {
        return new OneAnswer(this, PeerFacts.UNKNOWN);
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        OneAnswer.ignore(message);
        stamper.putTime(now.epochNanos(), out.buffer());
        out.buffer().put((byte) '\r').put((byte) '\n');
    }

    @Override
    public String toString() {
        return "daytime " + format;
    }
}
