// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.Size;

import java.util.Arrays;

/**
 * Every decoder of the module over the kept corpus, with bits flipped and lengths that lie, and
 * over noise: what {@link DecoderFuzzTest} holds of each. The seeds are fixed, so that a failure
 * comes again, and what fails is told with the fewest changes that do it.
 */
@Tag("H8")
class DamagedDatagramsTest {
    private static final int[] LIES = {0, 1, 2, 3, 4, 5, 8, 0x7FFF, 0x8000, 0xFFFC, 0xFFFF};

    /** One change of a datagram; the place is a fraction, so that it fits each. */
    private record Damage(double place, int kind, int value) {
        void apply(byte[] bytes) {
            int at = Math.min(bytes.length - 1, (int) (place * bytes.length));
            switch (kind) {
                case 0 -> bytes[at] ^= (byte) (1 << value % 8);
                case 1 -> bytes[at] = (byte) value;
                case 2 -> Wire.put16(bytes, Math.min(at & ~3, bytes.length - 2), lie());
                default -> Wire.put32(bytes, Math.min(at & ~3, bytes.length - 4), lie());
            }
        }

        private int lie() {
            return LIES[value % LIES.length];
        }
    }

    /** Datagrams of the corpus, damaged; what fails is told with the fewest changes that do it. */
    @Provide
    Arbitrary<byte[]> damagedDatagrams() throws Exception {
        var seeds =
                DecoderFuzzTest.seeds().values().stream()
                        .filter(bytes -> bytes.length >= 8)
                        .toList();
        var place = Arbitraries.doubles().between(0, 1).ofScale(4);
        var damage =
                Combinators.combine(
                                place,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.integers().between(0, 255))
                        .as(Damage::new);
        return Combinators.combine(Arbitraries.of(seeds), damage.list().ofMaxSize(6), place)
                .as((seed, all, kept) -> {
                    byte[] bytes = Arrays.copyOf(seed, Math.max(8, (int) (seed.length * kept)));
                    if (bytes.length >= 16) {
                        // Honest, or the decoder would not be asked at all; damage may change it.
                        Wire.put32(bytes, 0, bytes.length);
                    }
                    all.forEach(each -> each.apply(bytes));
                    return bytes;
                });
    }

    @Property(tries = 8_000, seed = "6")
    void aDamagedDatagramIsDecodedOrRefused(@ForAll("damagedDatagrams") byte[] datagram) {
        DecoderFuzzTest.tryAll("damaged", datagram);
    }

    @Property(tries = 3_000, seed = "7")
    void noiseIsDecodedOrRefused(@ForAll @Size(max = 400) byte[] noise) {
        byte[] bytes = noise.clone();
        if (bytes.length >= 16) {
            Wire.put32(bytes, 0, bytes.length);
        }
        DecoderFuzzTest.tryAll("noise", bytes);
    }
}
