// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/**
 * Bytes that nobody would send, longer than any frame, to each framer: they are cut the same in
 * whatever pieces they come, no frame is longer than the bound, and no more is held than that.
 */
@Tag("D4-01")
@Tag("D4-03")
@Tag("D4-04")
class DamagedFramesTest {
    private static final int LONGEST = 100;

    /** What a framer may hold beyond a frame: the longest prefix, or what stands behind it. */
    private static final int AROUND = 16;

    private static final List<Supplier<Framer>> FRAMERS = framers();

    private static List<Supplier<Framer>> framers() {
        var all = new ArrayList<Supplier<Framer>>();
        all.add(() -> new LineFramer(LONGEST));
        all.add(() -> new NetstringFramer(LONGEST));
        all.add(() -> new RestFramer(LONGEST));
        all.add(() -> new FixedFramer(7));
        all.add(() -> new DelimiterFramer("\r\n.\r\n".getBytes(ISO_8859_1), LONGEST));
        all.add(() -> new DelimiterFramer("aab".getBytes(ISO_8859_1), LONGEST));
        for (LengthPrefix prefix : LengthPrefix.values()) {
            all.add(() -> new LengthFramer(prefix, LONGEST));
        }
        return all;
    }

    /** Noise, and what looks like a frame here and there. */
    @Provide
    Arbitrary<byte[]> streams() {
        Arbitrary<String> noise =
                Arbitraries.strings().withCharRange('\0', '\u00ff').ofMaxLength(120);
        Arbitrary<String> pieces =
                Arbitraries.of(
                        "\n",
                        "\r\n",
                        "\r",
                        "\r\n.\r\n",
                        "a",
                        "aab",
                        "3:abc,",
                        "100:",
                        "101:",
                        "0:,",
                        "\0\0\0\5",
                        "\0\5",
                        "\5",
                        "\200\1",
                        "\377\377\377\377",
                        "x");
        return Arbitraries.frequencyOf(Tuple.of(1, noise), Tuple.of(4, pieces))
                .list()
                .ofMaxSize(30)
                .map(all -> String.join("", all).getBytes(ISO_8859_1));
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(1, 9).list().ofMinSize(1).ofMaxSize(20);
    }

    private static List<String> framed(Framer framer, byte[] bytes, List<Integer> cuts) {
        var frames = new ArrayList<String>();
        int piece = 0;
        for (int from = 0; from < bytes.length; piece++) {
            int length =
                    cuts.isEmpty()
                            ? bytes.length
                            : Math.min(cuts.get(piece % cuts.size()), bytes.length - from);
            ByteBuffer part = ByteBuffer.wrap(bytes, from, length);
            from += length;
            Framer.Found found;
            while ((found = framer.next(part)) == Framer.Found.FRAME) {
                assertTrue(framer.length() <= framer.maxLength());
                frames.add(HexFormat.of().formatHex(framer.copy()));
            }
            assertTrue(framer.held() <= framer.maxLength() + AROUND, () -> "" + framer.held());
            if (found == Framer.Found.REFUSED) {
                frames.add("refused");
                return frames;
            }
            assertEquals(0, part.remaining());
        }
        switch (framer.rest()) {
            case FRAME -> frames.add("rest " + HexFormat.of().formatHex(framer.copy()));
            case MORE -> assertEquals(0, framer.held());
            case REFUSED -> frames.add("refused");
        }
        return frames;
    }

    @Property(tries = 1_500, seed = "20261122")
    void anyBytesAreCutTheSameInWhateverPieces(
            @ForAll("streams") byte[] bytes, @ForAll("cuts") List<Integer> cuts) {
        for (Supplier<Framer> each : FRAMERS) {
            Framer framer = each.get();
            List<String> whole = framed(each.get(), bytes, List.of());
            assertEquals(whole, framed(framer, bytes, cuts), () -> framer.getClass().getName());
        }
    }

    @Property(tries = 1_000, seed = "20261122")
    void noiseIsCutTheSameByteByByte(@ForAll @Size(max = 600) byte[] bytes) {
        for (Supplier<Framer> each : FRAMERS) {
            assertEquals(
                    framed(each.get(), bytes, List.of()), framed(each.get(), bytes, List.of(1)));
        }
    }
}
