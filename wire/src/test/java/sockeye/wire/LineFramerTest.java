// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.wire.Framer.Found;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

@Tag("D4-01")
@Tag("D4-02")
class LineFramerTest {
    private static final String REFUSED = "refused";

    /** What lines are, said as simply as possible: byte by byte, with a whole copy of each. */
    private static List<String> model(String input, int maxLength) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < input.length(); i++) {
            char c = input.charAt(i);
            line.append(c);
            String body = line.toString().replaceFirst("\r?\n$", "");
            if (c == '\n' ? body.length() > maxLength : cannotBecomeShort(body, maxLength)) {
                lines.add(REFUSED);
                return lines;
            }
            if (c == '\n') {
                lines.add(line.toString());
                line.setLength(0);
            }
        }
        if (line.length() > maxLength) {
            lines.add(REFUSED);
        } else if (!line.isEmpty()) {
            lines.add(line.toString());
        }
        return lines;
    }

    private static boolean cannotBecomeShort(String body, int maxLength) {
        return (body.endsWith("\r") ? body.length() - 1 : body.length()) > maxLength;
    }

    private static List<String> framed(int maxLength, List<byte[]> pieces, Random random) {
        LineFramer framer = new LineFramer(maxLength);
        List<String> lines = new ArrayList<>();
        for (byte[] piece : pieces) {
            ByteBuffer input = buffer(piece, random);
            for (; ; ) {
                Found found = framer.next(input);
                if (found == Found.MORE) {
                    assertEquals(0, input.remaining(), "all is consumed when more is wanted");
                    break;
                }
                if (found == Found.REFUSED) {
                    assertSame(Found.REFUSED, framer.next(input), "a refusal is final");
                    assertSame(Found.REFUSED, framer.rest(), "a refusal is final");
                    lines.add(REFUSED);
                    return lines;
                }
                lines.add(seen(framer));
            }
        }
        switch (framer.rest()) {
            case FRAME -> {
                assertEquals(0, framer.endLength());
                lines.add(seen(framer));
            }
            case MORE -> assertEquals(0, framer.held());
            case REFUSED -> lines.add(REFUSED);
        }
        return lines;
    }

    private static String seen(Framer framer) {
        byte[] bytes = new byte[framer.length() + framer.endLength()];
        framer.bytes().duplicate().clear().get(framer.offset(), bytes);
        String line = Dialogue.text(bytes);
        String end = line.substring(framer.length());
        assertEquals(line.endsWith("\r\n") ? "\r\n" : line.endsWith("\n") ? "\n" : "", end);
        return line;
    }

    /** Heap or direct, either byte order, at any place in a larger buffer full of line ends. */
    private static ByteBuffer buffer(byte[] bytes, Random random) {
        int before = random.nextInt(9);
        int size = before + bytes.length + random.nextInt(9);
        ByteBuffer buffer =
                random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
        buffer.order(random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
            buffer.put(i, (byte) '\n');
        }
        return buffer.put(before, bytes).limit(before + bytes.length).position(before);
    }

    private static List<byte[]> split(String input, long cuts) {
        List<byte[]> pieces = new ArrayList<>();
        int from = 0;
        for (int i = 1; i < input.length(); i++) {
            if ((cuts >> (i - 1) & 1) != 0) {
                pieces.add(Dialogue.bytes(input.substring(from, i)));
                from = i;
            }
        }
        pieces.add(Dialogue.bytes(input.substring(from)));
        return pieces;
    }

    @Test
    void everySplitOfEveryShortInputGivesTheSameLines() {
        Random random = new Random(1);
        String alphabet = "a\r\n";
        for (int length = 0; length <= 7; length++) {
            for (int number = 0; number < Math.pow(3, length); number++) {
                StringBuilder text = new StringBuilder();
                for (int i = 0, n = number; i < length; i++, n /= 3) {
                    text.append(alphabet.charAt(n % 3));
                }
                String input = text.toString();
                for (int maxLength : new int[] {1, 2, 3, 100}) {
                    List<String> expected = model(input, maxLength);
                    for (int cuts = 0; cuts < 1 << Math.max(0, length - 1); cuts++) {
                        if (length == 7 && maxLength == 100 && cuts % 5 != 0) {
                            continue;
                        }
                        assertEquals(
                                expected,
                                framed(maxLength, split(input, cuts), random),
                                () -> "of " + input.replace("\r", "\\r").replace("\n", "\\n"));
                    }
                }
            }
        }
    }

    @Test
    void longRandomInputIsCutTheSameHoweverItComes() {
        long seed = System.nanoTime();
        System.out.println("LineFramerTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 500; round++) {
            int maxLength = 1 + random.nextInt(300);
            StringBuilder text = new StringBuilder();
            while (text.length() < 2_000) {
                int length = random.nextInt(random.nextInt(50) == 0 ? 320 : 60);
                for (int i = 0; i < Math.min(length, maxLength + 3); i++) {
                    int c = random.nextInt(256);
                    text.append((char) (c == '\n' ? '\r' : c));
                }
                text.append(random.nextBoolean() ? "\n" : "\r\n");
            }
            String input = text.toString();
            List<byte[]> pieces = new ArrayList<>();
            for (int from = 0; from < input.length(); ) {
                int to = Math.min(input.length(), from + 1 + random.nextInt(100));
                pieces.add(Dialogue.bytes(input.substring(from, to)));
                from = to;
            }
            assertEquals(
                    model(input, maxLength),
                    framed(maxLength, pieces, random),
                    "seed " + seed + ", round " + round);
        }
    }

    @Test
    void theLongestLineMayBeFollowedByEitherEnd() {
        String longest = "x".repeat(65_536);
        for (String end : new String[] {"\n", "\r\n"}) {
            String line = longest + end;
            for (int cut : new int[] {1, 65_535, 65_536, line.length() - 1, line.length()}) {
                List<byte[]> pieces =
                        List.of(
                                Dialogue.bytes(line.substring(0, cut)),
                                Dialogue.bytes(line.substring(cut)));
                assertEquals(List.of(line), framed(65_536, pieces, new Random(cut)));
            }
        }
    }

    @Test
    void oneByteMoreIsRefusedAsSoonAsItCame() {
        LineFramer framer = new LineFramer(65_536);
        assertSame(Found.MORE, framer.next(ByteBuffer.allocate(65_536)));
        ByteBuffer more = ByteBuffer.wrap(new byte[] {'x'});
        assertNull(framer.refusal());
        assertSame(Found.REFUSED, framer.next(more));
        assertEquals("a line is longer than 65536 bytes", framer.refusal());
        assertEquals(1, more.remaining(), "refused input is left as it is");
    }

    @Test
    void aCarriageReturnBehindTheLongestLineMayStillBeHalfOfAnEnd() {
        LineFramer framer = new LineFramer(3);
        assertSame(Found.MORE, framer.next(ByteBuffer.wrap(Dialogue.bytes("abc\r"))));
        assertEquals(4, framer.held());
        assertSame(Found.MORE, framer.next(ByteBuffer.allocate(0)));
        assertSame(Found.FRAME, framer.next(ByteBuffer.wrap(Dialogue.bytes("\n"))));
        assertEquals("abc\r\n", seen(framer));
    }

    @Test
    void aFramePutBackIsFoundAgainWithoutASecondLook() {
        LineFramer framer = new LineFramer(100);
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("one\r\ntwo\n"));
        assertSame(Found.FRAME, framer.next(input));
        framer.back(input);
        assertEquals(0, input.position());
        // Were it looked at again, the line would now be longer.
        input.put(4, (byte) '!');
        assertSame(Found.FRAME, framer.next(input));
        assertEquals(3, framer.length());
        assertEquals(2, framer.endLength());
        assertEquals(5, input.position());
        assertSame(Found.FRAME, framer.next(input));
        assertEquals("two\n", seen(framer));
    }

    @Test
    void aFramePutBackMayMoveToTheFrontOfItsBuffer() {
        LineFramer framer = new LineFramer(100);
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("one\ntwo\n"));
        framer.next(input);
        framer.next(input);
        framer.back(input);
        input.compact().flip();
        assertSame(Found.FRAME, framer.next(input));
        assertEquals("two\n", seen(framer));
        assertSame(Found.MORE, framer.next(input));
    }

    @Test
    void aFrameThatCameInPiecesCanBePutBackToo() {
        LineFramer framer = new LineFramer(100);
        framer.next(ByteBuffer.wrap(Dialogue.bytes("on")));
        ByteBuffer input = ByteBuffer.wrap(Dialogue.bytes("e\ntwo\n"));
        framer.next(input);
        framer.back(input);
        assertSame(Found.FRAME, framer.next(input));
        assertEquals("one\n", seen(framer));
        assertSame(Found.FRAME, framer.next(input));
        assertEquals("two\n", seen(framer));
    }

    @Test
    void theRestIsAFrameWithoutAnEndAndThenNothingIsHeld() {
        LineFramer framer = new LineFramer(100);
        framer.next(ByteBuffer.wrap(Dialogue.bytes("rest\r")));
        assertSame(Found.FRAME, framer.rest());
        assertEquals("rest\r", seen(framer));
        assertEquals(0, framer.held());
        assertSame(Found.MORE, framer.rest());
        assertSame(Found.FRAME, framer.next(ByteBuffer.wrap(Dialogue.bytes("\n"))));
        assertEquals("\n", seen(framer));
    }

    @Test
    void whatIsHeldNeverGrowsBeyondTheLongestLineAndItsEnd() {
        LineFramer framer = new LineFramer(1_000);
        byte[] piece = Dialogue.bytes("x".repeat(999) + "\r");
        for (byte b : piece) {
            framer.next(ByteBuffer.wrap(new byte[] {b}));
        }
        assertSame(Found.FRAME, framer.next(ByteBuffer.wrap(new byte[] {'\n'})));
        assertEquals(999, framer.length());
        assertEquals(1_002, framer.bytes().capacity());
    }

    @Test
    void aFramerWithoutABoundIsNotToBeHad() {
        assertThrows(IllegalArgumentException.class, () -> new LineFramer(0));
        assertThrows(IllegalArgumentException.class, () -> new LineFramer(-1));
        assertThrows(IllegalArgumentException.class, () -> new LineFramer(Integer.MAX_VALUE));
    }
}
