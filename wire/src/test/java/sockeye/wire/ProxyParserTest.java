// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.wire.ProxyParser.Found;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The machine that reads a header: in pieces, no byte too many, and strictly. */
@Tag("D4-15")
class ProxyParserTest {
    private static final InetEndpoint CLIENT = InetEndpoint.of("192.0.2.33", 56324);
    private static final InetEndpoint SERVER = InetEndpoint.of("198.51.100.1", 443);
    private static final String BEHIND = "PROXY behind\r\n";

    /** One of each form. */
    static final List<ProxyHeader> HEADERS =
            List.of(
                    ProxyHeader.v1(CLIENT, SERVER),
                    ProxyHeader.v1(InetEndpoint.of("1.2.3.4", 5), InetEndpoint.of("6.7.8.9", 0)),
                    ProxyHeader.v1(InetEndpoint.of("::", 0), InetEndpoint.of("::", 1)),
                    ProxyHeader.v1(
                            InetEndpoint.of("2001:db8:1111:2222:3333:4444:5555:6666", 65535),
                            InetEndpoint.of("2001:db8:1111:2222:3333:4444:5555:7777", 65535)),
                    ProxyHeader.v1(null, null),
                    ProxyHeader.v2(CLIENT, SERVER),
                    ProxyHeader.v2(CLIENT, InetEndpoint.of("2001:db8::1", 443)),
                    ProxyHeader.v2(UnixEndpoint.of("/run/a"), UnixEndpoint.unnamed()),
                    ProxyHeader.v2(null, null).with(new ProxyTlv.Noop(0)),
                    ProxyHeader.local(),
                    ProxyHeader.v2(CLIENT, SERVER)
                            .with(
                                    new ProxyTlv.Alpn("h2"),
                                    new ProxyTlv.Authority("example.org"),
                                    new ProxyTlv.UniqueId(new byte[128]),
                                    new ProxyTlv.Ssl(1, 0, List.of(ProxyTlv.Other.of(0x22, "cn"))),
                                    new ProxyTlv.Netns("blue"),
                                    new ProxyTlv.Other(0xEE, new byte[300])));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] followed(ProxyHeader header) {
        byte[] head = header.encode();
        return ByteBuffer.allocate(head.length + BEHIND.length())
                .put(head)
                .put(bytes(BEHIND))
                .array();
    }

    private static String rest(ByteBuffer input) {
        return StandardCharsets.ISO_8859_1.decode(input).toString();
    }

    static String refusal(byte[] bytes) {
        var parser = new ProxyParser();
        assertEquals(Found.REFUSED, parser.next(ByteBuffer.wrap(bytes)));
        return String.valueOf(parser.refusal());
    }

    @Test
    void whatFollowsTheHeaderIsLeft() {
        for (ProxyHeader header : HEADERS) {
            ByteBuffer input = ByteBuffer.wrap(followed(header));
            var parser = new ProxyParser();
            assertEquals(Found.HEADER, parser.next(input));
            assertEquals(header, parser.header());
            assertEquals(BEHIND, rest(input));
            assertEquals(header.encode().length, parser.length());
        }
    }

    @Test
    void everySplitGivesTheSame() {
        for (ProxyHeader header : HEADERS) {
            byte[] all = followed(header);
            int length = header.encode().length;
            for (int cut = 1; cut < length; cut++) {
                var parser = new ProxyParser();
                ByteBuffer input = ByteBuffer.wrap(all).limit(cut);
                assertEquals(Found.MORE, parser.next(input));
                assertEquals(cut, input.position());
                input.limit(all.length);
                assertEquals(Found.HEADER, parser.next(input));
                assertEquals(header, parser.header());
                assertEquals(BEHIND, rest(input));
            }
        }
    }

    @Test
    void byteByByteGivesTheSame() {
        for (ProxyHeader header : HEADERS) {
            var parser = new ProxyParser();
            for (byte one : header.encode()) {
                assertEquals(Found.MORE, parser.next(ByteBuffer.allocate(0)));
                parser.next(ByteBuffer.wrap(new byte[] {one}));
            }
            assertEquals(header, parser.header());
        }
    }

    @Test
    void whoReadsWhatIsWantedReadsNothingOfWhatFollows() {
        for (ProxyHeader header : HEADERS) {
            ByteBuffer input = ByteBuffer.wrap(followed(header));
            var parser = new ProxyParser();
            int reads = 0;
            do {
                assertTrue(parser.wanted() > 0);
                input.limit(input.position() + parser.wanted());
                reads++;
            } while (parser.next(input) == Found.MORE);
            assertEquals(0, parser.wanted());
            input.limit(input.capacity());
            assertEquals(BEHIND, rest(input));
            assertTrue(reads <= 24, () -> header + " took many reads");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.1, 1",
        "PROXX, 5",
        "PROXY TCP5 1.2.3.4, 15",
        "PROXY UNKNOWNX, 15",
        "PROXY TCP4\t1.2.3, 15",
    })
    void whatIsNoHeaderIsRefusedAtOnce(String text, int most) {
        var parser = new ProxyParser();
        int taken = 0;
        for (byte one : bytes(text + "                ")) {
            taken++;
            if (parser.next(ByteBuffer.wrap(new byte[] {one})) == Found.REFUSED) {
                break;
            }
        }
        assertEquals(Found.REFUSED, parser.next(ByteBuffer.allocate(1)));
        assertTrue(taken <= most, () -> "refused late");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2 \r\n",
                "PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 +1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 999999 2\r\n",
                "PROXY TCP4 1.2.3.04 5.6.7.8 1 2\r\n",
                "PROXY TCP4 1.2.3 5.6.7.8 1 2\r\n",
                "PROXY TCP4 1.2.3.256 5.6.7.8 1 2\r\n",
                "PROXY TCP4 ::1 ::1 1 2\r\n",
                "PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY TCP6 ::1%lo ::1 1 2\r\n",
                "PROXY TCP6 [::1] [::1] 1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r ",
                "PROXY TCP4 1.2.3.4 localhost 1 2\r\n",
                "proxy TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY TCP4 1.2.3.4 5.6.7.8 \u0661 2\r\n",
                " PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
                "PROXY \r\n",
                "PROXY TCP4\r\n",
            })
    void aLineThatIsNotExactlyRightIsRefused(String line) {
        refusal(line.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aLineIsRefusedAtItsHundredAndSeventhByte() {
        var parser = new ProxyParser();
        ByteBuffer input = ByteBuffer.wrap(bytes("PROXY UNKNOWN " + "x".repeat(200)));
        assertEquals(Found.REFUSED, parser.next(input));
        assertEquals(ProxyHeader.MAX_V1, input.position());
    }

    @ParameterizedTest
    @CsvSource({
        "31 11 000c, a binary header that is not of version 2",
        "22 11 000c, an unknown command",
        "21 41 000c, an unknown address family",
        "21 13 000c, an unknown transport protocol",
        "21 11 000b, no room for the addresses",
        "21 21 0023, no room for the addresses",
        "21 31 00d7, no room for the addresses",
        "21 11 ffff, a header of more than 16384 bytes",
        "20 00 ffff, a header of more than 16384 bytes",
    })
    void aBinaryHeadThatIsWrongIsRefusedBeforeWhatItAnnounces(String head, String why) {
        assertEquals(why, refusal(ProxyHeaderTest.hex(ProxyHeaderTest.SIGNATURE + head)));
    }

    @ParameterizedTest
    @CsvSource({
        "00, the last vector is cut short",
        "e00001, a vector is longer than the header",
        "e0000201, a vector is longer than the header",
        "03000300000, a checksum that has not four bytes",
        "03000400000000, a wrong checksum",
        "0300040000000003000400000000, two checksums",
        "020001ff, an authority that is not UTF-8",
        "2000040100000, an SSL vector that is cut short",
        "2000060100000000ff, the last vector is cut short",
        "20000801000000002100017, a vector is longer than the header",
        "300001ff, the name of a namespace that is not ASCII",
    })
    void aVectorThatIsWrongIsRefused(String vectors, String why) {
        String even = vectors.length() % 2 == 0 ? vectors : vectors + "0";
        byte[] tail = ProxyHeaderTest.hex(even);
        String length = "%04x".formatted(12 + tail.length);
        assertEquals(
                why,
                refusal(
                        ProxyHeaderTest.hex(
                                ProxyHeaderTest.SIGNATURE
                                        + "2111"
                                        + length
                                        + "c0000221c6336401dc0401bb"
                                        + even)));
    }

    @Test
    void aUniqueIdOfMoreThan128BytesIsRefused() {
        byte[] bytes =
                ProxyHeader.v2(CLIENT, SERVER)
                        .with(new ProxyTlv.Other(ProxyTlv.PP2_TYPE_UNIQUE_ID, new byte[129]))
                        .encode();
        assertTrue(refusal(bytes).startsWith("a unique id has at most 128 bytes"));
    }

    @Test
    void oneFlippedBitAnywhereBreaksAChecksum() {
        byte[] good = HEADERS.getLast().withChecksum().encode();
        for (int bit = 0; bit < good.length * 8; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            var parser = new ProxyParser();
            Found found = parser.next(ByteBuffer.wrap(bad));
            if (found == Found.HEADER) {
                // The length of a vector became another: the checksum is no more seen as one, or
                // the command became LOCAL, and then nothing in it is believed.
                assertTrue(parser.header().tlv(ProxyTlv.Crc32c.class).isEmpty(), "bit " + bit);
            }
        }
    }

    @Test
    void aLocalHeaderWithAWrongChecksumIsRefused() {
        assertEquals(
                "a wrong checksum",
                refusal(
                        ProxyHeaderTest.hex(
                                ProxyHeaderTest.SIGNATURE + "20 00 0007 03 0004 00000000")));
    }

    @Test
    void theLimitCountsTheWholeHeader() {
        ProxyHeader header = ProxyHeader.local().with(new ProxyTlv.Noop(300 - 19));
        assertEquals(Found.HEADER, new ProxyParser(300).next(ByteBuffer.wrap(header.encode())));
        assertEquals(Found.REFUSED, new ProxyParser(299).next(ByteBuffer.wrap(header.encode())));
    }

    @Test
    void theLongestHeaderIsReadIfOneAllowsIt() {
        ProxyHeader header = ProxyHeader.local().with(new ProxyTlv.Noop(0xFFFF - 3));
        var parser = new ProxyParser(ProxyHeader.MAX_V2);
        assertEquals(Found.HEADER, parser.next(ByteBuffer.wrap(header.encode())));
        assertEquals(header, parser.header());
    }
}
