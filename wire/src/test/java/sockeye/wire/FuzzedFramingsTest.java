// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * Each framing against a reader that is written the plain way and has all its input before it: of
 * frames around the longest, and of garbage, in whatever pieces.
 */
@Tag("D4-03")
@Tag("D4-04")
class FuzzedFramingsTest {
    private static final int MAX = 20;
    private static final String REFUSED = "refused";

    /** What is to be read, the plain way. */
    private static final class Plain {
        private final byte[] all;
        private int at;
        private final List<String> frames = new ArrayList<>();

        Plain(byte[] all) {
            this.all = all;
        }

        int left() {
            return all.length - at;
        }

        /** The next so many bytes are a frame; false if there are not so many. */
        boolean take(int length) {
            if (left() < length) {
                return refuse();
            }
            frames.add(HexFormat.of().formatHex(all, at, at + length));
            at += length;
            return true;
        }

        boolean refuse() {
            frames.add(REFUSED);
            return false;
        }

        /** What lies behind the last frame's end. */
        void rest(int most) {
            if (left() > most) {
                refuse();
            } else if (left() > 0) {
                take(left());
            }
        }

        int indexOf(byte[] end) {
            for (int i = at; i + end.length <= all.length; i++) {
                boolean same = true;
                for (int k = 0; k < end.length; k++) {
                    same &= all[i + k] == end[k];
                }
                if (same) {
                    return i;
                }
            }
            return -1;
        }
    }

    private static List<String> lines(byte[] input) {
        var plain = new Plain(input);
        for (int end; (end = plain.indexOf(new byte[] {'\n'})) >= 0; plain.at = end + 1) {
            boolean carriage = end > plain.at && input[end - 1] == '\r';
            int length = end - plain.at - (carriage ? 1 : 0);
            if (length > MAX ? !plain.refuse() : !plain.take(length)) {
                return plain.frames;
            }
        }
        plain.rest(MAX);
        return plain.frames;
    }

    private static List<String> delimited(byte[] input, byte[] delimiter) {
        var plain = new Plain(input);
        for (int end; (end = plain.indexOf(delimiter)) >= 0; plain.at = end + delimiter.length) {
            int length = end - plain.at;
            if (length > MAX ? !plain.refuse() : !plain.take(length)) {
                return plain.frames;
            }
        }
        plain.rest(MAX);
        return plain.frames;
    }

    private static List<String> prefixed(byte[] input, LengthPrefix prefix) {
        var plain = new Plain(input);
        while (plain.left() > 0) {
            BigInteger length = announced(plain, prefix);
            if (length == null
                    || length.compareTo(BigInteger.valueOf(MAX)) > 0
                    || !plain.take(length.intValue())) {
                if (plain.frames.isEmpty() || !plain.frames.getLast().equals(REFUSED)) {
                    plain.refuse();
                }
                return plain.frames;
            }
        }
        return plain.frames;
    }

    /** The number in front, of any size; null if it is none. */
    private static @Nullable BigInteger announced(Plain plain, LengthPrefix prefix) {
        var length = BigInteger.ZERO;
        if (prefix == LengthPrefix.VARINT) {
            for (int i = 0; i < 10 && plain.left() > 0; i++) {
                int next = plain.all[plain.at++] & 0xff;
                length = length.or(BigInteger.valueOf(next & 0x7f).shiftLeft(7 * i));
                if (next < 0x80) {
                    return length.bitLength() > 64 ? null : length;
                }
            }
            return null;
        }
        int size = prefix.size(0);
        if (plain.left() < size) {
            return null;
        }
        boolean little = prefix.name().endsWith("LE");
        for (int i = 0; i < size; i++) {
            int next = plain.all[plain.at++] & 0xff;
            length =
                    little
                            ? length.or(BigInteger.valueOf(next).shiftLeft(8 * i))
                            : length.shiftLeft(8).or(BigInteger.valueOf(next));
        }
        return length;
    }

    private static List<String> netstrings(byte[] input) {
        var plain = new Plain(input);
        while (plain.left() > 0) {
            int colon = plain.indexOf(new byte[] {':'});
            String digits =
                    colon < 0
                            ? ""
                            : new String(
                                    input, plain.at, colon - plain.at, StandardCharsets.ISO_8859_1);
            boolean fine = digits.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(digits) <= MAX;
            int length = fine ? Integer.parseInt(digits) : 0;
            if (!fine
                    || input.length - colon - 1 < length + 1
                    || input[colon + 1 + length] != ',') {
                plain.refuse();
                return plain.frames;
            }
            plain.at = colon + 1;
            plain.take(length);
            plain.at++;
        }
        return plain.frames;
    }

