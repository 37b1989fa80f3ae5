// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The lab kernel: {@code lab/tipc-lab}, as seen from the machine that boots it. */
final class LabKernel {
    /** What it ends with if the lab itself failed, not the command in it. */
    static final int FAILED = 125;

    private static final int TIME_LIMIT = 124;

    /** What a kernel may have; it takes no more than it uses. */
    private static final String MEMORY = "3G";

    /** Seconds by which JVMs are asked for their threads before the time limit ends all. */
    private static final int LAST_WORDS = 15;

    private final Path tree;

    LabKernel(Path tree) {
        this.tree = tree;
    }

    /**
     * Why there is none of a kind, or an empty text: fetches its packages if they are not there
     * yet.
     *
     * <p>Nothing is installed, and nothing but the packages' own mirror is asked.
     */
    String missing(Suite.Kernel kind) throws IOException, InterruptedException {
        var setup =
                new ProcessBuilder(
                                tree.resolve("lab/tipc-lab").toString(),
                                "setup",
                                "--backend",
                                kind.toString())
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .start();
        var said = new String(setup.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return setup.waitFor() == 0 ? "" : said.strip();
    }

    /**
     * Boots it for a suite, and waits until it is off again.
     *
     * @param command what runs on each node
     * @return the exit status of the command
     */
    int run(Suite suite, Path reports, List<String> command)
            throws IOException, InterruptedException {
        var words = new ArrayList<String>();
        words.add(tree.resolve("lab/tipc-lab").toString());
        words.addAll(List.of("run", "--nodes", "" + suite.nodes(), "--links", "" + suite.nodes()));
        words.addAll(List.of("--backend", suite.kernel().toString(), "--grace", "2"));
        words.addAll(List.of("--rw", reports.toString(), "--mem", MEMORY));
        words.addAll(List.of("--timeout", "" + suite.limit().toSeconds()));
        words.add("--");
        words.add(tree.resolve("lab/tests/prepare").toString());
        words.addAll(command);
        var builder =
                new ProcessBuilder(words)
                        .directory(tree.resolve(suite.directory()).toFile())
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectErrorStream(true)
                        .redirectOutput(output(reports).toFile());
        builder.environment().put("SOCKEYE_REQUIRE_FAMILIES", Suite.FAMILIES);
        builder.environment().put("LAB_TESTS_LIMIT", "" + (suite.limit().toSeconds() - LAST_WORDS));
        var lab = builder.start();
        // It ends its kernels when it is told to end.
        var ender =
                new Thread(() -> {
                    lab.destroy();
                    try {
                        lab.waitFor(10, TimeUnit.SECONDS);
                    } catch (InterruptedException again) {
                        Thread.currentThread().interrupt();
                    }
                });
        Runtime.getRuntime().addShutdownHook(ender);
        int status = lab.waitFor();
        Runtime.getRuntime().removeShutdownHook(ender);
        return status;
    }

    /** Whether an exit status is the lab's word, not that of the command in it. */
    static boolean isOfTheLab(int status) {
        return status == TIME_LIMIT || status == FAILED;
    }

    /** What an exit status of {@link #run} says that is not the command's. */
    static String meaning(int status) {
        return switch (status) {
            case 0 -> "";
            case TIME_LIMIT -> "its time was over";
            case FAILED -> "the lab kernel ended without a result";
            case Observer.HUNG -> "a test did not end";
            default -> "the JVM ended with " + status;
        };
    }

    /** All that was printed in the lab. */
    static Path output(Path reports) {
        return reports.resolve("output");
    }

    /** The same, read. */
    static String outputText(Path reports) throws IOException {
        return Files.exists(output(reports)) ? Files.readString(output(reports)) : "";
    }
}
