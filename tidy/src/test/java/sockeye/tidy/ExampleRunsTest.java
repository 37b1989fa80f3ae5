// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.tidy.Tree.Source;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Runs every example as its comment says, in the flags of {@code ./sockeye run}:
 *
 * <pre>
 * // test: EXAMPLE ARGUMENTS... [&amp;] [&lt; A LINE OF INPUT] -&gt; A REGULAR EXPRESSION
 * </pre>
 *
 * <p>The lines are run in order, each until it prints a line in which the expression is found; that
 * of {@code &} then goes on, and any other is ended. {@code $1} is the group of the last match that
 * had one, {@code $DIR} an empty directory, {@code $PID} a number that no other run has.
 *
 * <p>An example with {@code // needs: AF_X} is skipped on a kernel that lacks the family.
 */
class ExampleRunsTest {
    private static final Pattern TEST =
            Pattern.compile(
                    "// test: (?<command>[^<]*?)(?<on> &)?(?: < (?<input>.*?))? -> (?<wanted>.*)");

    private static final int PATIENCE = 60;

    @TempDir private static Path out;

    @TempDir private Path directory;

    @BeforeAll
    static void compileTheModules() throws IOException {
        ExamplesTest.compileTheModules(Tree.here(), out);
    }

    /** All of them; in the lab kernel those that need a family which other kernels may lack. */
    static Stream<String> examples() {
        boolean all = System.getProperty("sockeye.examples") == null;
        return Tree.here().java().stream()
                .filter(each -> each.path().startsWith("examples/"))
                .filter(each -> all || each.text().contains("\n// needs: AF_"))
                .map(Source::path);
    }

    @ParameterizedTest
    @MethodSource("examples")
    void itDoesWhatItSays(String example) throws Exception {
        var source = Tree.here().read(example);
        for (var line : source.lines()) {
            if (line.startsWith("// needs: AF_")) {
                var family = line.substring("// needs: AF_".length());
                assumeTrue(kernelHas(family), "this kernel has no AF_" + family);
            }
        }
        var lines = source.lines().stream().filter(line -> line.startsWith("// test:")).toList();
        assertFalse(lines.isEmpty(), () -> example + " has no line '// test: ... -> ...'");
        run(lines);
    }

    private static boolean kernelHas(String family) throws IOException {
        try (var protocols = Files.lines(Path.of("/proc/net/protocols"))) {
            return protocols.anyMatch(line -> line.startsWith(family + " "));
        }
    }

    @Test
    void anExampleThatSaysSomethingElseFails() {
        var lines = List.of("// test: ScatterGather -> ^something else");
        var failure = assertThrows(AssertionError.class, () -> run(lines));
        assertTrue(failure.getMessage().contains("header says 11 bytes"), failure.getMessage());
    }

    private void run(List<String> lines) throws Exception {
        Deque<Process> going = new ArrayDeque<>();
        var group = "";
        try {
            for (var line : lines) {
                var test = TEST.matcher(line);
                assertTrue(test.matches(), line);
                var words = filled(test.group("command"), group).split(" ");
                var process = start(words);
                going.push(process);
                try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
                    if (test.group("input") != null) {
                        input.write(test.group("input") + "\n");
                    }
                }
                var found = await(process, filled(test.group("wanted"), group));
                group = found.groupCount() > 0 ? found.group(1) : group;
                if (test.group("on") == null) {
                    end(going.pop());
                }
            }
        } finally {
            while (!going.isEmpty()) {
                end(going.pop());
            }
        }
    }

    private String filled(String text, String group) {
        return text.replace("$1", group)
                .replace("$DIR", directory.toString())
                .replace("$PID", "" + ProcessHandle.current().pid());
    }

    private static Process start(String... words) throws IOException {
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "--module-path"));
        command.addAll(List.of(out.toString(), "--add-modules"));
        command.add("sockeye.server,sockeye.netlink,sockeye.reactor");
        command.addAll(List.of("--enable-native-access=sockeye"));
        command.add(Tree.here().root().resolve("examples/" + words[0] + ".java").toString());
        command.addAll(Arrays.asList(words).subList(1, words.length));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture.delayedExecutor(PATIENCE, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
        return process;
    }

    /** Waits for the line that was promised; if it is not among all that come, shows those. */
    private static Matcher await(Process process, String wanted) throws Exception {
        var pattern = Pattern.compile(wanted);
        var said = new ArrayList<String>();
        BufferedReader output = process.inputReader(StandardCharsets.UTF_8);
        for (String line; (line = output.readLine()) != null; ) {
            said.add(line);
            var matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
        return fail("not a line with " + wanted + " but\n" + String.join("\n", said));
    }

    /** Ends what goes on; what ended by itself must have done so well. */
    private static void end(Process process) throws InterruptedException {
        if (process.isAlive()) {
            process.destroyForcibly();
        }
        assertTrue(process.waitFor(PATIENCE, TimeUnit.SECONDS));
        int killed = 128 + 9;
        int status = process.exitValue();
        assertTrue(status == 0 || status == killed, () -> "it ended with " + status);
    }
}
