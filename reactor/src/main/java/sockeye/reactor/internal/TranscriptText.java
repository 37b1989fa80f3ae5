// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Transcript;
import sockeye.reactor.Transcript.Event;
import sockeye.reactor.Transcript.What;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The text of transcripts. */
public final class TranscriptText {
    private static final String HEAD = "sockeye transcript 1";
    private static final String PEER = "peer ";
    private static final String OMITTED = "omitted ";
    private static final long SECOND = 1_000_000_000L;
    private static final int DIGITS = 9;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();
    private static final Map<String, What> NAMES =
            Stream.of(What.values())
                    .collect(Collectors.toUnmodifiableMap(TranscriptText::name, what -> what));

    private TranscriptText() {}

    /** {@code shutdown-output}. */
    public static String name(What what) {
        return what.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All of it. */
    public static String write(Transcript transcript) {
        var text = new StringBuilder(HEAD).append('\n');
        String peer = transcript.peer();
        if (peer != null) {
            text.append(PEER);
            quote(bytes(peer), Integer.MAX_VALUE, text);
            text.append('\n');
        }
        for (Event each : transcript.events()) {
            write(each, text);
            text.append('\n');
        }
        if (transcript.omitted() > 0) {
            text.append(OMITTED).append(transcript.omitted()).append('\n');
        }
        return text.toString();
    }

    /** One event, without the end of the line. */
    public static String line(Event event) {
        var text = new StringBuilder();
        write(event, text);
        return text.toString();
    }

    private static void write(Event event, StringBuilder text) {
        String part = Long.toString(event.at() % SECOND);
        text.append(event.at() / SECOND).append('.');
        text.repeat('0', DIGITS - part.length()).append(part);
        text.append(' ').append(name(event.what()));
        String peer = event.peer();
        if (peer != null) {
            text.append(' ').append(preposition(event.what()));
            quote(bytes(peer), Integer.MAX_VALUE, text);
        }
        ByteBuffer bytes = event.bytes();
        if (bytes.hasRemaining()) {
            text.append(' ');
            quote(bytes, Integer.MAX_VALUE, text);
        }
    }

    private static String preposition(What what) {
        return what.isTold() ? "from " : "to ";
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Puts bytes between quotation marks, so that nothing in them is a character that does
     * something; what remains is not consumed.
     *
     * @param most how many, at most; an ellipsis stands for the rest
     */
    static void quote(ByteBuffer bytes, int most, StringBuilder text) {
        int end = bytes.position() + Math.min(most, bytes.remaining());
        text.append('"');
        for (int i = bytes.position(); i < end; i++) {
            byte each = bytes.get(i);
            switch (each) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                case '"' -> text.append("\\\"");
                case '\\' -> text.append("\\\\");
                default -> {
                    if (each >= ' ' && each < 0x7f) {
                        text.append((char) each);
                    } else {
                        text.append("\\x");
                        HexFormat.of().toHexDigits(text, each);
                    }
                }
            }
        }
        text.append('"');
        if (end < bytes.limit()) {
            text.append(" ...");
        }
    }

    // Reading.

    /**
     * {@link Transcript#read}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static Transcript read(String text) {
        List<String> lines = text.lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
            throw new IllegalArgumentException("a transcript begins with \"" + HEAD + "\"");
        }
        String peer = null;
        List<Event> events = new ArrayList<>();
        long omitted = 0;
        for (int i = 1; i < lines.size(); i++) {
            String line = lines.get(i);
            try {
                if (i == 1 && line.startsWith(PEER)) {
                    peer = text(unquote(line.substring(PEER.length())));
                } else if (i == lines.size() - 1 && line.startsWith(OMITTED)) {
                    omitted = number(line.substring(OMITTED.length()));
                } else {
                    events.add(event(line, events.isEmpty() ? null : events.getLast()));
                }
            } catch (IllegalArgumentException wrong) {
                throw new IllegalArgumentException(
                        "line %d: %s".formatted(i + 1, wrong.getMessage()), wrong);
            }
        }
        return new Transcript(peer, events, omitted);
    }

    private static String text(ByteBuffer bytes) {
        return StandardCharsets.UTF_8.decode(bytes).toString();
    }

    private static Event event(String line, @Nullable Event before) {
        String[] words = line.split(" ", 3);
        if (words.length < 2) {
            throw new IllegalArgumentException("a time, what happened, and perhaps bytes");
        }
        What what = NAMES.get(words[1]);
        if (what == null) {
            throw new IllegalArgumentException("nothing that happens: " + words[1]);
        }
        long at = time(words[0]);
        if (before != null && at < before.at()) {
            throw new IllegalArgumentException("earlier than the line before");
        }
        String rest = words.length == 2 ? "" : words[2];
        String preposition = preposition(what);
        String peer = null;
        if (rest.startsWith(preposition)) {
            int end = endOfQuotes(rest, preposition.length());
            peer = text(unquote(rest.substring(preposition.length(), end)));
            if (end < rest.length() && (rest.charAt(end) != ' ' || end + 1 == rest.length())) {
                throw new IllegalArgumentException("a blank, and something in quotation marks");
            }
            rest = end == rest.length() ? "" : rest.substring(end + 1);
        }
        return new Event(at, what, peer, rest.isEmpty() ? NOTHING : unquote(rest));
    }

    /** Where the quotation that begins here has ended. */
    private static int endOfQuotes(String text, int from) {
        for (int i = from + 1; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '"' -> {
                    return i + 1;
                }
                case '\\' -> i++;
                default -> {}
            }
        }
        return text.length();
    }

