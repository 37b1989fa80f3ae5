// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.TipcEndpoint;
import sockeye.UnixEndpoint;
import sockeye.wire.ProxyHeader.Relayed;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/** Headers of the PROXY protocol, made and read: the bytes here were laid out by hand. */
@Tag("D4-15")
class ProxyHeaderTest {
    static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final Endpoint CLIENT = InetEndpoint.of("192.0.2.33", 56324);
    private static final Endpoint SERVER = InetEndpoint.of("198.51.100.1", 443);

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    static ProxyHeader read(byte[] bytes) {
        var parser = new ProxyParser();
        ByteBuffer input = ByteBuffer.wrap(bytes);
        assertEquals(ProxyParser.Found.HEADER, parser.next(input), () -> "" + parser.refusal());
        assertEquals(0, input.remaining());
        return parser.header();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static void same(ProxyHeader header, byte[] bytes) {
        assertArrayEquals(bytes, header.encode());
        assertEquals(header, read(bytes));
    }

    @Test
    void aLineSaysTwoAddressesOfIpv4() {
        same(
                ProxyHeader.v1(CLIENT, SERVER),
                ascii("PROXY TCP4 192.0.2.33 198.51.100.1 56324 443\r\n"));
    }

    @Test
    void aLineSaysTwoAddressesOfIpv6() {
        same(
                ProxyHeader.v1(InetEndpoint.of("2001:db8::1", 1), InetEndpoint.of("::1", 0)),
                ascii("PROXY TCP6 2001:db8::1 ::1 1 0\r\n"));
    }

    @Test
    void theLongestLineIsRead() {
        byte[] line =
                ascii(
                        "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
                                + " ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n");
        assertEquals(ProxyHeader.MAX_V1, line.length);
        assertEquals(ProxyHeader.v1(null, null), read(line));
    }

    @Test
    void addressesOfTwoFamiliesAreSaidAsIpv6() {
        ProxyHeader header = ProxyHeader.v1(CLIENT, InetEndpoint.of("2001:db8::1", 443));
        assertArrayEquals(
                ascii("PROXY TCP6 ::ffff:192.0.2.33 2001:db8::1 56324 443\r\n"), header.encode());
        assertEquals("192.0.2.33:56324", "" + read(header.encode()).source());
    }

    @Test
    void whatALineCannotSayIsUnknown() {
        var unix = UnixEndpoint.of("/run/x");
        for (ProxyHeader header :
                List.of(
                        ProxyHeader.v1(null, SERVER),
                        ProxyHeader.v1(CLIENT, null),
                        ProxyHeader.v1(unix, unix),
                        ProxyHeader.v1(TipcEndpoint.service(18888, 17), SERVER))) {
            same(header, ascii("PROXY UNKNOWN\r\n"));
        }
    }

    @Test
    void aBinaryHeaderSaysTwoAddressesOfIpv4() {
        same(
                ProxyHeader.v2(CLIENT, SERVER),
                hex(SIGNATURE + "21 11 000c c0000221 c6336401 dc04 01bb"));
    }

    @Test
    void aBinaryHeaderSaysTwoAddressesOfIpv6() {
        same(
                ProxyHeader.v2(InetEndpoint.of("2001:db8::1", 1), InetEndpoint.of("::1", 2)),
                hex(
                        SIGNATURE
                                + "21 21 0024 20010db8000000000000000000000001"
                                + "00000000000000000000000000000001 0001 0002"));
    }

    @Test
    void aBinaryHeaderSaysUnixPathsAbstractNamesAndNone() {
        String none = "00".repeat(108);
        same(
                ProxyHeader.v2(UnixEndpoint.of("/a"), UnixEndpoint.ofAbstract("b")),
                hex(SIGNATURE + "21 31 00d8 2f61" + "00".repeat(106) + "0062" + "00".repeat(106)));
        same(
                ProxyHeader.v2(UnixEndpoint.unnamed(), UnixEndpoint.of("x".repeat(108))),
                hex(SIGNATURE + "21 31 00d8" + none + "78".repeat(108)));
    }

    @Test
    void aDatagramIsSaidToBeOne() {
        same(
                new ProxyHeader(2, new Relayed(CLIENT, SERVER, true), List.of()),
                hex(SIGNATURE + "21 12 000c c0000221 c6336401 dc04 01bb"));
    }

    @Test
    void aConnectionOfTheProxysOwnIsLocal() {
        same(ProxyHeader.local(), hex(SIGNATURE + "20 00 0000"));
        assertNull(ProxyHeader.local().source());
    }

    @Test
    void whatALocalHeaderHoldsIsIgnored() {
        assertEquals(
                ProxyHeader.local(),
                read(hex(SIGNATURE + "20 11 000c c0000221 c6336401 dc04 01bb")));
        assertEquals(ProxyHeader.local(), read(hex(SIGNATURE + "20 97 0003 ffffff")));
    }

    @Test
    void anUnspecifiedFamilyOrTransportLeavesTheAddressesUnknown() {
        assertEquals(ProxyHeader.v2(null, null), read(hex(SIGNATURE + "21 00 0000")));
        assertEquals(
                ProxyHeader.v2(null, null),
                read(hex(SIGNATURE + "21 10 000c c0000221 c6336401 dc04 01bb")));
        assertEquals(ProxyHeader.v2(null, null), read(hex(SIGNATURE + "21 01 0001 07")));
    }

    @Test
    void vectorsAreTyped() {
        var ssl =
                new ProxyTlv.Ssl(
                        ProxyTlv.Ssl.PP2_CLIENT_SSL | ProxyTlv.Ssl.PP2_CLIENT_CERT_SESS,
                        0,
                        List.of(
                                ProxyTlv.Other.of(ProxyTlv.PP2_SUBTYPE_SSL_VERSION, "TLSv1.3"),
                                ProxyTlv.Other.of(ProxyTlv.PP2_SUBTYPE_SSL_CN, "J\u00f6rg")));
        ProxyHeader header =
                ProxyHeader.v2(CLIENT, SERVER)
                        .with(
                                new ProxyTlv.Alpn("h2"),
                                new ProxyTlv.Authority("example.org"),
                                new ProxyTlv.Noop(2),
                                new ProxyTlv.UniqueId(ascii("id")),
                                ssl,
                                new ProxyTlv.Netns("blue"),
                                new ProxyTlv.Other(0xE0, new byte[] {1}));
        same(
                header,
                hex(
                        SIGNATURE
                                + "21 11 004e c0000221 c6336401 dc04 01bb"
                                + "01 0002 6832"
                                + "02 000b 6578616d706c652e6f7267"
                                + "04 0002 0000"
                                + "05 0002 6964"
                                + "20 0017 05 00000000 21 0007 544c5376312e33 22 0005 4ac3b67267"
                                + "30 0004 626c7565"
                                + "e0 0001 01"));
        assertEquals("TLSv1.3", ssl.version().orElseThrow());
        assertEquals("J\u00f6rg", ssl.commonName().orElseThrow());
        assertEquals("h2", header.tlv(ProxyTlv.Alpn.class).orElseThrow().protocol());
    }

    @Test
    void aClientWithoutACertificateIsNotVerified() {
        int tls = ProxyTlv.Ssl.PP2_CLIENT_SSL;
        int shown = tls | ProxyTlv.Ssl.PP2_CLIENT_CERT_CONN;
        assertFalse(new ProxyTlv.Ssl(tls, 0, List.of()).isClientVerified());
        assertFalse(new ProxyTlv.Ssl(shown, 1, List.of()).isClientVerified());
        assertFalse(
                new ProxyTlv.Ssl(ProxyTlv.Ssl.PP2_CLIENT_CERT_CONN, 0, List.of())
                        .isClientVerified());
        assertTrue(new ProxyTlv.Ssl(shown, 0, List.of()).isClientVerified());
    }

    @Test
    void aCommonNameThatIsNotUtf8IsNone() {
        var odd = new ProxyTlv.Other(ProxyTlv.PP2_SUBTYPE_SSL_CN, new byte[] {(byte) 0xE9});
        assertTrue(new ProxyTlv.Ssl(1, 0, List.of(odd)).commonName().isEmpty());
    }

    @Test
    void theChecksumIsThatOfTheWholeHeader() {
        byte[] bytes = ProxyHeader.v2(CLIENT, SERVER).withChecksum().encode();
        assertArrayEquals(
                hex(SIGNATURE + "21 11 0013 c0000221 c6336401 dc04 01bb 03 0004"),
                java.util.Arrays.copyOf(bytes, bytes.length - 4));
        byte[] zeroed = java.util.Arrays.copyOf(bytes, bytes.length);
        ByteBuffer.wrap(zeroed).putInt(zeroed.length - 4, 0);
        // Castagnoli's polynomial, bit by bit, as RFC 4960 appendix B reflects it.
        int crc = -1;
        for (byte b : zeroed) {
            crc ^= b & 0xFF;
            for (int i = 0; i < 8; i++) {
                crc = (crc >>> 1) ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
            }
        }
        assertEquals(~crc, ByteBuffer.wrap(bytes).getInt(bytes.length - 4));
        assertEquals(new ProxyTlv.Crc32c(~crc), read(bytes).tlvs().getFirst());
    }

    @Test
    void aHeaderBeyondItsLengthIsNotMade() {
        ProxyHeader header = ProxyHeader.local().with(new ProxyTlv.Noop(0xFFFF - 3));
        assertEquals(ProxyHeader.MAX_V2, header.encode().length);
        assertThrows(
                IllegalArgumentException.class,
                () -> header.with(new ProxyTlv.Other(0xE0, new byte[0])));
        assertThrows(
                IllegalArgumentException.class,
                () -> ProxyHeader.v2(CLIENT, SERVER).with(new ProxyTlv.Alpn("x".repeat(70_000))));
    }

    @Test
    void versionOneHasNoVectorsAndNoLocalCommand() {
        ProxyHeader line = ProxyHeader.v1(CLIENT, SERVER);
        assertThrows(IllegalArgumentException.class, line::withChecksum);
        assertThrows(
                IllegalArgumentException.class,
                () -> new ProxyHeader(1, new ProxyHeader.Local(), List.of()));
        assertThrows(
                IllegalArgumentException.class,
                () -> new ProxyHeader(3, new ProxyHeader.Unknown(), List.of()));
    }

    @Test
    void whatAClientChoseIsShownWithoutControlCharacters() {
        assertEquals(
                "Authority[\"a\\u000ab\\u202e\\\"\"]",
                new ProxyTlv.Authority("a\nb\u202e\"").toString());
    }
}
