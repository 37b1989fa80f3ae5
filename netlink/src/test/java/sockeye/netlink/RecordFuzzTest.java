// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The decoders of rtnetlink's records over messages that a kernel sent, as they are, cut short and
 * damaged. The kept corpus holds a link of each kind, addresses, routes, neighbours and rules of
 * Linux 6.18, a message a line.
 */
@Tag("H8")
class RecordFuzzTest {
    private static final int ROUNDS = 300;
    private static final long SEED = 20261122;

    private static List<byte[]> corpus() throws IOException {
        try (InputStream file = RecordFuzzTest.class.getResourceAsStream("rtnetlink.hex")) {
            assertNotNull(file, "the corpus is missing");
            return new String(file.readAllBytes(), US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList();
        }
    }

    private static RouteEvent decode(byte[] bytes) throws NetlinkDecodeException {
        return NetlinkMessage.split(bytes, bytes.length).getFirst().decode(RouteMonitor::read);
    }

    @Test
    void everyMessageOfTheCorpusIsUnderstood() throws Exception {
        List<byte[]> corpus = corpus();
        assertTrue(corpus.size() >= 40, () -> corpus.size() + " messages");
        for (byte[] each : corpus) {
            assertNotNull(decode(each), () -> HexFormat.of().formatHex(each));
        }
    }

    @Test
    void aDamagedMessageGivesAValueOrTheOneError() throws Exception {
        var random = new SplittableRandom(SEED);
        int understood = 0;
        int refused = 0;
        for (byte[] whole : corpus()) {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] damaged = damage(whole, random);
                try {
                    decode(damaged);
                    understood++;
                } catch (NetlinkDecodeException expected) {
                    refused++;
                } catch (RuntimeException | Error unexpected) {
                    throw new AssertionError(HexFormat.of().formatHex(damaged), unexpected);
                }
            }
        }
        // Neither all of one kind: then the damage would be of no use.
        assertTrue(understood > 100 && refused > 100, understood + " and " + refused);
    }

    /** Changes some bytes behind the header, lengths above all, or cuts the message short. */
    private static byte[] damage(byte[] whole, SplittableRandom random) {
        int length = whole.length;
        if (random.nextInt(3) == 0) {
            length = random.nextInt(16, whole.length + 1);
        }
        byte[] damaged = Arrays.copyOf(whole, length);
        for (int i = random.nextInt(4); i > 0 && length > 16; i--) {
            int at = random.nextInt(16, length);
            at = random.nextBoolean() ? at & ~3 : at;
            damaged[at] =
                    (byte)
                            switch (random.nextInt(4)) {
                                case 0 -> 0;
                                case 1 -> 0xFF;
                                case 2 -> damaged[at] ^ (1 << random.nextInt(8));
                                default -> random.nextInt();
                            };
        }
        Wire.put32(damaged, 0, length);
        return damaged;
    }

    @Test
    void whatIsShorterThanItsStructureIsRefused() throws Exception {
        int refused = 0;
        for (byte[] whole : corpus()) {
            byte[] cut = Arrays.copyOf(whole, 18);
            Wire.put32(cut, 0, cut.length);
            try {
                decode(cut);
            } catch (NetlinkDecodeException expected) {
                refused++;
            }
        }
        assertEquals(corpus().size(), refused);
    }
}