    private static long time(String text) {
        int point = text.indexOf('.');
        if (point < 1 || text.length() - point - 1 != DIGITS) {
            throw new IllegalArgumentException("seconds with nine decimals: " + text);
        }
        long seconds = number(text.substring(0, point));
        if (seconds > Long.MAX_VALUE / SECOND - 1) {
            throw new IllegalArgumentException("too late: " + text);
        }
        return seconds * SECOND + number(text.substring(point + 1));
    }

    /** Digits alone, no sign. */
    private static long number(String text) {
        if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(TranscriptText::digit)) {
            throw new IllegalArgumentException("no number: " + text);
        }
        return Long.parseLong(text);
    }

    private static boolean digit(int character) {
        return character >= '0' && character <= '9';
    }

    private static ByteBuffer unquote(String text) {
        int last = text.length() - 1;
        if (last < 1 || text.charAt(0) != '"' || text.charAt(last) != '"') {
            throw new IllegalArgumentException("not in quotation marks: " + text);
        }
        ByteBuffer bytes = ByteBuffer.allocate(last);
        for (int i = 1; i < last; i++) {
            char each = text.charAt(i);
            if (each == '\\') {
                i++;
                if (i == last) {
                    throw new IllegalArgumentException("ends within an escape");
                }
                switch (text.charAt(i)) {
                    case 'n' -> bytes.put((byte) '\n');
                    case 'r' -> bytes.put((byte) '\r');
                    case 't' -> bytes.put((byte) '\t');
                    case '"' -> bytes.put((byte) '"');
                    case '\\' -> bytes.put((byte) '\\');
                    case 'x' -> {
                        if (i + 2 >= last) {
                            throw new IllegalArgumentException("ends within an escape");
                        }
                        bytes.put((byte) HexFormat.fromHexDigits(text, i + 1, i + 3));
                        i += 2;
                    }
                    default -> throw new IllegalArgumentException("no escape: \\" + text.charAt(i));
                }
            } else if (each == '"' || each < ' ' || each > '~') {
                throw new IllegalArgumentException("a character that is to be escaped, at " + i);
            } else {
                bytes.put((byte) each);
            }
        }
        return bytes.flip();
    }
}
