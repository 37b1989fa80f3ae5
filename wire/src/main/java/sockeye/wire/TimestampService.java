// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;

/**
 * Sends each message back with the time in front: {@code [Sun Nov 22 10:05:00 2026] message}. The
 * bytes of a message are not looked at beyond their line ends, and come back as they came, whatever
 * their encoding.
 *
 * <p><b>On message sockets</b> a datagram or record is a message, an empty one too, and so is its
 * answer. One longer than {@link #maxMessage(int)} gets an error message instead.
 *
 * <p><b>On streams</b> the {@link Framing} says what a message is: with {@link Framing#LINE} a
 * line, answered with the end that it had, LF or CRLF; an empty line is a message too, and what is
 * left without an end when the stream ends is a last message, answered without one. {@link
 * Framing#AUTO}, the default, is the same but serves peers as well that send no line ends and wait
 * for an answer. With {@link Framing#CHUNK} a message is what one read brought. Only the end of the
 * stream ends the dialogue. All messages that came together are answered together, each with its
 * stamp, in their order; they came at one {@link Moment}, so their stamps are the same.
 *
 * <p>A line longer than {@link #maxMessage(int)} gets one line that begins with {@code error:} in
 * place of an answer, after the answers to all lines before it, and the connection is closed
 * lingeringly.
 *
 * <p>An unfinished line is held in memory, up to {@link #maxMessage(int)} bytes for a connection,
 * but no more than twice what has come; a connection without one holds nothing. A message that
 * comes in one piece allocates nothing; the text of a stamp is made once a second and shared by all
 * connections.
 *
 * <p>Immutable: each setting gives another service. Safe for use by any number of threads.
 */
public final class TimestampService implements StreamService, MessageService {
    /** What a message is on a stream. */
    public enum Framing {
        /**
         * Until the connection has sent its first line end, bytes that stay without one while
         * nothing more comes for {@link #flushAfter} are a message, answered without an end. From
         * its first line end on it is {@link #LINE}.
         */
        AUTO,
        /** A line, ended by LF or CRLF. */
        LINE,
        /** What one read brought, line ends and all; cut at the longest message. */
        CHUNK;

        /**
         * The framing of this name, as {@link #toString} gives it.
         *
         * @throws IllegalArgumentException if there is none; the message lists them
         */
        public static Framing of(String name) {
            return StampFormat.Names.find(values(), name, "framing");
        }

        /** The name as a person writes it: {@code auto}, {@code line}, {@code chunk}. */
        @Override
        public String toString() {
            return StampFormat.Names.of(this);
        }
    }

    private static final Duration LONGEST_DELAY = Duration.ofHours(1);
    private static final int LONGEST_MESSAGE = 1 << 30;

    private final ZoneId zone;
    private final StampFormat format;
    private final Framing framing;
    private final long flushNanos;
    private final int maxMessage;
    private final Stamper stamper;

    private TimestampService(
            ZoneId zone, StampFormat format, Framing framing, long flushNanos, int maxMessage) {
        this.zone = zone;
        this.format = format;
        this.framing = framing;
        this.flushNanos = flushNanos;
        this.maxMessage = maxMessage;
        this.stamper = new Stamper(format, zone);
    }

    /**
     * The service with local times of this zone and the defaults: {@link StampFormat#CTIME}, {@link
     * Framing#AUTO}, 50 ms, 64 KiB.
     */
    public static TimestampService in(ZoneId zone) {
        return new TimestampService(zone, StampFormat.CTIME, Framing.AUTO, 50_000_000L, 65_536);
    }

    /** The same service with times in this format. */
    public TimestampService format(StampFormat format) {
        return new TimestampService(zone, format, framing, flushNanos, maxMessage);
    }

    /** The same service with this notion of a message on a stream. */
    public TimestampService framing(Framing framing) {
        return new TimestampService(zone, format, framing, flushNanos, maxMessage);
    }

    /**
     * The same service with this delay for {@link Framing#AUTO}: how long a peer that has not yet
     * sent a line end must be silent before its unfinished bytes are a message. It starts at a read
     * that found nothing more queued, starts anew when more comes, and is over only when another
     * read finds nothing.
     *
     * @param delay 0 to an hour; with 0 the first read that finds nothing is enough
     * @throws IllegalArgumentException outside of that
     */
    public TimestampService flushAfter(Duration delay) {
        if (delay.isNegative() || delay.compareTo(LONGEST_DELAY) > 0) {
            throw new IllegalArgumentException("the delay is 0 to 1 hour, not " + delay);
        }
        return new TimestampService(zone, format, framing, delay.toNanos(), maxMessage);
    }

