// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Asks Python's socket module, which is not by us, what the kernel and the C library think. */
final class Python {
    private Python() {}

    /**
     * Runs a script with lines on its standard input.
     *
     * @return the lines of its standard output
     */
    static List<String> run(String script, List<String> lines) throws Exception {
        Path in = Files.createTempFile("sockeye", ".in");
        Path out = Files.createTempFile("sockeye", ".out");
        try {
            Files.write(in, lines, StandardCharsets.UTF_8);
            Process python =
                    new ProcessBuilder("python3", "-c", script)
                            .redirectInput(in.toFile())
                            .redirectOutput(out.toFile())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            if (!python.waitFor(60, TimeUnit.SECONDS)) {
                python.destroyForcibly();
                fail("the script does not end");
            }
            assertEquals(0, python.exitValue(), "exit of the script");
            List<String> answers = Files.readAllLines(out, StandardCharsets.UTF_8);
            assertTrue(answers.size() > 0, "the script said nothing");
            return answers;
        } catch (IOException e) {
            String message = "python3 cannot be run: " + e.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                return fail(message);
            }
            System.err.println("*** skipped: " + message);
            return abort(message);
        } finally {
            Files.delete(in);
            Files.delete(out);
        }
    }
}
