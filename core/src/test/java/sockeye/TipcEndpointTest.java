// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.TipcEndpoint.Scope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

@Tag("A6-07")
class TipcEndpointTest {
    private static final long MOST = 0xFFFF_FFFFL;

    private final Random random = new Random(7);

    /** struct sockaddr_tipc, as it is in the header. */
    private static byte[] sockaddr(int kind, int scope, long first, long second, long third) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putShort((short) 30)
                .put((byte) kind)
                .put((byte) scope)
                .putInt((int) first)
                .putInt((int) second)
                .putInt((int) third)
                .array();
    }

    private static void assertCodec(TipcEndpoint endpoint, byte[] expected) {
        byte[] encoded = new byte[Endpoint.MAX_SOCKADDR];
        Arrays.fill(encoded, (byte) 0x5A);
        int length = endpoint.encode(AddressFamily.AF_TIPC, encoded);
        assertArrayEquals(expected, Arrays.copyOf(encoded, length));
        assertEquals(endpoint, Endpoint.decode(encoded, length));
    }

    @Test
    void aServiceIsTheKernelsServiceAddress() {
        assertCodec(TipcEndpoint.service(18_888, 17), sockaddr(2, 2, 18_888, 17, 0));
        assertCodec(
                TipcEndpoint.service(MOST, MOST).at(0x1001002).with(Scope.NODE),
                sockaddr(2, 3, MOST, MOST, 0x1001002));
    }

    @Test
    void aRangeIsTheKernelsServiceRange() {
        assertCodec(TipcEndpoint.range(18_888, 0, 99), sockaddr(1, 2, 18_888, 0, 99));
        assertCodec(TipcEndpoint.all(64).with(Scope.NODE), sockaddr(1, 3, 64, 0, MOST));
        assertEquals(TipcEndpoint.range(64, 7, 7), TipcEndpoint.service(64, 7).all());
    }

    @Test
    void aSocketIsTheKernelsSocketAddress() {
        assertCodec(
                TipcEndpoint.socket(0x8000_0001L, 0x1001001),
                sockaddr(3, 0, 0x8000_0001L, 0x1001001, 0));
    }

    @Test
    void aMessageOfAGroupComesFromASocketAndAMember() {
        byte[] both =
                Arrays.copyOf(
                        ByteBuffer.allocate(32)
                                .put(sockaddr(3, 0, 77, 0x1001001, 0))
                                .put(sockaddr(2, 0, 4_711, 3, 0))
                                .array(),
                        Endpoint.MAX_SOCKADDR);
        var member = new TipcEndpoint.Member(TipcEndpoint.socket(77, 0x1001001), 4_711, 3);
        assertEquals(member, Endpoint.decode(both, 32));
        byte[] encoded = new byte[Endpoint.MAX_SOCKADDR];
        assertEquals(32, member.encode(AddressFamily.AF_TIPC, encoded));
        assertArrayEquals(both, encoded);
    }

    @Test
    void whatIsNoTipcAddressIsRaw() {
        assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr(2, 2, 1, 2, 3), 15));
        assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr(4, 2, 1, 2, 3), 16));
        assertInstanceOf(RawEndpoint.class, Endpoint.decode(sockaddr(1, 2, 1, 3, 2), 16));
    }

    @Test
    void anyBytesDecodeAndEncodeToAnEqualEndpoint() {
        byte[] bytes = new byte[Endpoint.MAX_SOCKADDR];
        for (int i = 0; i < 20_000; i++) {
            random.nextBytes(bytes);
            bytes[0] = 30;
            bytes[1] = 0;
            bytes[2] = (byte) random.nextInt(5);
            int length = random.nextInt(2, 129);
            Endpoint decoded = Endpoint.decode(bytes, length);
            byte[] encoded = new byte[Endpoint.MAX_SOCKADDR];
            int written = decoded.encode(AddressFamily.AF_TIPC, encoded);
            assertEquals(decoded, Endpoint.decode(encoded, written));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "18888/17",
        "0/0",
        "4294967295/4294967295",
        "18888/0-99",
        "18888/7-7",
        "18888/17?scope=node",
        "18888/17?domain=1001001",
        "18888/17?scope=node&domain=a",
        "18888/0-99?scope=node",
        "1527097438@1001001",
        "0@0",
        "4711/3#77@1001001"
    })
    void textsAreReadAndWritten(String text) {
        assertEquals(text, TipcEndpoint.parse(text).toString());
    }

    @Test
    void everyEndpointsTextIsReadAsThatEndpoint() {
        for (int i = 0; i < 5_000; i++) {
            long first = random.nextLong(MOST + 1);
            long second = random.nextLong(MOST + 1);
            long third = random.nextLong(MOST + 1);
            Scope scope = random.nextBoolean() ? Scope.CLUSTER : Scope.NODE;
            for (TipcEndpoint each :
                    List.of(
                            TipcEndpoint.service(first, second).at(third).with(scope),
                            TipcEndpoint.range(
                                            first, Math.min(second, third), Math.max(second, third))
                                    .with(scope),
                            TipcEndpoint.socket(first, second),
                            new TipcEndpoint.Member(
                                    TipcEndpoint.socket(first, second), third, first))) {
                assertEquals(each, TipcEndpoint.parse(each.toString()));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "17",
                "/",
                "1/",
                "/1",
                "1/2-",
                "1/2-1",
                "1/-2",
                "a/1",
                "1/4294967296",
                "1/2/3",
                "1/2?",
                "1/2?scope",
                "1/2?scope=zone",
                "1/2?domain=",
                "1/2?scope=node&scope=node",
                "1/2-3?domain=1",
                "1@",
                "@1",
                "1@g",
                "1@123456789",
                "1@1?scope=node",
                "1/2#3",
                "1/2-3#4@5",
                "1/2#",
                "１/2",
                "1/2?colour=red"
            })
    void whatIsNoTextOfAnAddressIsRefused(String text) {
        var refused = assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.parse(text));
        assertTrue(refused.getMessage().contains("TYPE/INSTANCE"), refused.getMessage());
    }

    @Test
    void aNodeIsItsHashOrZoneClusterAndNode() {
        assertEquals(0x1001001, TipcEndpoint.parseNode("1001001"));
        assertEquals(0x1001001, TipcEndpoint.parseNode("1.1.1"));
        assertEquals(0x1001001, TipcEndpoint.parseNode("<1.1.1>"));
        assertEquals(0xFFFF_FFFFL, TipcEndpoint.parseNode("255.4095.4095"));
        assertEquals(0xFFFF_FFFFL, TipcEndpoint.parseNode("FFFFFFFF"));
        assertEquals("1001001", TipcEndpoint.nodeText(0x1001001));
        for (String wrong :
                new String[] {"", "1.1", "1.1.1.1", "256.1.1", "1.4096.1", "<1>", "-1"}) {
            assertThrows(
                    IllegalArgumentException.class, () -> TipcEndpoint.parseNode(wrong), wrong);
        }
    }

    @Test
    void numbersAreUnsignedAndOf32Bits() {
        for (long wrong : new long[] {-1, MOST + 1}) {
            assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.service(wrong, 1));
            assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.service(1, wrong));
            assertThrows(
                    IllegalArgumentException.class, () -> TipcEndpoint.service(1, 1).at(wrong));
            assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.range(1, 0, wrong));
            assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.socket(wrong, 1));
            assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.nodeText(wrong));
        }
        assertThrows(IllegalArgumentException.class, () -> TipcEndpoint.range(1, 2, 1));
    }

    @Test
    void rangesOverlapIfTheyHaveAnInstanceInCommon() {
        var range = TipcEndpoint.range(64, 10, 20);
        assertTrue(range.overlaps(TipcEndpoint.range(64, 20, 30)));
        assertTrue(range.overlaps(TipcEndpoint.range(64, 0, 10)));
        assertFalse(range.overlaps(TipcEndpoint.range(64, 21, 30)));
        assertFalse(range.overlaps(TipcEndpoint.range(65, 10, 20)));
    }

    @Test
    void aSpecHasScopeAndDomainAsOptions() throws Exception {
        assertEquals(
                TipcEndpoint.service(18_888, 17).with(Scope.NODE).at(0x1001001),
                EndpointSpec.parse("tipc-rdm:18888/17?scope=node&domain=1.1.1").toEndpoint());
        var endpoint = TipcEndpoint.range(18_888, 0, 9).with(Scope.NODE);
        var spec = EndpointSpec.of(EndpointScheme.TIPC_DGRAM, endpoint);
        assertEquals("tipc-dgram:18888/0-9?scope=node", spec.toString());
        assertEquals(spec, EndpointSpec.parse(spec.toString()));
        assertEquals(endpoint, spec.toEndpoint());
        assertTrue(spec.isLiteral());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tipc-rdm:1/2?scope=zone",
                "tipc-rdm:1/2?domain=x",
                "tipc-rdm:1/2-3?domain=1",
                "tipc-rdm:1@2?scope=node"
            })
    void aScopeOrDomainThatCannotBeIsShown(String text) {
        var refused =
                assertThrows(
                        EndpointSyntaxException.class, () -> EndpointSpec.parse(text).toEndpoint());
        assertTrue(refused.getMessage().contains(text), refused.getMessage());
    }

    @Test
    void anErrorNamesAnAddressAsASpecThatParses() throws Exception {
        var endpoint = TipcEndpoint.service(18_888, 17).at(7);
        String described =
                EndpointSpec.describe(AddressFamily.AF_TIPC, SocketType.SOCK_RDM, 0, endpoint);
        assertEquals("tipc-rdm:18888/17?domain=7", described);
        assertEquals(endpoint, EndpointSpec.parse(described).toEndpoint());
    }

    @Test
    void everyKindIsSerializable() throws Exception {
        for (String text : new String[] {"1/2", "1/2-3?scope=node", "1@2", "1/2#3@4"}) {
            TipcEndpoint endpoint = TipcEndpoint.parse(text);
            var bytes = new ByteArrayOutputStream();
            try (var out = new ObjectOutputStream(bytes)) {
                out.writeObject(endpoint);
            }
            try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
                assertEquals(endpoint, in.readObject());
            }
        }
    }
}
