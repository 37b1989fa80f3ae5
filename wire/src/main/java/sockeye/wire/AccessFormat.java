// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HexFormat;
import java.util.Locale;

/**
 * How an {@link AccessRecord} becomes a line. The line has no end of line, and is printable ASCII
 * whatever the peer has put into its names: neither a forged second line nor an escape sequence for
 * the terminal of whoever reads the log can come out. What is not known is left out.
 *
 * <pre>
 * time=2026-11-22T10:05:00.250Z connection=7 peer=203.0.113.9:40112 local=[::]:21567 took=1.204000
 *     received=24 sent=61 messages=2 outcome=failed reason="recv tcp:203.0.113.9:40112: …"
 * {"time":"2026-11-22T10:05:00.250Z","connection":7,"peer":"203.0.113.9:40112", …}
 * </pre>
 *
 * Both have the same members in the same order: the time at which the connection began, in UTC with
 * milliseconds; {@code took} in seconds with microseconds; {@code carrier} only where it is another
 * than the peer.
 */
public enum AccessFormat {
    /**
     * {@code key=value}, separated by blanks (logfmt): a value with a blank, a quotation mark, a
     * backslash, an equals sign or anything else than printable ASCII in it is quoted and escaped
     * as in JSON.
     */
    KEY_VALUE,
    /** An object of JSON (RFC 8259) a line; what is not printable ASCII is escaped. */
    JSON_LINES;

    private static final HexFormat HEX = HexFormat.of();

    /** Always three digits of a second, unlike {@code Instant.toString}. */
    private static final DateTimeFormatter TIME =
            new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);

    /**
     * The format of this name, as {@link #toString} gives it.
     *
     * @throws IllegalArgumentException if there is none; the message lists them
     */
    public static AccessFormat of(String name) {
        return StampFormat.Names.find(values(), name, "format of an access log");
    }

    /** The name as a person writes it: {@code key-value}, {@code json-lines}. */
    @Override
    public String toString() {
        return StampFormat.Names.of(this);
    }

    /** The line, without its end. */
    public String line(AccessRecord record) {
        var line = new Line(this);
        line.text("time", TIME.format(record.began()));
        if (record.connection() > 0) {
            line.number("connection", Long.toString(record.connection()));
        }
        line.text("peer", record.peer());
        if (record.carrier() != null && !record.carrier().equals(record.peer())) {
            line.text("carrier", record.carrier());
        }
        line.text("local", record.local());
        line.text("protocol", record.protocol());
        line.number("took", seconds(record.took()));
        line.number("received", Long.toString(record.received()));
        line.number("sent", Long.toString(record.sent()));
        if (record.messages().isPresent()) {
            line.number("messages", Long.toString(record.messages().getAsLong()));
        }
        line.text("outcome", record.outcome());
        line.text("reason", record.reason());
        return line.end();
    }

    private static String seconds(Duration time) {
        return BigDecimal.valueOf(time.getSeconds() * 1_000_000 + time.getNano() / 1_000, 6)
                .toPlainString();
    }

    private static final class Line {
        private final StringBuilder text = new StringBuilder(256);
        private final boolean json;

        Line(AccessFormat format) {
            json = format == JSON_LINES;
        }

        void number(String key, String value) {
            key(key);
            text.append(value);
        }

        void text(String key, @Nullable Object value) {
            if (value == null) {
                return;
            }
            key(key);
            String said = value.toString();
            if (json || !said.chars().allMatch(Line::isPlain) || said.isEmpty()) {
                quote(said);
            } else {
                text.append(said);
            }
        }

        private void key(String key) {
            if (json) {
                text.append(text.isEmpty() ? '{' : ',').append('"').append(key).append("\":");
            } else {
                text.append(text.isEmpty() ? "" : " ").append(key).append('=');
            }
        }

        private static boolean isPlain(int c) {
            return isPrintable(c) && c != ' ' && c != '=' && c != '"' && c != '\\';
        }

        private static boolean isPrintable(int c) {
            return c >= ' ' && c <= '~';
        }

        private void quote(String said) {
            text.append('"');
            for (int i = 0; i < said.length(); i++) {
                char c = said.charAt(i);
                switch (c) {
                    case '"', '\\' -> text.append('\\').append(c);
                    case '\n' -> text.append("\\n");
                    case '\r' -> text.append("\\r");
                    case '\t' -> text.append("\\t");
                    default -> {
                        if (isPrintable(c)) {
                            text.append(c);
                        } else {
                            text.append("\\u").append(HEX.toHexDigits(c));
                        }
                    }
                }
            }
            text.append('"');
        }

        String end() {
            return text.append(json ? "}" : "").toString();
        }
    }
}
