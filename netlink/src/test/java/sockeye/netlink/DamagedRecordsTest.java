// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/** The decoders of rtnetlink's records over messages of a kernel, cut short and changed. */
@Tag("H8")
class DamagedRecordsTest {
    /** Changes of one byte behind the header: where, as a fraction, how, and to what. */
    private record Damage(double place, int kind, int value) {
        void apply(byte[] bytes) {
            int at = 16 + Math.min(bytes.length - 17, (int) (place * (bytes.length - 16)));
            at = value % 2 == 0 ? at & ~3 : at;
            bytes[at] =
                    (byte)
                            switch (kind) {
                                case 0 -> 0;
                                case 1 -> 0xFF;
                                case 2 -> bytes[at] ^ (1 << value % 8);
                                default -> value;
                            };
        }
    }

    /** Messages of the corpus, some cut short, with some bytes changed, lengths above all. */
    @Provide
    Arbitrary<byte[]> damagedMessages() throws IOException {
        var place = Arbitraries.doubles().between(0, 1).ofScale(4);
        var damage =
                Combinators.combine(
                                place,
                                Arbitraries.integers().between(0, 3),
                                Arbitraries.integers().between(0, 255))
                        .as(Damage::new);
        var kept = Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.just(1.0)), Tuple.of(1, place));
        return Combinators.combine(
                        Arbitraries.of(RecordFuzzTest.corpus()), damage.list().ofMaxSize(4), kept)
                .as((whole, all, part) -> {
                    int length = 16 + (int) ((whole.length - 16) * part);
                    byte[] bytes = Arrays.copyOf(whole, length);
                    if (length > 16) {
                        all.forEach(each -> each.apply(bytes));
                    }
                    Wire.put32(bytes, 0, length);
                    return bytes;
                });
    }

    @Property(tries = 12_000, seed = "20261122")
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void aDamagedMessageGivesAValueOrTheOneError(@ForAll("damagedMessages") byte[] damaged) {
        boolean understood = understands(damaged);
        // Neither all of one kind: then the damage would be of no use.
        Statistics.label("understood")
                .collect(understood)
                .coverage(coverage -> {
                    coverage.check(true).percentage(share -> share > 2);
                    coverage.check(false).percentage(share -> share > 2);
                });
    }

    private static boolean understands(byte[] damaged) {
        try {
            RecordFuzzTest.decode(damaged);
            return true;
        } catch (NetlinkDecodeException expected) {
            return false;
        } catch (RuntimeException | Error unexpected) {
            throw new AssertionError(HexFormat.of().formatHex(damaged), unexpected);
        }
    }
}
