// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;

@Tag("A2-07")
@Tag("A6-17")
class EndpointTest {
    @Test
    void aFamilyThatIsNotKnownIsKeptAsBytes() {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        sockaddr[0] = 38;
        sockaddr[4] = 7;
        var raw = assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr, 6));
        assertEquals(AddressFamily.AF_ALG, raw.family());
        assertArrayEquals(new byte[] {0, 0, 7, 0}, raw.bytes());
        assertEquals("AF_ALG/00000700", raw.toString());
        byte[] again = new byte[Endpoint.MAX_SOCKADDR];
        assertEquals(6, raw.encode(AddressFamily.AF_INET, again));
        assertArrayEquals(sockaddr, again);
        assertEquals(new RawEndpoint(38, new byte[] {0, 0, 7, 0}), raw);
        assertNotEquals(new RawEndpoint(41, new byte[] {0, 0, 7, 0}), raw);
    }

    @Test
    void aRawEndpointIsBounded() {
        byte[] most = new byte[RawEndpoint.MAX_BYTES];
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        assertEquals(128, new RawEndpoint(65_535, most).encode(0, sockaddr));
        assertEquals(new RawEndpoint(65_535, most), Endpoint.decode(sockaddr, 128));
        assertThrows(IllegalArgumentException.class, () -> new RawEndpoint(65_536, most));
        assertThrows(IllegalArgumentException.class, () -> new RawEndpoint(-1, most));
        assertThrows(IllegalArgumentException.class, () -> new RawEndpoint(1, new byte[127]));
    }

    @Test
    void anyBytesOfAnyLengthGiveAnEndpointThatEncodesAgain() {
        var random = new Random(4);
        int[] families = {29, 17, 1, 2, 10, 40, 16, 30, 0, 255};
        var kinds = new HashMap<Class<?>, Integer>();
        for (int i = 0; i < 200_000; i++) {
            byte[] sockaddr = new byte[random.nextInt(Endpoint.MAX_SOCKADDR + 8)];
            random.nextBytes(sockaddr);
            if (sockaddr.length > 2) {
                sockaddr[2] = (byte) random.nextInt(5); // TIPC has kinds of its own
            }
            if (sockaddr.length > 1 && random.nextInt(8) > 0) {
                sockaddr[0] = (byte) families[random.nextInt(families.length)];
                sockaddr[1] = 0;
            }
            int length = random.nextInt(8) == 0 ? random.nextInt() : random.nextInt(140) - 4;
            Endpoint endpoint = Endpoint.decode(sockaddr, length);
            byte[] again = new byte[Endpoint.MAX_SOCKADDR];
            int encoded = endpoint.encode(endpoint.family(), again);
            assertTrue(encoded >= 2 && encoded <= Endpoint.MAX_SOCKADDR);
            assertEquals(endpoint, Endpoint.decode(again, encoded));
            kinds.merge(endpoint.getClass(), 1, Integer::sum);
        }
        assertEquals(kinds(Endpoint.class).collect(Collectors.toSet()), kinds.keySet());
        assertTrue(kinds.values().stream().allMatch(n -> n > 500), kinds::toString);
    }

    @Test
    void halfAFamilyIsNone() {
        assertEquals(
                new RawEndpoint(AddressFamily.AF_UNSPEC, new byte[0]),
                Endpoint.decode(new byte[] {2}, 1));
    }

    @Test
    void aStrangeJdkAddressIsRefused() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> Endpoint.of(new SocketAddress() {}));
        assertTrue(e.getMessage().startsWith("not an Internet or Unix address"), e.getMessage());
    }

    static List<Endpoint> endpoints() {
        return List.of(
                InetEndpoint.loopback(80),
                new InetEndpoint(IpAddress.parse("fe80::1"), 1, 2, 3),
                UnixEndpoint.of("/run/x"),
                UnixEndpoint.ofAbstract(HexFormat.of().parseHex("ff00fe")),
                UnixEndpoint.unnamed(),
                TipcEndpoint.service(18_888, 17).at(0x1001001),
                TipcEndpoint.range(18_888, 0, 99).with(TipcEndpoint.Scope.NODE),
                TipcEndpoint.socket(7, 0x1001001),
                new TipcEndpoint.Member(TipcEndpoint.socket(7, 0x1001001), 4_711, 3),
                CanEndpoint.j1939(3, 0x0123_4567_89AB_CDEFL, 0xEE00, 0x80),
                new PacketEndpoint(0x86DD, 2, 1, 4, new byte[] {1, 2, 3, 4, 5, 6}),
                new VsockEndpoint(3, 0xFFFF_FFFEL, VsockEndpoint.VMADDR_FLAG_TO_HOST),
                new NetlinkEndpoint(0xFFFF_FFFFL, 0x8000_0001L),
                new RawEndpoint(16, new byte[] {1, 2}));
    }

    @Test
    void everyKindIsTriedHere() {
        var tried = endpoints().stream().map(Endpoint::getClass).collect(Collectors.toSet());
        assertEquals(kinds(Endpoint.class).collect(Collectors.toSet()), tried);
    }

    /** The classes of which an endpoint can be; a family may have several. */
    private static Stream<Class<?>> kinds(Class<?> of) {
        return of.isSealed()
                ? Stream.of(of.getPermittedSubclasses()).flatMap(EndpointTest::kinds)
                : Stream.of(of);
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void anEndpointSurvivesSerialization(Endpoint endpoint) throws Exception {
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(endpoint);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertEquals(endpoint, in.readObject());
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void equalEndpointsHaveEqualHashCodes(Endpoint endpoint) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        Endpoint copy = Endpoint.decode(sockaddr, endpoint.encode(endpoint.family(), sockaddr));
        assertEquals(endpoint, copy);
        assertEquals(endpoint.hashCode(), copy.hashCode());
        assertEquals(1, endpoints().stream().filter(endpoint::equals).count());
    }
}
