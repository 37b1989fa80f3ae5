// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Arrays;
import java.util.HexFormat;

@Tag("A6-01")
@Tag("A6-02")
class InetEndpointTest {
    /** The bytes are those of x86-64 and aarch64, both little-endian. */
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:80, AF_INET, 02000050 7f000001 0000000000000000",
        "255.255.255.255:65535, AF_INET, 0200ffff ffffffff 0000000000000000",
        "[::1]:80, AF_INET6, 0a000050 00000000 00000000000000000000000000000001 00000000",
        "127.0.0.1:80, AF_INET6, 0a000050 00000000 00000000000000000000ffff7f000001 00000000",
        "0.0.0.0:80, AF_INET6, 0a000050 00000000 00000000000000000000ffff00000000 00000000",
        "[fe80::1%3]:80, AF_INET6, 0a000050 00000000 fe800000000000000000000000000001 03000000",
        "[::]:80, AF_INET6, 0a000050 00000000 00000000000000000000000000000000 00000000",
        "[::]:80, AF_INET, 02000050 00000000 0000000000000000",
        "[::ffff:127.0.0.1]:80, AF_INET, 02000050 7f000001 0000000000000000",
        "[::1]:80, AF_INET, 0a000050 00000000 00000000000000000000000000000001 00000000",
        "127.0.0.1:80, AF_PACKET, 02000050 7f000001 0000000000000000",
        "[::1]:80, AF_PACKET, 0a000050 00000000 00000000000000000000000000000001 00000000",
    })
    void theKernelsStructureIsWritten(String text, String family, String hex) throws Exception {
        byte[] expected = HexFormat.of().parseHex(hex.replace(" ", ""));
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        Arrays.fill(sockaddr, (byte) 0xEE);
        int socketFamily = AddressFamily.class.getField(family).getInt(null);
        int length = InetEndpoint.parse(text).encode(socketFamily, sockaddr);
        assertEquals(expected.length, length);
        assertArrayEquals(expected, Arrays.copyOf(sockaddr, length));
        assertEquals((byte) 0xEE, sockaddr[length], "what lies behind is left alone");
    }

    @Test
    void flowAndScopeTravelBothWays() {
        var endpoint = new InetEndpoint(IpAddress.parse("fe80::1"), 9, 0x0ABCDEF1, -2);
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        int length = endpoint.encode(AF_INET6, sockaddr);
        assertEquals("0abcdef1", HexFormat.of().formatHex(sockaddr, 4, 8), "in network order");
        assertEquals("feffffff", HexFormat.of().formatHex(sockaddr, 24, 28), "in host order");
        assertEquals(endpoint, Endpoint.decode(sockaddr, length));
        assertEquals("[fe80::1%4294967294]:9", endpoint.toString());
    }

    @Test
    void aMappedPeerIsTheIpv4EndpointThatItIs() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        int length = InetEndpoint.loopback(80).encode(AF_INET6, sockaddr);
        assertEquals(28, length);
        assertEquals(InetEndpoint.loopback(80), Endpoint.decode(sockaddr, length));
    }

    @ParameterizedTest
    @CsvSource({"2, 15", "2, 3", "2, 2", "10, 27", "10, 24", "10, 2"})
    void whatIsTooShortIsARawEndpoint(int family, int length) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        sockaddr[0] = (byte) family;
        var raw = assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr, length));
        assertEquals(family, raw.family());
        assertEquals(length - 2, raw.bytes().length);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:80",
                "0.0.0.0:0",
                "[::]:65535",
                "[::1]:80",
                "[fe80::1%2]:80",
                "[::ffff:1.2.3.4]:5",
                "[2001:db8::1]:443",
            })
    void parseAndToStringAreInverse(String text) {
        assertEquals(text, InetEndpoint.parse(text).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "80",
                ":80",
                "127.0.0.1",
                "127.0.0.1:",
                "127.0.0.1:65536",
                "127.0.0.1:-1",
                "127.0.0.1:+1",
                "127.0.0.1:x",
                "localhost:80",
                "::1:80",
                "[::1]",
                "[::1]80",
                "[::1:80",
                "::1]:80",
                "[127.0.0.1]:80",
                "127.0.0.1%1:80",
                "[fe80::1%]:80",
                "[fe80::1%no-such-interface]:80",
                "[fe80::1%4294967296]:80",
                "[::1%1%1]:80",
            })
    void whatIsNoLiteralEndpointIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> InetEndpoint.parse(text));
    }

    @Test
    void aScopeMayBeAnInterfacesName() throws Exception {
        var loopback = NetworkInterface.getByName("lo");
        var endpoint = InetEndpoint.of("fe80::1%lo", 7);
        assertEquals(loopback.getIndex(), endpoint.scopeId());
        assertEquals(endpoint, InetEndpoint.of("[fe80::1%lo]", 7));
        assertEquals(endpoint, InetEndpoint.parse("[fe80::1%lo]:7"));
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> InetEndpoint.of("fe80::1%no-if", 7));
        assertEquals("no network interface \"no-if\"", e.getMessage());
    }

    @Test
    void theWellKnownOnesAreWhatTheySay() {
        assertEquals("[::]:80", InetEndpoint.any(80).toString());
        assertEquals("127.0.0.1:80", InetEndpoint.loopback(80).toString());
        assertEquals(AF_INET6, InetEndpoint.any(80).family());
        assertEquals(AF_INET, InetEndpoint.loopback(80).family());
        assertEquals(InetEndpoint.any(81), InetEndpoint.any(80).withPort(81));
        assertEquals(
                InetEndpoint.of("1.2.3.4", 5), InetEndpoint.of("::ffff:1.2.3.4", 5).unmapped());
        var plain = InetEndpoint.any(1);
        assertSame(plain, plain.unmapped());
    }

    @Test
    void partsOutOfTheirBoundsAreRefused() {
        IpAddress ipv4 = IpAddress.LOOPBACK_IPV4;
        for (int port : new int[] {-1, 65_536, Integer.MIN_VALUE}) {
            var e = assertThrows(IllegalArgumentException.class, () -> InetEndpoint.of(ipv4, port));
            assertTrue(e.getMessage().endsWith("not " + port), e.getMessage());
        }
        assertThrows(IllegalArgumentException.class, () -> new InetEndpoint(ipv4, 1, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new InetEndpoint(ipv4, 1, 0, 1));
    }

    @Test
    void theJdksAddressesAreConvertedBothWays() throws Exception {
        for (String text : new String[] {"127.0.0.1:80", "[::1]:80", "[fe80::1%7]:80"}) {
            InetEndpoint endpoint = InetEndpoint.parse(text);
            InetSocketAddress theirs = endpoint.toInetSocketAddress();
            assertEquals(endpoint.port(), theirs.getPort());
            assertEquals(endpoint, Endpoint.of(theirs));
        }
        byte[] linkLocal = IpAddress.parse("fe80::1").toBytes();
        var scoped = new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal, 7), 80);
        assertEquals(scoped, InetEndpoint.parse("[fe80::1%7]:80").toInetSocketAddress());
        assertEquals(
                new InetSocketAddress("1.2.3.4", 5),
                InetEndpoint.parse("[::ffff:1.2.3.4]:5").toInetSocketAddress());
        assertThrows(
                IllegalArgumentException.class,
                () -> Endpoint.of(InetSocketAddress.createUnresolved("localhost", 80)));
    }
}
