// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What comes to a process from outside when it starts and when it is followed: any bytes in place
 * of a hand-over's record, any texts in the variables of activation. Each is what it should be, or
 * refused for what it is.
 */
@Tag("H4")
class DamagedRestartTest {
    private static final String SELF = Long.toString(ProcessHandle.current().pid());

    /** Numbers from here on are nobody's: what is said about them is wrong, and harms nobody. */
    private static final int NOBODYS = 900_000;

    /** Records with pieces of records in them, and with noise. */
    @Provide
    Arbitrary<byte[]> records() {
        Arbitrary<String> pieces =
                Arbitraries.of(
                        "sockeye-handover ",
                        "TAKE",
                        "SOCKET",
                        "\n",
                        "NAME=",
                        "=",
                        "%",
                        "%0A",
                        "%zz",
                        "A",
                        "1",
                        "\0",
                        "\r",
                        " ",
                        "\u00e4",
                        "\u20ac",
                        "sockeye-handover TAKE\n",
                        "VERSIONS=1 2\n");
        Arbitrary<byte[]> text =
                pieces.list()
                        .ofMaxSize(60)
                        .map(all -> String.join("", all).getBytes(StandardCharsets.UTF_8));
        Arbitrary<byte[]> begun =
                text.map(all -> {
                    byte[] begin =
                            "sockeye-handover SOCKET\nNAME=".getBytes(StandardCharsets.US_ASCII);
                    return ByteBuffer.allocate(begin.length + all.length)
                            .put(begin)
                            .put(all)
                            .array();
                });
        Arbitrary<byte[]> noise = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        return Arbitraries.frequencyOf(Tuple.of(2, text), Tuple.of(4, begun), Tuple.of(1, noise));
    }

    @Property(tries = 5_000, seed = "20261122")
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void anyBytesAreARecordOrGarbled(@ForAll("records") byte[] bytes) {
        boolean read;
        try {
            HandoverRecord record = HandoverRecord.decode(ByteBuffer.wrap(bytes));
            // What was read can be said, and is read the same.
            assertEquals(record, HandoverRecord.decode(ByteBuffer.wrap(record.encode())));
            read = true;
        } catch (HandoverRecord.Garbled expected) {
            read = false;
        }
        Statistics.collect(read);
        Statistics.coverage(seen -> seen.check(true).count(count -> count > 100));
    }

    @Property(tries = 1_000, seed = "20261122")
    void everyValueComesBackAsItWas(@ForAll @Size(max = 80) byte[] value) throws Exception {
        String text = new String(value, StandardCharsets.UTF_8);
        var record = HandoverRecord.of(HandoverRecord.Verb.REPORT).with("TEXT", text);
        var back = HandoverRecord.decode(ByteBuffer.wrap(record.encode()));
        assertEquals(text, back.field("TEXT"));
    }

    /** What stands in a variable, or that it is not there. */
    private static Arbitrary<String> value(String... likely) {
        Arbitrary<String> some = Arbitraries.of(likely);
        return Arbitraries.frequencyOf(
                Tuple.of(4, some),
                Tuple.of(1, Arbitraries.strings().ofMaxLength(12)),
                Tuple.of(1, Arbitraries.longs().map(String::valueOf)));
    }

    @Provide
    Arbitrary<Map<String, String>> environments() {
        return Combinators.combine(
                        value("0", "1", "2", "7", "-1", "1048577", "99999999999999999999"),
                        value(SELF, SELF, SELF, "1", "", " " + SELF),
                        value("", "a", "a:b", ":", "a:b:c:d:e:f:g", "unknown"),
                        value("0", "1", "-1", "x").injectNull(0.7))
                .as((count, pid, names, identity) -> {
                    var all = new HashMap<String, String>();
                    all.put("LISTEN_FDS", count);
                    all.put("LISTEN_PID", pid);
                    all.put("LISTEN_FDNAMES", names);
                    if (identity != null) {
                        all.put("LISTEN_PIDFDID", identity);
                    }
                    return all;
                });
    }

    @Property(tries = 3_000, seed = "20261122", edgeCases = EdgeCasesMode.NONE)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void variablesThatLieAreRefusedAndNothingIsTaken(
            @ForAll("environments") Map<String, String> environment) {
        String outcome;
        try {
            ActivatedSockets found = ActivatedSockets.read(environment, NOBODYS);
            assertEquals(List.of(), found.names());
            outcome = "nothing";
        } catch (IOException refused) {
            String why = String.valueOf(refused.getMessage());
            assertTrue(why.contains("LISTEN_"), why);
            outcome = why.contains("EBADF") ? "no such descriptor" : "refused";
        }
        Statistics.collect(outcome);
        Statistics.coverage(seen -> {
            seen.check("nothing").count(count -> count > 20);
            seen.check("refused").count(count -> count > 20);
            seen.check("no such descriptor").count(count -> count > 20);
        });
    }
}
