// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

@Tag("H8")
class AttributeCodecTest {
    private static NetlinkMessage message(Consumer<AttributeWriter> payload) throws Exception {
        byte[] bytes = NetlinkRequest.of(20, 5, payload).toBytes(0x300, 7, -1);
        List<NetlinkMessage> messages = NetlinkMessage.split(bytes, bytes.length);
        assertEquals(1, messages.size());
        return messages.getFirst();
    }

    private static NetlinkMessage raw(String payloadInHex) throws Exception {
        byte[] payload = HexFormat.of().parseHex(payloadInHex.replace(" ", ""));
        byte[] bytes = new byte[16 + payload.length];
        Wire.put32(bytes, 0, bytes.length);
        Wire.put16(bytes, 4, 20);
        System.arraycopy(payload, 0, bytes, 16, payload.length);
        return NetlinkMessage.split(bytes, bytes.length).getFirst();
    }

    @Test
    void theHeaderIsReadAsItWasWritten() throws Exception {
        NetlinkMessage message = message(payload -> {});
        assertEquals(20, message.type());
        assertEquals(0x305, message.flags());
        assertTrue(message.has(0x300));
        assertFalse(message.has(0x302));
        assertEquals(7, message.sequence());
        assertEquals(0xFFFF_FFFFL, message.port());
        assertEquals(0, message.length());
    }

    @Test
    void everyKindOfValueIsReadAsItWasWritten() throws Exception {
        NetlinkMessage message =
                message(payload ->
                        payload.struct(6, s -> s.u8(0, 0xFF).u16(2, 0xFFFE).be16(4, 0x0102))
                                .flag(1)
                                .u8(2, -1)
                                .u16(3, 0xFFFF)
                                .u32(4, 0xFFFF_FFFFL)
                                .u64(5, -2)
                                .uint(6, 5)
                                .uint(7, 1L << 40)
                                .be16(8, 0x0102)
                                .be32(9, 0xFFFF_FFFFL)
                                .be64(10, 3)
                                .string(11, "ä")
                                .bytes(12, new byte[] {1, 2, 3})
                                .nest(13, n -> n.u32(1, 1).nest(2, m -> m.u8(3, 4)))
                                .struct(14, 8, s -> s.u32(4, -1)));
        List<Object> read = new ArrayList<>();
        message.decode(payload -> {
            StructReader front = payload.struct(6);
            read.add(List.of(front.u8(0), front.s8(0), front.u16(2), front.be16(4)));
            AttributeReader at = payload.attributes();
            while (at.next()) {
                read.add(
                        switch (at.type()) {
                            case 1 -> at.flag();
                            case 2 -> List.of(at.u8(), at.s8());
                            case 3 -> List.of(at.u16(), at.s16());
                            case 4 -> List.of(at.u32(), at.s32());
                            case 5 -> at.s64();
                            case 6, 7 -> at.uint();
                            case 8 -> at.be16();
                            case 9 -> at.be32();
                            case 10 -> at.be64();
                            case 11 -> at.string();
                            case 12 -> HexFormat.of().formatHex(at.bytes());
                            case 13 -> at.isNested() + " " + at.list(AttributeReader::type);
                            default -> at.struct().u32(4);
                        });
            }
            return null;
        });
        assertEquals(
                List.of(
                        List.of(255, -1, 0xFFFE, 0x0102),
                        true,
                        List.of(255, -1),
                        List.of(0xFFFF, -1),
                        List.of(0xFFFF_FFFFL, -1),
                        -2L,
                        5L,
                        1L << 40,
                        0x0102,
                        0xFFFF_FFFFL,
                        3L,
                        "ä",
                        "010203",
                        "true [1, 2]",
                        0xFFFF_FFFFL),
                read);
    }

    @Test
    void arraysHaveAsManyAsFit() throws Exception {
        NetlinkMessage message = raw("0c00 0100 01000000 02000000");
        message.decode(payload -> {
            AttributeReader at = payload.attributes();
            assertTrue(at.next());
            assertArrayEquals(new int[] {1, 2}, at.s32s());
            assertArrayEquals(new int[] {1, 0, 2, 0}, at.u16s());
            assertArrayEquals(new int[] {1, 0, 0, 0, 2, 0, 0, 0}, at.u8s());
            assertArrayEquals(new long[] {0x2_0000_0001L}, at.s64s());
            assertEquals(2, at.structs(4).size());
            assertEquals(2, at.structs(4).getLast().s32(0));
            assertFalse(at.next());
            return null;
        });
        NetlinkMessage texts = raw("0a00 0100 6100 62630000 0000");
        assertEquals(
                List.of("a", "bc", ""),
                texts.<List<String>>decode(payload -> {
                    AttributeReader at = payload.attributes();
                    at.next();
                    return at.strings().subList(0, 3);
                }));
    }

