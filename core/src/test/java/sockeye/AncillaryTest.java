// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

class AncillaryTest {
    @Test
    @Tag("A7-08")
    void lengthAndSpaceAreThoseOfTheCLibrary() throws IOException {
        int compared = 0;
        try (var in = getClass().getResourceAsStream("/sockeye/ancillary-vectors.txt")) {
            String all = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            for (String line : all.lines().filter(each -> each.startsWith("size ")).toList()) {
                String[] words = line.split(" ", -1);
                int size = Integer.parseInt(words[1]);
                assertEquals(Long.parseLong(words[2]), Ancillary.length(size), line);
                // Python refuses the largest, which an int still holds.
                if (!words[3].equals("-")) {
                    assertEquals(Long.parseLong(words[3]), Ancillary.space(size), line);
                }
                compared++;
            }
        }
        assertEquals(14, compared);
        assertEquals(Integer.MAX_VALUE - 7, Ancillary.space(Integer.MAX_VALUE - 23));
    }

    @Test
    @Tag("A7-08")
    void aNegativeOrTooLargeSizeIsRefused() {
        for (int size : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE - 22}) {
            assertThrows(IllegalArgumentException.class, () -> Ancillary.length(size));
            assertThrows(IllegalArgumentException.class, () -> Ancillary.space(size));
        }
    }

    @Test
    @Tag("A4-14")
    void theSpaceOfDescriptorsIsBoundedByWhatOneMessageTakes() {
        assertEquals(16, Ancillary.Rights.space(0));
        assertEquals(24, Ancillary.Rights.space(1));
        assertEquals(1032, Ancillary.Rights.space(253));
        assertThrows(IllegalArgumentException.class, () -> Ancillary.Rights.space(254));
        assertThrows(IllegalArgumentException.class, () -> Ancillary.Rights.space(-1));
    }

    @Test
    void levelsOtherThanIpAreRefused() {
        IpAddress any = IpAddress.ANY_IPV4;
        List<org.junit.jupiter.api.function.Executable> wrong =
                List.of(
                        () -> new Ancillary.TimeToLive(6, 1),
                        () -> new Ancillary.TrafficClass(1, 1),
                        () -> new Ancillary.PacketInfo(17, 0, any, any),
                        () -> new Ancillary.PacketInfo(0, 0, IpAddress.LOOPBACK_IPV6, any),
                        () -> new Ancillary.SegmentSize(105, 1),
                        () -> Ancillary.SegmentSize.of(0),
                        () -> Ancillary.SegmentSize.of(65_536),
                        () -> HasDescriptor.borrowed(-1));
        wrong.forEach(each -> assertThrows(IllegalArgumentException.class, each));
    }

    @Test
    @Tag("A4-24")
    void theReplyToAPacketGoesOutFromWhereItCameTo() {
        IpAddress local = IpAddress.parse("192.0.2.1");
        var asked = new Ancillary.PacketInfo(0, 7, local, IpAddress.parse("192.0.2.255"));
        assertEquals(Ancillary.PacketInfo.from(local), asked.reply());
        IpAddress link = IpAddress.parse("fe80::1");
        var scoped = new Ancillary.PacketInfo(41, 7, link, link);
        assertEquals(Ancillary.PacketInfo.from(link, 7), scoped.reply());
    }

    @Test
    void anUnknownMessageComparesByItsBytesAndKeepsThemToItself() {
        byte[] bytes = {1, 2, 3};
        var unknown = new Ancillary.Unknown(1, 2, bytes);
        bytes[0] = 9;
        unknown.bytes()[1] = 9;
        assertArrayEquals(new byte[] {1, 2, 3}, unknown.bytes());
        assertEquals(new Ancillary.Unknown(1, 2, new byte[] {1, 2, 3}), unknown);
        assertEquals(
                new Ancillary.Unknown(1, 2, new byte[] {1, 2, 3}).hashCode(), unknown.hashCode());
        assertNotEquals(new Ancillary.Unknown(1, 3, new byte[] {1, 2, 3}), unknown);
        assertNotEquals(new Ancillary.Unknown(1, 2, new byte[] {1, 2}), unknown);
        assertEquals("Unknown[level=1, type=2, bytes=010203]", unknown.toString());
    }

    @Test
    void partsOfATrafficClassAndAFlowCanBeAskedFor() {
        var expedited = Ancillary.TrafficClass.ipv4(0xB9);
        assertEquals(46, expedited.codePoint());
        assertEquals(1, expedited.congestion());
        assertEquals(0x12345, new Ancillary.FlowInfo(0x0281_2345).label());
    }

    @Test
    void theTypeOfATimestampTellsItsResolution() {
        assertTrue(new Ancillary.ReceivedTimestamp(35, Instant.EPOCH).nanoseconds());
        assertTrue(new Ancillary.ReceivedTimestamp(64, Instant.EPOCH).nanoseconds());
        assertFalse(new Ancillary.ReceivedTimestamp(29, Instant.EPOCH).nanoseconds());
        assertFalse(new Ancillary.ReceivedTimestamp(63, Instant.EPOCH).nanoseconds());
    }
}
