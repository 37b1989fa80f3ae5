// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

class ShoutTest {
    @Test
    void theExampleAnswersEachLineInCapitals() {
        Dialogue dialogue = new Dialogue(Shout::new, 100, Output.MINIMUM);
        String text = "who is there?\r\n".repeat(100) + "nobody";
        dialogue.queue(text).end();
        assertEquals(text.toUpperCase(Locale.ROOT), dialogue.answers());
        assertEquals(101, dialogue.messages());
        assertTrue(dialogue.closed());
    }

    @Test
    void theExampleHangsUpOnALineThatIsTooLong() {
        Dialogue dialogue = new Dialogue(Shout::new);
        assertEquals("ONE\n", dialogue.arrive("one\n" + "x".repeat(401)).answers());
        assertTrue(dialogue.closed());
    }

    @Test
    void thePageShowsTheExampleAsItIs() throws IOException {
        Path tree = Path.of(System.getProperty("sockeye.tree"));
        String source =
                Files.readString(tree.resolve("wire/src/test/java/sockeye/wire/Shout.java"));
        String page = Files.readString(tree.resolve("docs/wire.md"));
        assertTrue(
                page.contains(source.substring(source.indexOf("final class Shout"))),
                "docs/wire.md does not have the text of Shout.java");
    }
}
