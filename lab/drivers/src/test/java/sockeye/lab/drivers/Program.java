// SPDX-License-Identifier: Apache-2.0
package sockeye.lab.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Programs of this machine. What it lacks skips the test and says so; with {@code CI=true} it fails
 * it.
 */
final class Program {
    private Program() {}

    /** The path of a program, or the end of the test. */
    static String require(String name) {
        Optional<String> found =
                Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
                        .map(each -> Path.of(each).resolve(name))
                        .filter(Files::isExecutable)
                        .map(Path::toString)
                        .findFirst();
        return found.orElseGet(() -> missing(name + " is not installed"));
    }

    /** Skips the test, but where nothing may be missing. */
    static String missing(String what) {
        if ("true".equals(System.getenv("CI"))) {
            return fail(what);
        }
        System.err.println("*** skipped: " + what);
        return abort(what);
    }

    /** Runs one that ends, and well; what it says is told if not. */
    static void run(Path directory, String... command) throws IOException, InterruptedException {
        // A file, not a pipe: what it starts may keep it open.
        Path log = Files.createTempFile("sockeye", ".log");
        try {
            Process process =
                    new ProcessBuilder(command)
                            .directory(directory.toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(log.toFile())
                            .start();
            process.getOutputStream().close();
            int status = process.waitFor();
            assertEquals(0, status, command[0] + ": " + Files.readString(log));
        } finally {
            Files.delete(log);
        }
    }

    /** Starts one that stays; what it complains about shows in the log of the test. */
    static Process start(String name, String... words) throws IOException {
        String[] command =
                Stream.concat(Stream.of(require(name)), Stream.of(words)).toArray(String[]::new);
        return new ProcessBuilder(command).inheritIO().start();
    }

    /** A text file, written. */
    static void write(Path file, String text) throws IOException {
        Files.writeString(file, text, StandardCharsets.UTF_8);
    }
}
