// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.DoubleRange;

import sockeye.Ancillary;
import sockeye.OpenDescriptors;
import sockeye.PassedDescriptor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Control data that Python and the C library made, one behind the other, with bytes changed and cut
 * short: all of it is decoded, and no descriptor is lost. What fails is told with the fewest
 * changes that do it; the seed is fixed.
 */
@Tag("H5")
class DamagedControlTest {
    private record Damage(double place, int value) {
        void apply(byte[] bytes) {
            bytes[Math.min(bytes.length - 1, (int) (place * bytes.length))] = (byte) value;
        }
    }

    @Provide
    Arbitrary<byte[]> areas() throws IOException {
        List<byte[]> vectors = List.copyOf(ControlMessagesTest.vectors().values());
        Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(100);
        Arbitrary<Damage> damage =
                Combinators.combine(
                                Arbitraries.doubles().between(0, 1).ofScale(3),
                                Arbitraries.integers().between(0, 255))
                        .as(Damage::new);
        return Combinators.combine(
                        Arbitraries.oneOf(Arbitraries.of(vectors), noise).list().ofMaxSize(3),
                        damage.list().ofMaxSize(4))
                .as((parts, all) -> {
                    var joined = new ByteArrayOutputStream();
                    parts.forEach(joined::writeBytes);
                    byte[] bytes = joined.toByteArray();
                    if (bytes.length > 0) {
                        all.forEach(each -> each.apply(bytes));
                    }
                    return bytes;
                });
    }

    @Property(tries = 10_000, seed = "20261122")
    void anyBytesAreDecodedAndNoDescriptorIsLost(
            @ForAll("areas") byte[] bytes, @ForAll @DoubleRange(min = 0, max = 1) double kept)
            throws IOException {
        int before = OpenDescriptors.count();
        MemorySegment area = Arena.ofAuto().allocate(bytes.length + 1, 8);
        MemorySegment.copy(bytes, 0, area, JAVA_BYTE, 0, bytes.length);
        long length = (long) (kept * bytes.length);
        List<PassedDescriptor> made = new ArrayList<>();
        try {
            var decoded =
                    ControlMessages.decode(
                            area.asSlice(0, bytes.length),
                            length,
                            number -> {
                                var one = PassedDescriptor.adopt(OpenDescriptors.duplicate());
                                made.add(one);
                                return one;
                            });
            long headers = 0;
            int descriptors = 0;
            for (Ancillary each : decoded.ancillary()) {
                headers += 16;
                if (each instanceof Ancillary.Rights rights) {
                    descriptors += rights.descriptors().size();
                } else if (each instanceof Ancillary.PidFd process
                        && process.descriptor() != null) {
                    descriptors++;
                }
            }
            assertEquals(made.size(), descriptors);
            assertTrue(headers + decoded.rest() <= length, "more than there was");
        } finally {
            made.forEach(OpenDescriptors::close);
        }
        assertEquals(before, OpenDescriptors.count());
    }
}
