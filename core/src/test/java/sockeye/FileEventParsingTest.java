// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** The bytes of inotify, well-formed or not. */
@Tag("H9")
class FileEventParsingTest {
    private static List<FileEvent> parse(byte[] bytes, Map<Integer, Path> watches) {
        List<FileEvent> found = new ArrayList<>();
        FileWatch.parse(MemorySegment.ofArray(bytes), watches, found);
        return found;
    }

    private static byte[] event(int watch, int mask, int length, String name) {
        var bytes = ByteBuffer.allocate(16 + name.length()).order(ByteOrder.nativeOrder());
        bytes.putInt(watch).putInt(mask).putInt(7).putInt(length);
        name.chars().forEach(c -> bytes.put((byte) c));
        return bytes.array();
    }

    @Test
    void aNameEndsAtItsFirstZero() {
        Map<Integer, Path> watches = new HashMap<>(Map.of(3, Path.of("/d")));
        FileEvent found = parse(event(3, FileWatch.IN_CREATE, 4, "ab\0\0"), watches).getFirst();
        assertEquals(new FileEvent(3, Path.of("/d"), FileWatch.IN_CREATE, 7, "ab"), found);
        assertEquals(Path.of("/d/ab"), found.file());
    }

    @Test
    void anOverflowBelongsToNoWatch() {
        FileEvent found =
                parse(event(-1, FileWatch.IN_Q_OVERFLOW, 0, ""), new HashMap<>()).getFirst();
        assertTrue(found.isOverflow());
        assertEquals(null, found.file());
    }

    @Test
    void aWatchThatHasEndedIsForgotten() {
        Map<Integer, Path> watches = new HashMap<>(Map.of(3, Path.of("/d")));
        assertEquals(
                Path.of("/d"),
                parse(event(3, FileWatch.IN_IGNORED, 0, ""), watches).getFirst().watched());
        assertEquals(Map.of(), watches);
    }

    @Test
    void aLengthBeyondTheBytesIsNotBelieved() {
        for (int length : new int[] {5, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
            assertEquals(List.of(), parse(event(3, 1, length, "ab\0\0"), new HashMap<>()));
        }
        assertEquals(List.of(), parse(new byte[15], new HashMap<>()));
    }

    @Test
    void whateverTheBytesAreNothingIsReadBeyondThem() {
        var random = new SplittableRandom(1);
        int some = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            for (int at = 12; at + 4 <= bytes.length; at += 16) {
                // Lengths that are short enough to be gone along with, now and then.
                if (random.nextBoolean()) {
                    bytes[at + 1] = 0;
                    bytes[at + 2] = 0;
                    bytes[at + 3] = 0;
                }
            }
            List<FileEvent> found = parse(bytes, new HashMap<>());
            assertTrue(found.size() <= bytes.length / 16);
            some += found.size();
        }
        assertTrue(some > 1_000, "most were refused at once: " + some);
    }
}
