// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Generates characters (RFC 864): lines of 72 of the 95 printing characters of ASCII, each line
 * beginning with the character after the one that the line before began with, and ending with CR
 * LF.
 *
 * <p><b>On a stream</b> they come unasked and without end, as fast as the peer reads and no faster:
 * what it has not taken is not made. What the peer sends is thrown away, and when it ends its
 * sending the stream is closed. {@link #limit} closes it after so many bytes, {@link #rate} makes
 * it slower. The bytes are passed from one table that all connections share; {@link
 * StreamMachine#messages()} counts the lines sent, the last maybe cut.
 *
 * <p><b>Over messages</b> each one is answered with one of at most 512 bytes, whole lines if there
 * is room for one, and never more than {@link PeerFacts#answerRoom}: the RFC's answer of up to 512
 * bytes to an empty datagram has made this service a weapon. Which line comes first depends on the
 * time.
 *
 * <p>Immutable: each setting gives another service. Safe for use by any number of threads. Nothing
 * is allocated per message, and little per connection.
 */
public final class ChargenService implements StreamService, MessageService {
    private static final int COLUMNS = 72;

    /** A line with its end. */
    static final int LINE = COLUMNS + 2;

    private static final int FIRST = ' ';
    private static final int KINDS = '~' - FIRST + 1;

    /** After so many bytes it repeats. */
    private static final int PERIOD = KINDS * LINE;

    /** How much one send takes at most: nine periods, some 62 KiB. */
    private static final int MOST = 9 * PERIOD;

    private static final int LONGEST_MESSAGE = 512;

    /** With a rate, so many pieces a second. */
    private static final int PIECES = 20;

    private static final long SECOND = 1_000_000_000L;
    private static final long FASTEST = 1L << 40;

    /** Wherever one begins in the first period, {@link #MOST} bytes follow. */
    private static final ByteBuffer TABLE = table();

    private final long limit;
    private final long rate;

    /** Without limit and rate. */
    public ChargenService() {
        this(Long.MAX_VALUE, FASTEST);
    }

    private ChargenService(long limit, long rate) {
        this.limit = limit;
        this.rate = rate;
    }

    private static ByteBuffer table() {
        byte[] table = new byte[MOST + PERIOD];
        for (int i = 0; i < table.length; i++) {
            int line = i / LINE;
            int column = i % LINE;
            table[i] =
                    switch (column) {
                        case COLUMNS -> '\r';
                        case COLUMNS + 1 -> '\n';
                        default -> (byte) (FIRST + (line + column) % KINDS);
                    };
        }
        return ByteBuffer.wrap(table);
    }

    /**
     * The same service, which closes a stream after so many bytes.
     *
     * @param bytes at least 1; Long.MAX_VALUE for no limit
     * @throws IllegalArgumentException if it is less
     */
    public ChargenService limit(long bytes) {
        if (bytes < 1) {
            throw new IllegalArgumentException("at least 1 byte, not " + bytes);
        }
        return new ChargenService(bytes, rate);
    }

    /**
     * The same service, which sends a stream no more than so much: in whole lines, twenty times a
     * second or, if that would be less than a line, as often as a line is due. What the peer did
     * not take in time is not made up for.
     *
     * @param bytesPerSecond 1 to 2^40, where 2^40 counts as no limit
     * @throws IllegalArgumentException outside of that
     */
    public ChargenService rate(long bytesPerSecond) {
        if (bytesPerSecond < 1 || bytesPerSecond > FASTEST) {
            throw new IllegalArgumentException("1 to 2^40 bytes per second, not " + bytesPerSecond);
        }
        return new ChargenService(limit, bytesPerSecond);
    }

    @Override
    public StreamMachine open() {
        return new Flow();
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        received(message, PeerFacts.UNKNOWN, now, out);
    }

    @Override
    public void received(ByteBuffer message, PeerFacts facts, Moment now, Output out) {
        OneAnswer.ignore(message);
        int room = Math.min(facts.answerRoom(), LONGEST_MESSAGE);
        int length = room < LINE ? Math.max(0, room) : room - room % LINE;
        // About a thousandth of a second for each line that begins.
        int line = Math.floorMod(now.epochNanos() >> 20, KINDS);
        ByteBuffer target = out.buffer();
        target.put(target.position(), TABLE, line * LINE, length);
        target.position(target.position() + length);
    }

    @Override
    public String toString() {
        return "chargen";
    }

    private final class Flow implements StreamMachine {
        /** A view of its own: sending moves its position. */
        private final ByteBuffer table = TABLE.duplicate();

        private long sent;

        /** With a rate: when the next piece is due. */
        private long dueAt = AT_ONCE;

        private boolean done;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            OneAnswer.ignore(input);
        }

        @Override
        public void quiet(Moment now, Output out) {
            if (done) {
                return;
            }
            int length = rate == FASTEST ? MOST : due(now.nanos());
            length = (int) Math.min(length, limit - sent);
            if (length == 0) {
                return;
            }
            out.pass(table, (int) (sent % PERIOD), length);
            sent += length;
            if (sent == limit) {
                done = true;
                out.close();
            }
        }

        /** How much is due; notes when more will be. */
        private int due(long nanos) {
            if (dueAt != AT_ONCE && nanos - dueAt < 0) {
                return 0;
            }
            long lines = Math.max(1, rate / PIECES / LINE);
            int length = (int) Math.min(MOST, lines * LINE);
            dueAt = nanos + SECOND * length / rate;
            return length;
        }

        @Override
        public void ended(Moment now, Output out) {
            done = true;
            out.close();
        }

        @Override
        public long wakeAt() {
            return done ? NEVER : dueAt;
        }

        @Override
        public long messages() {
            return sent / LINE + (sent % LINE == 0 ? 0 : 1);
        }
    }
}
