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

/**
 * The decoders of rtnetlink's records over messages that a kernel sent, as they are and cut short;
 * {@link DamagedRecordsTest} damages them. The kept corpus holds a link of each kind, addresses,
 * routes, neighbours and rules of Linux 6.18, a message a line.
 */
@Tag("H8")
class RecordFuzzTest {
    static List<byte[]> corpus() throws IOException {
        try (InputStream file = RecordFuzzTest.class.getResourceAsStream("rtnetlink.hex")) {
            assertNotNull(file, "the corpus is missing");
            return new String(file.readAllBytes(), US_ASCII)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(HexFormat.of()::parseHex)
                    .toList();
        }
    }

    static RouteEvent decode(byte[] bytes) throws NetlinkDecodeException {
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
