// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Tells the quote of the day (RFC 865): to each connection at once, which it then closes, and in
 * answer to each datagram or record, whatever that says. A quote has less than 512 bytes with its
 * line ends, which are CR LF.
 *
 * <p>If the quote of the day is longer than {@link PeerFacts#answerRoom} allows, another one that
 * is short enough takes its place; if there is none, there is no answer. A datagram of 153 bytes
 * gets any quote.
 *
 * <p>Safe for use by any number of threads. Nothing is allocated per message.
 */
public final class QotdService implements StreamService, MessageService {
    /** The most bytes of a quote with its line ends. */
    public static final int LONGEST = 511;

    private static final int MOST_QUOTES = 1 << 20;
    private static final long SECOND = 1_000_000_000L;
    private static final long DAY = 86_400;

    private static final List<String> BUILT_IN =
            List.of(
                    "Be brief: the window is small.",
                    "Silence is not an answer. It is a timeout.",
                    "What was written has not been read.",
                    "The end of a stream is a message too.",
                    "A short read is not an error. Believing it was a long one is.",
                    "Close what you open, and shut down before you close.",
                    "Nobody listens at port 0.",
                    "Whoever answers everybody answers the forger as well.",
                    "Two echoes that meet never part, unless somebody thought of it before.",
                    "A buffer without a bound is a promise without a date.",
                    "The network is reliable for as long as the demonstration lasts.",
                    "Names are for people, addresses for machines, and ports for arguments.",
                    "First make it wait correctly; then make it wait less.",
                    "A retry is a request that has learned nothing.");

    /** Whose turn it is. */
    public enum Turn {
        /** One quote a day, from midnight to midnight. */
        DAILY,
        /** Each who asks gets the next one. */
        EACH;

        /**
         * The turn of this name, as {@link #toString} gives it.
         *
         * @throws IllegalArgumentException if there is none; the message lists them
         */
        public static Turn of(String name) {
            return StampFormat.Names.find(values(), name, "turn of quotes");
        }

        /** The name as a person writes it: {@code daily}, {@code each}. */
        @Override
        public String toString() {
            return StampFormat.Names.of(this);
        }
    }

    /** As they are sent. */
    private final byte[][] quotes;

    private final byte[][] byLength;
    private final ZoneId zone;
    private final Turn turn;
    private final AtomicInteger asked = new AtomicInteger();

    /** The newest day; shared without a lock, since it is immutable and made again if stale. */
    private @Nullable Day today;

    /** From when to when, in seconds since 1970, and the number of the day. */
    private record Day(long from, long until, long number) {}

    private QotdService(byte[][] quotes, ZoneId zone, Turn turn) {
        this.quotes = quotes;
        this.byLength = quotes.clone();
        Arrays.sort(byLength, Comparator.comparingInt(quote -> quote.length));
        this.zone = zone;
        this.turn = turn;
    }

    /** The service with quotes of our own, {@link Turn#DAILY}, by the days of UTC. */
    public static QotdService builtIn() {
        return of(BUILT_IN);
    }

    /**
     * The service with these quotes, {@link Turn#DAILY}, by the days of UTC.
     *
     * @param quotes 1 to 2^20, of printing characters, tabs and line ends; sent in UTF-8, where the
     *     RFC knows ASCII alone
     * @throws IllegalArgumentException if there is none, one that says nothing, one longer than
     *     {@link #LONGEST}, or one with control characters, which could command a terminal
     */
    public static QotdService of(List<String> quotes) {
        if (quotes.isEmpty() || quotes.size() > MOST_QUOTES) {
            throw new IllegalArgumentException("1 to 2^20 quotes, not " + quotes.size());
        }
        byte[][] sent = new byte[quotes.size()][];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = encode(quotes.get(i), "quote " + (i + 1));
        }
        return new QotdService(sent, ZoneOffset.UTC, Turn.DAILY);
    }

    /**
     * The service with the quotes of a text: as fortune(6) has them, divided by lines of a single
     * {@code %}; without such a line, each line that is not blank is one.
     *
     * @throws IllegalArgumentException as of {@link #of(List)}, with the line at which it begins
     */
    public static QotdService parse(String text) {
        List<String> lines = text.lines().toList();
        boolean divided = lines.contains("%");
        List<byte[]> sent = new ArrayList<>();
        StringBuilder quote = new StringBuilder();
        int begin = 1;
        for (int i = 0; i <= lines.size(); i++) {
            boolean last = i == lines.size();
            boolean ends = last || !divided || lines.get(i).equals("%");
            if (!last && !(divided && ends)) {
                quote.append(lines.get(i)).append('\n');
            }
            if (ends) {
                if (!quote.toString().isBlank()) {
                    sent.add(encode(quote.toString(), "the quote at line " + begin));
                }
                quote.setLength(0);
                begin = i + 2;
            }
        }
        if (sent.isEmpty() || sent.size() > MOST_QUOTES) {
            throw new IllegalArgumentException("1 to 2^20 quotes, not " + sent.size());
        }
        return new QotdService(sent.toArray(byte[][]::new), ZoneOffset.UTC, Turn.DAILY);
    }

    private static byte[] encode(String quote, String which) {
        String text = quote.strip();
        if (text.isEmpty()) {
            throw new IllegalArgumentException(which + " says nothing");
        }
        String sent = String.join("\r\n", text.lines().toList()) + "\r\n";
        for (int i = 0; i < sent.length(); i++) {
            char c = sent.charAt(i);
            if (Character.isISOControl(c) && c != '\t' && c != '\r' && c != '\n') {
                throw new IllegalArgumentException(
                        "%s has the control character %d".formatted(which, (int) c));
            }
        }
        byte[] bytes = sent.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST) {
            throw new IllegalArgumentException(
                    "%s has %d bytes with its line ends; at most %d"
                            .formatted(which, bytes.length, LONGEST));
        }
        return bytes;
    }

    /** The same service by the days of this zone. */
    public QotdService in(ZoneId zone) {
        return new QotdService(quotes, zone, turn);
    }

    /** The same service with these turns. */
    public QotdService turn(Turn turn) {
        return new QotdService(quotes, zone, turn);
    }

    /** A machine that tells a quote, once, and closes. */
    @Override
    public StreamMachine open() {
        return new OneAnswer(this, PeerFacts.UNKNOWN);
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        received(message, PeerFacts.UNKNOWN, now, out);
    }

    @Override
    public void received(ByteBuffer message, PeerFacts facts, Moment now, Output out) {
        OneAnswer.ignore(message);
        byte[][] choice = quotes;
        int fitting = choice.length;
        int room = facts.answerRoom();
        if (room < LONGEST) {
            fitting = fitting(room);
            choice = fitting == choice.length ? choice : byLength;
        }
        if (fitting > 0) {
            out.buffer().put(choice[(int) Math.floorMod(number(now), (long) fitting)]);
        }
    }

    /** How many quotes are short enough. */
    private int fitting(int room) {
        int low = 0;
        int high = byLength.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (byLength[middle].length <= room) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private long number(Moment now) {
        if (turn == Turn.EACH) {
            return Integer.toUnsignedLong(asked.getAndIncrement());
        }
        long second = Math.floorDiv(now.epochNanos(), SECOND);
        Day day = today;
        if (day == null || second < day.from || second >= day.until) {
            day = day(second);
            today = day;
        }
        return day.number;
    }

    private Day day(long second) {
        int offset = zone.getRules().getOffset(Instant.ofEpochSecond(second)).getTotalSeconds();
        long number = Math.floorDiv(second + offset, DAY);
        // The offset may change during a day, so it is asked for again each hour.
        long from = Math.max(number * DAY - offset, second);
        return new Day(from, Math.min((number + 1) * DAY - offset, second + 3_600), number);
    }

    @Override
    public String toString() {
        return "qotd";
    }
}
