// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Programs that we did not write, to compare with. */
final class Tools {
    private Tools() {}

    /** What a program prints; the test is skipped, or under CI fails, where it cannot be run. */
    static String run(String... command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).start();
        } catch (IOException missing) {
            throw lacking(missing.getMessage());
        }
        try {
            process.getOutputStream().close();
            String printed =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String complained =
                    new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            Assertions.assertEquals(0, process.waitFor(), List.of(command) + ": " + complained);
            return printed;
        } finally {
            process.destroyForcibly();
        }
    }

    /** Skips the test, and says why; under CI fails it. Never returns. */
    static RuntimeException lacking(String what) {
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(what);
        }
        System.err.println("*** skipped: " + what);
        throw Assumptions.<RuntimeException>abort(what);
    }
}