    /**
     * The same service with this longest message.
     *
     * @param bytes 1 to 2^30, a line end not counted
     * @throws IllegalArgumentException outside of that
     */
    public TimestampService maxMessage(int bytes) {
        if (bytes < 1 || bytes > LONGEST_MESSAGE) {
            throw new IllegalArgumentException(
                    "the longest message has 1 to %d bytes, not %d"
                            .formatted(LONGEST_MESSAGE, bytes));
        }
        return new TimestampService(zone, format, framing, flushNanos, bytes);
    }

    /** A machine whose {@link StreamMachine#messages()} counts the messages answered. */
    @Override
    public StreamMachine open() {
        return framing == Framing.CHUNK ? new Chunks() : new Lines();
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        if (message.remaining() > maxMessage) {
            putError("a message is longer than %d bytes".formatted(maxMessage), out);
        } else {
            answer(message, message.position(), message.remaining(), now.epochNanos(), out);
        }
        message.position(message.limit());
    }

    @Override
    public String toString() {
        return "timestamp " + format;
    }

    /**
     * Puts stamp and message, unless there would be room for them in an empty output but not in
     * this one.
     */
    private boolean answer(ByteBuffer bytes, int offset, int length, long epochNanos, Output out) {
        ByteBuffer buffer = out.buffer();
        int room = buffer.remaining() - Stamper.MOST;
        if (length <= room) {
            stamper.put(epochNanos, buffer);
            buffer.put(buffer.position(), bytes, offset, length);
            buffer.position(buffer.position() + length);
            return true;
        }
        if (room < 0 || length <= buffer.capacity() - Stamper.MOST) {
            return false;
        }
        stamper.put(epochNanos, buffer);
        out.pass(bytes, offset, length);
        return true;
    }

    private static boolean putError(String why, Output out) {
        byte[] text = ("error: " + why).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer buffer = out.buffer();
        if (buffer.remaining() <= text.length + 2) {
            return false;
        }
        buffer.put(text);
        return true;
    }

    private final class Chunks implements StreamMachine {
        private long messages;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            long stamp = now.epochNanos();
            while (input.hasRemaining() && out.open()) {
                int length = Math.min(input.remaining(), maxMessage);
                if (!answer(input, input.position(), length, stamp, out)) {
                    return;
                }
                input.position(input.position() + length);
                messages++;
            }
        }

        @Override
        public void ended(Moment now, Output out) {
            out.close();
        }

        @Override
        public long messages() {
            return messages;
        }
    }

    private final class Lines implements StreamMachine {
        private final LineFramer framer = new LineFramer(maxMessage);

        /** Whether silence ends a message; in auto mode until the first line end. */
        private boolean silenceEnds = framing == Framing.AUTO;

        /** When the silence is long enough; NEVER while its clock stands. */
        private long wakeAt = NEVER;

        private long messages;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            wakeAt = NEVER;
            long stamp = now.epochNanos();
            while (out.open()) {
                switch (framer.next(input)) {
                    case FRAME -> {
                        if (!answer(stamp, out)) {
                            framer.back(input);
                            return;
                        }
                        silenceEnds = false;
                    }
                    case MORE -> {
                        return;
                    }
                    case REFUSED -> {
                        refuse(out);
                        return;
                    }
                }
            }
        }

        @Override
        public void quiet(Moment now, Output out) {
            if (!silenceEnds || framer.held() == 0) {
                return;
            }
            long nanos = now.nanos();
            if (wakeAt == NEVER) {
                wakeAt = nanos + flushNanos;
            }
            if (nanos - wakeAt >= 0) {
                wakeAt = NEVER;
                answerRest(now, out);
            }
        }

        @Override
        public void ended(Moment now, Output out) {
            wakeAt = NEVER;
            answerRest(now, out);
            out.close();
        }

        @Override
        public long wakeAt() {
            return wakeAt;
        }

        @Override
        public long messages() {
            return messages;
        }

        private boolean answer(long stamp, Output out) {
            int length = framer.length() + framer.endLength();
            if (!TimestampService.this.answer(
                    framer.bytes(), framer.offset(), length, stamp, out)) {
                return false;
            }
            messages++;
            return true;
        }

        /**
         * In an empty output there is always room for a stamp, and what follows it can be passed.
         */
        private void answerRest(Moment now, Output out) {
            switch (framer.rest()) {
                case FRAME -> answer(now.epochNanos(), out);
                case MORE -> {}
                case REFUSED -> refuse(out);
            }
        }

        /** Without room the input stays unconsumed, and the framer will say the same again. */
        private void refuse(Output out) {
            if (putError(framer.refusal() + "; closing", out)) {
                out.buffer().put((byte) '\n');
                out.close();
            }
        }
    }
}
