// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * Writes the time, bare or as {@code "[time] "}. What a whole second has in common is made once and
 * remembered, so that a stamp costs a copy of some thirty bytes; nothing is allocated but once a
 * second.
 */
final class Stamper {
    /** The most bytes that a stamp takes: an ISO time with an offset down to the second has 37. */
    static final int MOST = 40;

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLISECOND = 1_000_000L;
    private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    private static final String[] MONTHS = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
    };

    private final StampFormat format;
    private final ZoneId zone;

    /**
     * The newest second. Shared by all threads without a lock: a second is immutable, and a thread
     * that reads an old one makes its own.
     */
    private @Nullable Second newest;

    Stamper(StampFormat format, ZoneId zone) {
        this.format = format;
        this.zone = zone;
    }

    /** Puts the stamp of this time, at most {@link #MOST} bytes. */
    void put(long epochNanos, ByteBuffer target) {
        target.put((byte) '[');
        putTime(epochNanos, target);
        target.put((byte) ']').put((byte) ' ');
    }

    /** Puts the time alone. */
    void putTime(long epochNanos, ByteBuffer target) {
        if (format == StampFormat.EPOCH_NANOS) {
            putDecimal(epochNanos, target);
            return;
        }
        long number = Math.floorDiv(epochNanos, SECOND);
        Second second = newest;
        if (second == null || second.number != number) {
            second = new Second(number, text(number));
            newest = second;
        }
        int start = target.position();
        target.put(second.text);
        if (format == StampFormat.ISO) {
            int millis = (int) ((epochNanos - number * SECOND) / MILLISECOND);
            int at = start + "2026-11-22T10:05:00.".length();
            target.put(at, (byte) ('0' + millis / 100));
            target.put(at + 1, (byte) ('0' + millis / 10 % 10));
            target.put(at + 2, (byte) ('0' + millis % 10));
        }
    }

    private byte[] text(long second) {
        String time =
                switch (format) {
                    case CTIME -> ctime(local(second, offset(second)));
                    case ISO -> iso(local(second, offset(second)), offset(second));
                    case MAIL -> mail(local(second, offset(second)), offset(second));
                    case EPOCH, EPOCH_NANOS -> Long.toString(second);
                };
        return time.getBytes(StandardCharsets.US_ASCII);
    }

    private ZoneOffset offset(long second) {
        return zone.getRules().getOffset(Instant.ofEpochSecond(second));
    }

    private static LocalDateTime local(long second, ZoneOffset offset) {
        return LocalDateTime.ofEpochSecond(second, 0, offset);
    }

    private static String ctime(LocalDateTime t) {
        StringBuilder text = new StringBuilder(MOST);
        text.append(DAYS[t.getDayOfWeek().getValue() - 1]).append(' ');
        text.append(MONTHS[t.getMonthValue() - 1]).append(' ');
        text.append(t.getDayOfMonth() < 10 ? " " : "").append(t.getDayOfMonth()).append(' ');
        clock(text, t);
        return text.append(' ').append(t.getYear()).toString();
    }

    private static String iso(LocalDateTime t, ZoneOffset offset) {
        StringBuilder text = new StringBuilder(MOST);
        text.append(t.getYear());
        two(text.append('-'), t.getMonthValue());
        two(text.append('-'), t.getDayOfMonth());
        clock(text.append('T'), t);
        return text.append(".000").append(offset.getId()).toString();
    }

    private static String mail(LocalDateTime t, ZoneOffset offset) {
        StringBuilder text = new StringBuilder(MOST);
        text.append(DAYS[t.getDayOfWeek().getValue() - 1]).append(", ");
        text.append(t.getDayOfMonth()).append(' ');
        text.append(MONTHS[t.getMonthValue() - 1]).append(' ');
        clock(text.append(t.getYear()).append(' '), t);
        int minutes = Math.abs(offset.getTotalSeconds()) / 60;
        two(text.append(offset.getTotalSeconds() < 0 ? " -" : " +"), minutes / 60);
        two(text, minutes % 60);
        return text.toString();
    }

    private static void clock(StringBuilder text, LocalDateTime t) {
        two(text, t.getHour());
        two(text.append(':'), t.getMinute());
        two(text.append(':'), t.getSecond());
    }

    private static void two(StringBuilder text, int number) {
        text.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
    }

    /**
     * Digits from the last to the first; the value is kept negative, so that the least long has
     * them too.
     */
    private static void putDecimal(long value, ByteBuffer target) {
        if (value < 0) {
            target.put((byte) '-');
        }
        long rest = value < 0 ? value : -value;
        int digits = 1;
        for (long power = -10; digits < 19 && rest <= power; power *= 10) {
            digits++;
        }
        int start = target.position();
        for (int i = start + digits - 1; i >= start; i--) {
            target.put(i, (byte) ('0' - rest % 10));
            rest /= 10;
        }
        target.position(start + digits);
    }

    private static final class Second {
        final long number;
        final byte[] text;

        Second(long number, byte[] text) {
            this.number = number;
            this.text = text;
        }
    }
}