    private static List<String> fixed(byte[] input, int length) {
        var plain = new Plain(input);
        while (plain.left() > 0) {
            if (!plain.take(length)) {
                return plain.frames;
            }
        }
        return plain.frames;
    }

    private static List<String> all(byte[] input) {
        var plain = new Plain(input);
        plain.rest(MAX);
        return plain.frames;
    }

    /** What the framer finds in pieces of these lengths, again and again. */
    private static List<String> framed(Framer framer, byte[] input, List<Integer> pieces) {
        var frames = new ArrayList<String>();
        int from = 0;
        for (int i = 0; from < input.length; i++) {
            int count = Math.min(pieces.get(i % pieces.size()), input.length - from);
            ByteBuffer piece = ByteBuffer.wrap(input.clone(), from, count);
            from += count;
            for (boolean more = false; !more; ) {
                switch (framer.next(piece)) {
                    case FRAME -> frames.add(HexFormat.of().formatHex(framer.copy()));
                    case MORE -> more = true;
                    case REFUSED -> {
                        frames.add(REFUSED);
                        return frames;
                    }
                }
                assertTrue(framer.held() <= MAX + 16, "it holds " + framer.held());
            }
        }
        switch (framer.rest()) {
            case FRAME -> frames.add(HexFormat.of().formatHex(framer.copy()));
            case MORE -> {}
            case REFUSED -> frames.add(REFUSED);
        }
        return frames;
    }

    // What comes.

    @Provide
    Arbitrary<List<Integer>> pieces() {
        return Arbitraries.integers().between(1, 40).list().ofMinSize(1).ofMaxSize(10);
    }

