// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;

@Timeout(60)
class AccessFormatTest {
    private static final Endpoint LOCAL = InetEndpoint.any(21567);

    private static AccessRecord record(@Nullable Endpoint peer, @Nullable String reason) {
        return new AccessRecord(
                Instant.parse("2026-11-22T10:05:00Z"),
                Duration.ofNanos(1_204_000_999),
                7,
                peer,
                peer,
                LOCAL,
                null,
                24,
                61,
                OptionalLong.of(2),
                reason == null ? AccessOutcome.FINISHED : AccessOutcome.FAILED,
                reason);
    }

    @Test
    void aLineOfKeysAndValues() {
        assertEquals(
                "time=2026-11-22T10:05:00.000Z connection=7 peer=203.0.113.9:40112 local=[::]:21567"
                        + " took=1.204000 received=24 sent=61 messages=2 outcome=finished",
                AccessFormat.KEY_VALUE.line(record(InetEndpoint.of("203.0.113.9", 40112), null)));
    }

    @Test
    void aLineOfJsonLeavesOutWhatIsNotKnown() {
        var plain = record(null, "no \"place\"");
        assertEquals(
                "{\"time\":\"2026-11-22T10:05:00.000Z\",\"connection\":7,\"local\":\"[::]:21567\","
                        + "\"took\":1.204000,\"received\":24,\"sent\":61,\"messages\":2,"
                        + "\"outcome\":\"failed\",\"reason\":\"no \\\"place\\\"\"}",
                AccessFormat.JSON_LINES.line(plain));
    }

    @Test
    void whoStandsBetweenIsNamedOnlyIfSomebodyDoes() {
        var proxied =
                new AccessRecord(
                        Instant.EPOCH.plusMillis(5),
                        Duration.ZERO,
                        1,
                        InetEndpoint.of("2001:db8::1", 9),
                        UnixEndpoint.ofAbstract("proxy"),
                        LOCAL,
                        "TLSv1.3",
                        0,
                        0,
                        OptionalLong.empty(),
                        AccessOutcome.CUT_OFF,
                        null);
        assertEquals(
                "time=1970-01-01T00:00:00.005Z connection=1 peer=[2001:db8::1]:9 carrier=@proxy"
                        + " local=[::]:21567 protocol=TLSv1.3 took=0.000000 received=0 sent=0"
                        + " outcome=cut-off",
                AccessFormat.KEY_VALUE.line(proxied));
    }

    @ParameterizedTest
    @EnumSource
    void noNameOfAPeerMakesASecondLineOrAnEscapeSequence(AccessFormat format) {
        var random = new Random(4);
        for (int turn = 0; turn < 2_000; turn++) {
            byte[] name = new byte[1 + random.nextInt(100)];
            random.nextBytes(name);
            String line = format.line(record(UnixEndpoint.ofAbstract(name), text(random)));
            assertTrue(line.chars().allMatch(c -> c >= ' ' && c <= '~'), line);
        }
    }

    private static String text(Random random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(30); i >= 0; i--) {
            text.append(
                    (char) (random.nextBoolean() ? random.nextInt(128) : random.nextInt(65536)));
        }
        return text.toString();
    }

    /**
     * Reads both with others' readers: json, and shlex, which splits and unquotes as a shell does.
     */
    @Test
    void pythonReadsBackWhatWasSaid() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "no python3");
        var random = new Random(5);
        List<String> said =
                new ArrayList<>(List.of("a=b", "", "\"", "\\", "\u202e\u0085\u001b[2J"));
        for (int turn = 0; turn < 300; turn++) {
            said.add(text(random));
        }
        var input = new StringBuilder();
        for (String each : said) {
            input.append(AccessFormat.JSON_LINES.line(record(LOCAL, each))).append('\n');
            input.append(AccessFormat.KEY_VALUE.line(record(LOCAL, each))).append('\n');
        }
        String program =
                """
                import json, re, sys
                lines = sys.stdin.read().split("\\n")
                for one, two in zip(lines[0::2], lines[1::2]):
                    a = json.loads(one)["reason"]
                    b = two.split(" reason=", 1)[1]
                    b = json.loads(b) if b.startswith('"') else b
                    assert a == b, (a, b)
                    print(",".join(str(u) for u in memoryview(
                        a.encode("utf-16-le", "surrogatepass")).cast("H")))
                """;
        Process python =
                new ProcessBuilder("/usr/bin/python3", "-c", program)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (var out = python.getOutputStream()) {
            out.write(input.toString().getBytes(US_ASCII));
        }
        List<String> heard =
                new String(python.getInputStream().readAllBytes(), US_ASCII).lines().toList();
        assertEquals(0, python.waitFor());
        assertEquals(said.stream().map(AccessFormatTest::units).toList(), heard);
    }

    private static String units(String text) {
        return String.join(",", text.chars().mapToObj(Integer::toString).toList());
    }

    @Test
    void formatsAreFoundByName() {
        assertEquals(AccessFormat.JSON_LINES, AccessFormat.of("json-lines"));
        assertEquals("key-value", AccessFormat.KEY_VALUE.toString());
        assertThrows(IllegalArgumentException.class, () -> AccessFormat.of("xml"));
    }
}
