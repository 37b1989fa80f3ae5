// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The text of endpoints: bytes as printable UTF-8 with percent-encoding for the rest (RFC 3986
 * section 2.1), and the numbers.
 */
final class Percent {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Percent() {}

    /** Encodes a name: printable UTF-8 as it is, but for {@code %} and {@code ?}. */
    static String encode(byte[] bytes) {
        return encode(bytes, "%?");
    }

    /** Encodes a path so that it begins with neither {@code @}, {@code (} nor two slashes. */
    static String encodePath(byte[] path) {
        String text = encode(path);
        boolean misread = text.startsWith("@") || text.startsWith("(") || text.startsWith("//");
        return misread ? "%" + HEX.toHexDigits(path[0]) + text.substring(1) : text;
    }

    /** Encodes bytes: printable UTF-8 as it is, but for the ASCII characters given. */
    static String encode(byte[] bytes, String reserved) {
        var text = new StringBuilder(bytes.length);
        for (int at = 0; at < bytes.length; ) {
            int length = sequenceLength(bytes, at);
            int codePoint = length == 0 ? -1 : codePoint(bytes, at, length);
            if (codePoint >= 0 && isPrintable(codePoint) && reserved.indexOf(codePoint) < 0) {
                text.appendCodePoint(codePoint);
                at += length;
                continue;
            }
            for (int end = at + Math.max(1, length); at < end; at++) {
                text.append('%').append(HEX.toHexDigits(bytes[at]));
            }
        }
        return text.toString();
    }

    /** The length of the UTF-8 sequence at an index, 1 to 4; 0 if the bytes there are none. */
    private static int sequenceLength(byte[] bytes, int at) {
        int first = bytes[at] & 0xFF;
        int length = first < 0x80 ? 1 : first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (first > 0xF4 || at + length > bytes.length) {
            return 0;
        }
        for (int i = 1; i < length; i++) {
            if ((bytes[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        int value = length == 0 ? -1 : codePoint(bytes, at, length);
        boolean overlong = value < (length == 4 ? 0x1_0000 : length == 3 ? 0x800 : 0);
        boolean surrogate = value >= 0xD800 && value <= 0xDFFF;
        return overlong || surrogate || value > Character.MAX_CODE_POINT ? 0 : length;
    }

    private static int codePoint(byte[] bytes, int at, int length) {
        int value = length == 1 ? bytes[at] : bytes[at] & (0x7F >> length);
        for (int i = 1; i < length; i++) {
            value = value << 6 | (bytes[at + i] & 0x3F);
        }
        return value;
    }

    /**
     * Whether a character shows as itself: no control, no formatting, no blank but the plain space.
     */
    static boolean isPrintable(int codePoint) {
        if (codePoint < 0x80) {
            return codePoint >= ' ' && codePoint < 0x7F;
        }
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR ->
                    false;
            default -> true;
        };
    }

    /** Whether a character is a letter or digit of ASCII. */
    static boolean isLetterOrDigit(int c) {
        return isBetween('0', c, '9') || isBetween('a', c, 'z') || isBetween('A', c, 'Z');
    }

    private static boolean isBetween(char first, int c, char last) {
        return c >= first && c <= last;
    }

    /**
     * Decodes a text: {@code %XX} is that byte, all else UTF-8.
     *
     * @throws IllegalArgumentException if a percent sign stands alone ({@link #badEscape} finds
     *     it), or the text has an unpaired surrogate
     */
    static byte[] decode(String text) {
        byte[] encoded = utf8(text);
        var bytes = new ByteArrayOutputStream(encoded.length);
        for (int at = 0; at < encoded.length; at++) {
            if (encoded[at] != '%') {
                bytes.write(encoded[at]);
            } else if (at + 2 < encoded.length) {
                int high = HexFormat.fromHexDigit(encoded[at + 1]);
                bytes.write(high << 4 | HexFormat.fromHexDigit(encoded[at + 2]));
                at += 2;
            } else {
                throw new IllegalArgumentException("a percent sign alone: " + quote(text));
            }
        }
        return bytes.toByteArray();
    }

    /** The index of the first percent sign that two hexadecimal digits do not follow, or -1. */
    static int badEscape(String text) {
        for (int at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at + 1)) {
            if (at + 2 >= text.length()
                    || !HexFormat.isHexDigit(text.charAt(at + 1))
                    || !HexFormat.isHexDigit(text.charAt(at + 2))) {
                return at;
            }
        }
        return -1;
    }

    /** The bytes as text, or null if they are not UTF-8. */
    static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    /**
     * The text as bytes.
     *
     * @throws IllegalArgumentException if it has an unpaired surrogate
     */
    static byte[] utf8(String text) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] exact = new byte[bytes.remaining()];
            bytes.get(exact);
            return exact;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("an unpaired surrogate: " + quote(text), e);
        }
    }

    /** A text for an error message: in quotation marks, printable, and not endless. */
    static String quote(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints().limit(200).forEach(c -> quoted.appendCodePoint(isPrintable(c) ? c : '?'));
        return quoted.append(text.length() > 200 ? "…\"" : "\"").toString();
    }

    /** A decimal number of 0 to a limit, or -1. */
    static int decimal(String text, int limit) {
        return (int) unsigned(text, limit);
    }

    /** A decimal number of 0 to a limit of at most 32 bits, or -1. */
    static long unsigned(String text, long limit) {
        if (text.isEmpty() || text.length() > 10) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value <= limit ? value : -1;
    }
}
