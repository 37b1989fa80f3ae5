// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What {@code docs/endpoints.md} shows is so. */
class EndpointsPageTest {
    private static final Path PAGE = Path.of("../docs/endpoints.md");

    @Test
    void everyExampleParses() throws Exception {
        Set<EndpointScheme> shown = new HashSet<>();
        for (String block : blocks("endpoints")) {
            for (String line : block.lines().toList()) {
                shown.add(EndpointSpec.parse(line).scheme());
            }
        }
        assertTrue(shown.size() > 9, "schemes with an example: " + shown);
    }

    @Test
    void everySchemeIsInTheTable() throws Exception {
        var named =
                Pattern.compile("`([a-z-]+):`")
                        .matcher(Files.readString(PAGE))
                        .results()
                        .map(scheme -> scheme.group(1))
                        .collect(Collectors.toSet());
        var all =
                Arrays.stream(EndpointScheme.values())
                        .map(EndpointScheme::text)
                        .collect(Collectors.toSet());
        assertEquals(all, named);
    }

    @Test
    void everyErrorIsTheOneThatIsShown() throws Exception {
        List<String> errors = blocks("error");
        assertTrue(errors.size() > 5, errors.size() + " errors");
        for (String error : errors) {
            String text = error.lines().toList().get(1).strip();
            var e =
                    assertThrows(
                            EndpointSyntaxException.class, () -> EndpointSpec.parse(text), text);
            assertEquals(error, e.getMessage());
        }
    }

    @Test
    void anUnknownOptionIsShownAsItIs() throws Exception {
        String error = blocks("unknown-option").getFirst();
        var options = EndpointSpec.parse(error.lines().toList().get(1).strip()).readOptions();
        options.takeMode("mode", 0777);
        options.takeInt("backlog", 0, 65_535, 0);
        var e = assertThrows(EndpointSyntaxException.class, options::requireNoMore);
        assertEquals(error, e.getMessage());
    }

    private static List<String> blocks(String language) throws Exception {
        return Pattern.compile("(?ms)^```" + language + "$\n(.*?)\n^```$")
                .matcher(Files.readString(PAGE))
                .results()
                .map(block -> block.group(1))
                .toList();
    }
}
