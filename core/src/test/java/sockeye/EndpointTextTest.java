// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * Texts that are nearly endpoints: each parses, or says where it does not. What fails is told with
 * the shortest text that does it; the seed is fixed.
 */
@Tag("D3-01")
class EndpointTextTest {
    private static final String[] PIECES = {
        "a",
        "Z",
        "0",
        "9",
        "/",
        ":",
        "?",
        "&",
        "=",
        "%",
        "@",
        "(",
        ")",
        "+",
        " ",
        "#",
        "[",
        "]",
        ".",
        "-",
        "_",
        "*",
        "\\",
        "\"",
        "\0",
        "\1",
        "\33",
        "\177",
        "\u0085",
        "\u00A0",
        "é",
        "\u202E",
        "\u2028",
        "漢",
        "\uE000",
        "\uFFFD",
        "🐟",
        "\uDBFF\uDFFF",
        "\uD83D",
        "::",
        "%2",
        "%41",
        "localhost",
        "127.0.0.1",
        "[::1]",
        "65536",
        "tls+",
        "://"
    };

    private static final List<String> TARGETS =
            List.of(
                    "8080",
                    "localhost:80",
                    "127.0.0.1:65535",
                    "[2001:db8::1%eth0]:1",
                    "/run/x.sock",
                    "@name%00",
                    "18888/17",
                    "18888/3-9",
                    "1:1024",
                    "0",
                    "x.socket");

    /** Schemes with targets that mostly do not belong to them, options, and a few edits. */
    @Provide
    Arbitrary<String> texts() {
        var schemes = Stream.of(EndpointScheme.values()).map(EndpointScheme::toString).toList();
        Arbitrary<String> pieces = Arbitraries.of(PIECES);
        Arbitrary<String> noise = pieces.list().ofMaxSize(6).map(all -> String.join("", all));
        Arbitrary<String> options =
                Arbitraries.of("", "?reuseport=true", "?mode=0660&owner=www-data", "?a=%20", "?");
        Arbitrary<String> whole =
                Combinators.combine(
                                Arbitraries.of("", "tls+", "proxy+tls+", "x-1+"),
                                Arbitraries.of(schemes),
                                Arbitraries.oneOf(Arbitraries.of(TARGETS), noise),
                                options)
                        .as((wrappers, scheme, target, query) ->
                                wrappers + scheme + ":" + target + query);
        Arbitrary<Edit> edit =
                Combinators.combine(
                                Arbitraries.doubles().between(0, 1).ofScale(3),
                                Arbitraries.integers().between(0, 2),
                                Arbitraries.oneOf(Arbitraries.just(""), pieces))
                        .as(Edit::new);
        return Combinators.combine(
                        Arbitraries.frequencyOf(Tuple.of(4, whole), Tuple.of(1, noise)),
                        edit.list().ofMaxSize(3))
                .as((text, edits) -> {
                    var changed = new StringBuilder(text);
                    edits.forEach(each -> each.apply(changed));
                    return changed.toString();
                });
    }

    /** Some characters replaced by others; may leave half of a surrogate pair. */
    private record Edit(double place, int length, String by) {
        void apply(StringBuilder text) {
            int at = (int) (place * text.length());
            text.replace(at, Math.min(text.length(), at + length), by);
        }
    }

    @Property(tries = 20_000, seed = "5")
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void aTextParsesOrSaysWhereItDoesNot(@ForAll("texts") String text) {
        boolean refused = isRefused(text);
        Statistics.label("refused")
                .collect(refused)
                .coverage(coverage -> {
                    coverage.check(true).percentage(share -> share > 10);
                    coverage.check(false).percentage(share -> share > 5);
                });
    }

    private static boolean isRefused(String text) {
        try {
            EndpointSpec spec = EndpointSpec.parse(text);
            assertEquals(spec, EndpointSpec.parse(spec.toString()), text);
            return false;
        } catch (EndpointSyntaxException e) {
            assertTrue(e.position() >= 0 && e.position() <= text.length(), text);
            assertEquals(text, e.text());
            String shown = e.getMessage().replace("\n", "") + e.summary();
            assertTrue(shown.codePoints().allMatch(Percent::isPrintable), shown);
            var lines = new ArrayList<>(Arrays.asList(e.getMessage().split("\n", -1)));
            assertEquals(4, lines.size(), e.getMessage());
            assertTrue(lines.get(2).matches(" {4,}\\^"), e.getMessage());
            String hint = e.hint();
            if (hint.startsWith("did you mean ")
                    && !hint.endsWith("…?")
                    && !hint.contains(":HOST:")) {
                EndpointSpec.parse(hint.substring("did you mean ".length(), hint.length() - 1));
            }
            return true;
        }
    }
}
