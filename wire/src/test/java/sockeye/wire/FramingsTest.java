// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.wire.Framer.Found;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * All framings: what a stream's frames are does not depend on the pieces it comes in. Every input
 * is tried in every split.
 */
@Tag("D4-03")
@Tag("D4-04")
class FramingsTest {
    private static final int MAX = 6;
    private static final String REFUSED = "refused";

    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Framing(String name, Supplier<Framer> framer, byte[] alphabet) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Stream<Framing> framings() {
        var all = new ArrayList<Framing>();
        for (LengthPrefix each : LengthPrefix.values()) {
            byte[] alphabet =
                    each == LengthPrefix.VARINT ? hex("00 01 02 80 81 03") : hex("00 01 02 03");
            all.add(new Framing(each.name(), () -> new LengthFramer(each, MAX), alphabet));
        }
        all.add(new Framing("netstring", () -> new NetstringFramer(MAX), bytes("012:,")));
        all.add(new Framing("fixed", () -> new FixedFramer(3), bytes("abc")));
        all.add(new Framing("rest", () -> new RestFramer(MAX), bytes("abc")));
        all.add(delimited("a"));
        all.add(delimited("aab"));
        all.add(delimited("aba"));
        all.add(delimited("\r\n.\r\n"));
        all.add(new Framing("lines", () -> new LineFramer(MAX), bytes("a\r\n")));
        return all.stream();
    }