    @Test
    void theFirstErrorSticksAndNamesTheWayToIt() throws Exception {
        NetlinkMessage message =
                message(payload -> payload.nest(18, n -> n.u32(1, 5).bytes(2, new byte[3])));
        var seen = new ArrayList<Long>();
        var wrong =
                assertThrows(
                        NetlinkDecodeException.class,
                        () ->
                                message.decode(payload -> {
                                    AttributeReader at = payload.attributes();
                                    at.next();
                                    AttributeReader in = at.nested();
                                    in.next();
                                    seen.add(in.u32());
                                    in.next();
                                    seen.add(in.u32());
                                    assertFalse(in.next());
                                    assertFalse(at.next());
                                    seen.add((long) in.string().length());
                                    return null;
                                }));
        assertEquals(List.of(5L, 0L, 0L), seen);
        assertEquals(List.of(18, 2), wrong.attributePath());
        assertEquals(20, wrong.type());
        assertEquals(16 + 4 + 8 + 4, wrong.offset());
        assertEquals(
                "netlink message of type 20, attribute 18.2, at offset 32: 3 bytes where 4 belong",
                wrong.getMessage());
    }

    @Test
    void lengthsThatLieAreErrors() throws Exception {
        for (String lie : List.of("0000 0100", "0300 0100", "0900 0100 00000000", "ffff 0100")) {
            NetlinkMessage message = raw(lie);
            assertThrows(
                    NetlinkDecodeException.class,
                    () ->
                            message.decode(payload -> {
                                AttributeReader at = payload.attributes();
                                assertFalse(at.next());
                                return null;
                            }),
                    lie);
        }
        assertNull(
                raw("0500 0100 ff")
                        .decode(payload -> {
                            AttributeReader at = payload.attributes();
                            assertTrue(at.next(), "padding may be left out at the end");
                            assertEquals(0xFF, at.u8());
                            assertFalse(at.next());
                            return null;
                        }));
    }

    @Test
    void nestingEndsSomewhere() throws Exception {
        NetlinkMessage deep = message(payload -> nest(payload, 40));
        var wrong =
                assertThrows(
                        NetlinkDecodeException.class,
                        () -> deep.decode(payload -> descend(payload.attributes())));
        assertEquals(33, wrong.attributePath().size());
        assertEquals(31, message(p -> nest(p, 30)).<Integer>decode(p -> descend(p.attributes())));
    }

    private static void nest(AttributeWriter to, int depth) {
        if (depth > 0) {
            to.nest(1, in -> nest(in, depth - 1));
        }
    }

    private static int descend(AttributeReader at) {
        int depth = 1;
        while (at.next()) {
            depth += descend(at.nested());
        }
        return depth;
    }

    @Test
    void whatADecoderThrowsIsADecodeError() throws Exception {
        NetlinkMessage message = message(payload -> {});
        var wrong =
                assertThrows(
                        NetlinkDecodeException.class,
                        () ->
                                message.decode(payload -> {
                                    throw new IllegalArgumentException("no such number");
                                }));
        assertInstanceOf(IllegalArgumentException.class, wrong.getCause());
        var earlier =
                assertThrows(
                        NetlinkDecodeException.class,
                        () ->
                                message.decode(payload -> {
                                    payload.struct(4);
                                    throw new IllegalArgumentException("zero");
                                }));
        assertNull(earlier.getCause(), "the first error is the message's");
    }

    @Test
    void aDatagramIsSplitIntoItsMessagesOrRefused() throws Exception {
        byte[] two = new byte[36];
        Wire.put32(two, 0, 17);
        Wire.put32(two, 20, 16);
        assertEquals(2, NetlinkMessage.split(two, 36).size());
        assertEquals(1, NetlinkMessage.split(two, 36).getFirst().length());
        for (int lie : new int[] {0, 15, 37, -1, Integer.MIN_VALUE}) {
            byte[] bytes = two.clone();
            Wire.put32(bytes, 0, lie);
            assertThrows(
                    NetlinkDecodeException.class, () -> NetlinkMessage.split(bytes, 36), "" + lie);
        }
        assertThrows(NetlinkDecodeException.class, () -> NetlinkMessage.split(two, 30));
    }

    @Test
    void whatDoesNotFitCannotBeWritten() {
        List<Consumer<AttributeWriter>> wrong =
                List.of(
                        w -> w.u8(1, 256),
                        w -> w.u8(1, -129),
                        w -> w.u16(1, 65_536),
                        w -> w.u32(1, 1L << 32),
                        w -> w.u32(1, -(1L << 31) - 1),
                        w -> w.be32(1, 1L << 32),
                        w -> w.u8(1 << 14, 0),
                        w -> w.u8(-1, 0),
                        w -> w.string(1, "a\0b"),
                        w -> w.bytes(1, new byte[65_532]),
                        w -> w.nest(1, n -> n.bytes(1, new byte[65_528])),
                        w -> w.struct(-1, s -> {}));
        for (Consumer<AttributeWriter> each : wrong) {
            assertThrows(IllegalArgumentException.class, () -> NetlinkRequest.of(20, 0, each));
        }
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> NetlinkRequest.of(20, 0, w -> w.struct(4, s -> s.u32(1, 0))));
        assertThrows(IllegalArgumentException.class, () -> NetlinkRequest.of(15, 0, w -> {}));
        assertThrows(IllegalArgumentException.class, () -> NetlinkRequest.of(16, 1 << 16, w -> {}));
    }
}