    /** Bodies around the longest, and the shortest. */
    private static Arbitrary<byte[]> bodies(String alphabet) {
        return Arbitraries.of(0, 1, 2, MAX - 1, MAX, MAX + 1)
                .flatMap(length ->
                        Arbitraries.strings()
                                .withChars(alphabet)
                                .ofLength(length)
                                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1)));
    }

    private interface Encoder {
        void encode(byte[] body, ByteArrayOutputStream out);
    }

    /** Frames, and now and then garbage in between. */
    private static Arbitrary<byte[]> streams(String alphabet, Encoder encoder) {
        Arbitrary<byte[]> frame =
                bodies(alphabet)
                        .map(body -> {
                            var out = new ByteArrayOutputStream();
                            encoder.encode(body, out);
                            return out.toByteArray();
                        });
        Arbitrary<byte[]> garbage = Arbitraries.bytes().array(byte[].class).ofMaxSize(12);
        Arbitrary<byte[]> hostile = bodies(alphabet);
        return Arbitraries.frequencyOf(
                        Tuple.of(8, frame), Tuple.of(1, garbage), Tuple.of(1, hostile))
                .list()
                .ofMaxSize(8)
                .map(parts -> {
                    var out = new ByteArrayOutputStream();
                    parts.forEach(out::writeBytes);
                    return out.toByteArray();
                });
    }

    @Provide
    Arbitrary<byte[]> lineStreams() {
        return Combinators.combine(
                        streams(
                                "a\r",
                                (body, out) -> {
                                    out.writeBytes(body);
                                    out.write('\n');
                                }),
                        streams(
                                "ab",
                                (body, out) -> {
                                    out.writeBytes(body);
                                    out.write('\r');
                                    out.write('\n');
                                }))
                .as(FuzzedFramingsTest::joined);
    }

    private static byte[] joined(byte[] one, byte[] other) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(one);
        out.writeBytes(other);
        return out.toByteArray();
    }

    @Property(tries = 3_000, seed = "1")
    void linesAreCutAsThePlainReaderDoes(
            @ForAll("lineStreams") byte[] input, @ForAll("pieces") List<Integer> pieces) {
        assertEquals(lines(input), framed(new LineFramer(MAX), input, pieces));
    }

    private static final List<String> DELIMITERS = List.of("a", "aab", "aba", "\r\n.\r\n", "ab");

    @Provide
    Arbitrary<byte[]> delimitedStreams() {
        return Arbitraries.of(DELIMITERS)
                .flatMap(end ->
                        streams(
                                "ab\r\n.",
                                (body, out) -> {
                                    out.writeBytes(body);
                                    out.writeBytes(end.getBytes(StandardCharsets.ISO_8859_1));
                                }));
    }

    @Property(tries = 3_000, seed = "1")
    void delimitersAreFoundAsThePlainReaderDoes(
            @ForAll("delimitedStreams") byte[] input,
            @ForAll("pieces") List<Integer> pieces,
            @ForAll @IntRange(max = 4) int which) {
        byte[] end = DELIMITERS.get(which).getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(delimited(input, end), framed(new DelimiterFramer(end, MAX), input, pieces));
    }

    /** A prefix, and a stream of such frames. */
    record Prefixed(LengthPrefix prefix, Bytes stream) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Bytes(byte[] bytes) {
        @Override
        public String toString() {
            return HexFormat.of().formatHex(bytes);
        }
    }

    @Provide
    Arbitrary<Prefixed> prefixedStreams() {
        return Arbitraries.of(LengthPrefix.class)
                .flatMap(prefix ->
                        streams(
                                        "\0\1\u0080\u00ff",
                                        (body, out) -> {
                                            ByteBuffer head = ByteBuffer.allocate(10);
                                            prefix.put(head, body.length);
                                            out.write(head.array(), 0, head.position());
                                            out.writeBytes(body);
                                        })
                                .map(all -> new Prefixed(prefix, new Bytes(all))));
    }

    @Property(tries = 6_000, seed = "1")
    void prefixesAreReadAsThePlainReaderDoes(
            @ForAll("prefixedStreams") Prefixed input, @ForAll("pieces") List<Integer> pieces) {
        byte[] bytes = input.stream.bytes;
        assertEquals(
                prefixed(bytes, input.prefix),
                framed(new LengthFramer(input.prefix, MAX), bytes, pieces));
    }

    @Provide
    Arbitrary<byte[]> netstringStreams() {
        return streams(
                "01:,",
                (body, out) -> {
                    out.writeBytes(NetstringFramer.head(body.length));
                    out.writeBytes(body);
                    out.write(',');
                });
    }

    @Property(tries = 3_000, seed = "1")
    void netstringsAreReadAsThePlainReaderDoes(
            @ForAll("netstringStreams") byte[] input, @ForAll("pieces") List<Integer> pieces) {
        assertEquals(netstrings(input), framed(new NetstringFramer(MAX), input, pieces));
    }

    @Property(tries = 1_000, seed = "1")
    void fixedLengthsAndTheRestAreReadAsThePlainReaderDoes(
            @ForAll("netstringStreams") byte[] input,
            @ForAll("pieces") List<Integer> pieces,
            @ForAll @IntRange(min = 1, max = MAX) int length) {
        assertEquals(fixed(input, length), framed(new FixedFramer(length), input, pieces));
        assertEquals(all(input), framed(new RestFramer(MAX), input, pieces));
    }

    /** Of each limit what is below, what is it, and what is above. */
    @Property(tries = 300, seed = "1")
    void aFrameIsTakenUpToTheLimitAndNoFurther(
            @ForAll @IntRange(min = 1, max = 400) int limit,
            @ForAll("pieces") List<Integer> pieces) {
        for (int length : Set.of(limit - 1, limit, limit + 1)) {
            byte[] body = new byte[length];
            Arrays.fill(body, (byte) 'x');
            boolean fits = length <= limit;
            for (LengthPrefix prefix : LengthPrefix.values()) {
                if (length <= prefix.maxLength()) {
                    ByteBuffer head = ByteBuffer.allocate(LengthPrefix.LONGEST);
                    prefix.put(head, length);
                    byte[] start = Arrays.copyOf(head.array(), head.position());
                    check(fits, new LengthFramer(prefix, limit), joined(start, body), pieces);
                }
            }
            byte[] netstring = joined(joined(NetstringFramer.head(length), body), new byte[] {','});
            check(fits, new NetstringFramer(limit), netstring, pieces);
            check(fits, new LineFramer(limit), joined(body, new byte[] {'\n'}), pieces);
            check(fits, new LineFramer(limit), joined(body, new byte[] {'\r', '\n'}), pieces);
            byte[] end = {'-', '-', '-'};
            check(fits, new DelimiterFramer(end, limit), joined(body, end), pieces);
            if (length > 0) {
                check(fits, new RestFramer(limit), body, pieces);
            }
        }
    }

    private static void check(boolean fits, Framer framer, byte[] input, List<Integer> pieces) {
        var found = new ArrayList<Integer>();
        boolean refused = false;
        int from = 0;
        for (int i = 0; from < input.length && !refused; i++) {
            int count = Math.min(pieces.get(i % pieces.size()), input.length - from);
            ByteBuffer piece = ByteBuffer.wrap(input, from, count);
            from += count;
            Framer.Found each;
            while ((each = framer.next(piece)) == Framer.Found.FRAME) {
                found.add(framer.length());
            }
            refused = each == Framer.Found.REFUSED;
        }
        if (!refused && framer.rest() == Framer.Found.FRAME) {
            found.add(framer.length());
        }
        assertEquals(fits ? 1 : 0, found.size(), framer + " of " + input.length + " bytes");
        assertEquals(fits, !refused);
    }
}