    private static Framing delimited(String end) {
        return new Framing(
                "until " + HexFormat.of().formatHex(bytes(end)),
                () -> new DelimiterFramer(bytes(end), MAX),
                bytes(end + "x"));
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits.replace(" ", ""));
    }

    /** Cuts a stream that comes in the pieces that the bits of a number separate. */
    private static List<String> framed(Framer framer, byte[] all, long cuts, boolean direct) {
        var frames = new ArrayList<String>();
        int from = 0;
        for (int i = 1; i <= all.length; i++) {
            if (i == all.length || (cuts >>> (i - 1) & 1) != 0) {
                ByteBuffer piece =
                        direct
                                ? ByteBuffer.allocateDirect(i - from + 2)
                                : ByteBuffer.allocate(i - from + 2);
                piece.position(1).put(all, from, i - from).flip().position(1);
                from = i;
                if (!feed(framer, piece, frames)) {
                    return frames;
                }
            }
        }
        switch (framer.rest()) {
            case FRAME -> frames.add("rest " + HexFormat.of().formatHex(framer.copy()));
            case MORE -> assertEquals(0, framer.held());
            case REFUSED -> frames.add(REFUSED);
        }
        return frames;
    }

    private static boolean feed(Framer framer, ByteBuffer piece, List<String> frames) {
        while (true) {
            int before = piece.position();
            switch (framer.next(piece)) {
                case FRAME -> {
                    String frame = HexFormat.of().formatHex(framer.copy());
                    assertTrue(framer.length() <= framer.maxLength());
                    if (frames.size() % 2 == 1) {
                        // Put back, and found again, wherever the bytes are by then.
                        framer.back(piece);
                        assertTrue(piece.position() >= before);
                        ByteBuffer moved = ByteBuffer.allocate(piece.remaining() + 5);
                        moved.position(5).put(piece.duplicate()).flip().position(5);
                        assertSame(Found.FRAME, framer.next(moved));
                        assertEquals(frame, HexFormat.of().formatHex(framer.copy()));
                        piece.position(piece.limit() - moved.remaining());
                    }
                    frames.add(frame);
                }
                case MORE -> {
                    assertEquals(0, piece.remaining(), "all is consumed when more is wanted");
                    return true;
                }
                case REFUSED -> {
                    assertSame(Found.REFUSED, framer.next(piece), "a refusal is final");
                    assertSame(Found.REFUSED, framer.rest(), "a refusal is final");
                    frames.add(REFUSED);
                    return false;
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("framings")
    void everySplitOfEveryInputGivesTheSameFrames(Framing framing) {
        Random random = new Random(1);
        for (int round = 0; round < 400; round++) {
            byte[] input = new byte[random.nextInt(1, 10)];
            for (int i = 0; i < input.length; i++) {
                input[i] = framing.alphabet[random.nextInt(framing.alphabet.length)];
            }
            List<String> whole = framed(framing.framer.get(), input, 0, false);
            for (long cuts = 1; cuts < 1L << (input.length - 1); cuts++) {
                List<String> cut = framed(framing.framer.get(), input, cuts, (cuts & 1) == 0);
                long how = cuts;
                assertEquals(
                        whole,
                        cut,
                        () -> HexFormat.of().formatHex(input) + " cut " + Long.toBinaryString(how));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LengthPrefix.class)
    void whatIsWrittenIsRead(LengthPrefix prefix) {
        var stream = new ByteArrayOutputStream();
        var sent = new ArrayList<String>();
        int[] lengths = {0, 1, 127, 128, 129, 200, 255, 5, 300, 16_383, 16_384, 70_000};
        for (int length : lengths) {
            if (length > prefix.maxLength()) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> prefix.put(ByteBuffer.allocate(20), length));
                continue;
            }
            byte[] body = new byte[length];
            new Random(length).nextBytes(body);
            ByteBuffer head = ByteBuffer.allocate(LengthPrefix.LONGEST);
            prefix.put(head, length);
            assertEquals(prefix.size(length), head.position());
            stream.write(head.array(), 0, head.position());
            stream.writeBytes(body);
            sent.add(HexFormat.of().formatHex(body));
        }
        for (int piece : new int[] {1, 3, 1_000, 1 << 20}) {
            var framer = new LengthFramer(prefix, 100_000);
            var frames = new ArrayList<String>();
            ByteBuffer all = ByteBuffer.wrap(stream.toByteArray());
            while (all.hasRemaining()) {
                int count = Math.min(piece, all.remaining());
                feed(framer, all.slice(all.position(), count), frames);
                all.position(all.position() + count);
            }
            assertEquals(sent, frames);
        }
    }

    /** As the specifications write them down. */
    @Test
    void theBytesAreThoseOfTheSpecifications() {
        assertEquals("05", head(LengthPrefix.U8, 5));
        assertEquals("0102", head(LengthPrefix.U16_BE, 258));
        assertEquals("0201", head(LengthPrefix.U16_LE, 258));
        assertEquals("00000102", head(LengthPrefix.U32_BE, 258));
        assertEquals("02010000", head(LengthPrefix.U32_LE, 258));
        assertEquals("0000000000000102", head(LengthPrefix.U64_BE, 258));
        assertEquals("0201000000000000", head(LengthPrefix.U64_LE, 258));
        // https://protobuf.dev/programming-guides/encoding/#varints
        assertEquals("9601", head(LengthPrefix.VARINT, 150));
        assertEquals("00", head(LengthPrefix.VARINT, 0));
        // https://cr.yp.to/proto/netstrings.txt
        var framer = new NetstringFramer(100);
        ByteBuffer input = ByteBuffer.wrap(bytes("12:hello world!,0:,"));
        assertSame(Found.FRAME, framer.next(input));
        assertArrayEquals(bytes("hello world!"), framer.copy());
        assertSame(Found.FRAME, framer.next(input));
        assertEquals(0, framer.length());
        assertArrayEquals(bytes("12:"), NetstringFramer.head(12));
    }

    private static String head(LengthPrefix prefix, long length) {
        ByteBuffer out = ByteBuffer.allocate(LengthPrefix.LONGEST);
        prefix.put(out, length);
        return HexFormat.of().formatHex(out.array(), 0, out.position());
    }

    @Test
    void whatIsTooLongIsRefusedBeforeItIsHeld() {
        refuses(new LengthFramer(LengthPrefix.U32_BE, 10), hex("0000000b"));
        refuses(new LengthFramer(LengthPrefix.U64_BE, 10), hex("ffffffffffffffff"));
        refuses(new LengthFramer(LengthPrefix.U64_LE, 10), hex("0000000000000080"));
        refuses(new LengthFramer(LengthPrefix.VARINT, 10), hex("0b"));
        refuses(new LengthFramer(LengthPrefix.VARINT, 10), hex("80808080808080808002"));
        refuses(new LengthFramer(LengthPrefix.VARINT, 10), hex("ffffffffffffffffffff"));
        refuses(new NetstringFramer(10), bytes("11"));
        refuses(new NetstringFramer(10), bytes("01"));
        refuses(new NetstringFramer(10), bytes(":"));
        refuses(new NetstringFramer(10), bytes("3:abcd"));
        refuses(new RestFramer(3), bytes("abcd"));
        refuses(new DelimiterFramer(bytes("--"), 3), bytes("abcd"));
        refuses(new DelimiterFramer(bytes("--"), 3), bytes("abcd--"));
    }

    private static void refuses(Framer framer, byte[] input) {
        assertSame(Found.REFUSED, framer.next(ByteBuffer.wrap(input)));
        assertTrue(framer.held() <= input.length);
        assertTrue(framer.refusal() != null && !framer.refusal().isEmpty());
    }

    /** A longer form of a number is one all the same: 3 in two bytes. */
    @Test
    void aVarintMayBeLongerThanNeedBe() {
        var framer = new LengthFramer(LengthPrefix.VARINT, 10);
        assertSame(Found.FRAME, framer.next(ByteBuffer.wrap(hex("8300616263"))));
        assertArrayEquals(bytes("abc"), framer.copy());
    }

    @Test
    void aStreamChangesItsFramingInTheMiddle() {
        ByteBuffer input = ByteBuffer.wrap(bytes("size 3\r\nabc2:de,raw"));
        var lines = new LineFramer(20);
        assertSame(Found.FRAME, lines.next(input));
        assertArrayEquals(bytes("size 3"), lines.copy());
        var fixed = new FixedFramer(3);
        assertSame(Found.FRAME, fixed.next(input));
        assertArrayEquals(bytes("abc"), fixed.copy());
        var strings = new NetstringFramer(20);
        assertSame(Found.FRAME, strings.next(input));
        assertArrayEquals(bytes("de"), strings.copy());
        var rest = new RestFramer(20);
        assertSame(Found.MORE, rest.next(input));
        assertSame(Found.FRAME, rest.rest());
        assertArrayEquals(bytes("raw"), rest.copy());
    }

    @Test
    void aFrameIsCutIntoFramesOfAnotherKind() {
        var outer = new LengthFramer(LengthPrefix.U8, 100);
        assertSame(Found.FRAME, outer.next(ByteBuffer.wrap(hex("06" + "016102" + "626300"))));
        ByteBuffer body = outer.bytes().slice(outer.offset(), outer.length());
        var inner = new LengthFramer(LengthPrefix.U8, 100);
        var frames = new ArrayList<String>();
        feed(inner, body, frames);
        assertEquals(List.of("61", "6263", ""), frames);
    }

    @Test
    void aFramerThatHoldsNothingHoldsNoBytes() {
        var framer = new LengthFramer(LengthPrefix.U32_LE, 1 << 20);
        byte[] large = new byte[4 + (1 << 19)];
        large[2] = 8;
        assertSame(Found.MORE, framer.next(ByteBuffer.wrap(large, 0, 1_000)));
        assertEquals(1_000, framer.held());
        assertSame(Found.FRAME, framer.next(ByteBuffer.wrap(large, 1_000, large.length - 1_000)));
        assertEquals(1 << 19, framer.length());
        assertSame(Found.MORE, framer.next(ByteBuffer.allocate(0)));
        assertEquals(0, framer.held());
    }
}
