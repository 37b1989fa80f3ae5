// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;

import sockeye.wire.ProxyParser.Found;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/**
 * The header's machine over damaged headers and noise: it finds or refuses, the same however the
 * bytes are cut, and takes no byte of what follows.
 */
@Tag("D4-15")
class DamagedProxyHeadersTest {
    /** One change of a header; the place is a fraction, so that it fits each. */
    private record Damage(double place, int kind, int value) {
        void apply(byte[] bytes) {
            int at = Math.min(bytes.length - 1, (int) (place * bytes.length));
            switch (kind) {
                case 0 -> bytes[at] ^= (byte) (1 << value % 8);
                case 1 -> bytes[at] = (byte) value;
                case 2 -> bytes[Math.min(at, bytes.length - 1)] = (byte) 0xFF;
                default -> bytes[at] = (byte) " \r\n0".charAt(value % 4);
            }
        }
    }

    @Provide
    Arbitrary<byte[]> damaged() {
        List<byte[]> whole = ProxyParserTest.HEADERS.stream().map(ProxyHeader::encode).toList();
        var damage =
                Combinators.combine(
                                Arbitraries.doubles().between(0, 1).ofScale(4),
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.integers().between(0, 255))
                        .as(Damage::new);
        return Combinators.combine(Arbitraries.of(whole), damage.list().ofMaxSize(4))
                .as((header, all) -> {
                    byte[] bytes = header.clone();
                    all.forEach(each -> each.apply(bytes));
                    return bytes;
                });
    }

    /** What a parser makes of bytes that come in pieces of a size; 0 for as many as are wanted. */
    private static String outcome(byte[] bytes, int piece) {
        var parser = new ProxyParser();
        ByteBuffer input = ByteBuffer.wrap(bytes);
        Found found = Found.MORE;
        while (found == Found.MORE && input.position() < bytes.length) {
            int size = piece == 0 ? parser.wanted() : piece;
            input.limit(Math.min(bytes.length, input.position() + size));
            found = parser.next(input);
        }
        if (found == Found.HEADER) {
            // What was read can be said again, and is read the same.
            ProxyHeader header = parser.header();
            var again = new ProxyParser(ProxyHeader.MAX_V2);
            if (again.next(ByteBuffer.wrap(header.encode())) != Found.HEADER
                    || !withoutSum(again.header()).equals(withoutSum(header))) {
                throw new AssertionError(header + " is read back as " + again.refusal());
            }
            return header + " and " + (bytes.length - parser.length());
        }
        return found + " " + Objects.toString(parser.refusal(), "");
    }

    private static List<Object> withoutSum(ProxyHeader header) {
        var tlvs = header.tlvs().stream().filter(tlv -> !(tlv instanceof ProxyTlv.Crc32c)).toList();
        return List.of(header.version(), header.origin(), tlvs);
    }

    private static void sameInAllPieces(byte[] bytes) {
        String whole = outcome(bytes, Integer.MAX_VALUE / 2);
        for (int piece : new int[] {0, 1, 2, 7}) {
            String other = outcome(bytes, piece);
            if (!other.equals(whole)) {
                throw new AssertionError(
                        "in pieces of " + piece + ": " + other + ", at once: " + whole);
            }
        }
    }

    @Property(tries = 4_000, seed = "15")
    void aDamagedHeaderIsReadTheSameInAllPieces(@ForAll("damaged") byte[] bytes) {
        sameInAllPieces(bytes);
    }

    @Property(tries = 2_000, seed = "16")
    void noiseIsReadTheSameInAllPieces(@ForAll @Size(max = 300) byte[] bytes) {
        sameInAllPieces(bytes);
    }

    @Property(tries = 2_000, seed = "17")
    void noiseBehindABinarySignatureIsReadTheSameInAllPieces(
            @ForAll @Size(max = 200) byte[] noise) {
        byte[] head = ProxyHeaderTest.hex(ProxyHeaderTest.SIGNATURE + "21110040");
        sameInAllPieces(
                ByteBuffer.allocate(head.length + noise.length).put(head).put(noise).array());
    }
}
