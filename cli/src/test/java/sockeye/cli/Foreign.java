// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A program that is not by us, at the other end of a socket. */
final class Foreign implements AutoCloseable {
    private final Process process;
    private final List<String> command;

    private Foreign(List<String> command) {
        this.command = command;
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        } catch (IOException missing) {
            String message = command.getFirst() + " cannot be run: " + missing.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            System.err.println("*** skipped: " + message);
            abort(message);
            throw new AssertionError(missing);
        }
    }

    /** Starts a program. */
    static Foreign start(String... command) {
        return new Foreign(List.of(command));
    }

    /** Starts a script of Python 3 with arguments. */
    static Foreign python(String script, Object... args) {
        var command = new ArrayList<>(List.of("python3", "-u", "-c", script));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        return new Foreign(command);
    }

    /** The next line that it prints. */
    String line() throws IOException {
        var line = new StringBuilder();
        InputStream out = process.getInputStream();
        for (int next; (next = out.read()) != '\n'; ) {
            if (next < 0) {
                throw new IOException("has ended after \"" + line + "\": " + command);
            }
            line.append((char) next);
        }
        return line.toString();
    }

    /** Ends its input after this, and returns all that it prints until it ends well. */
    String answer(String input) throws Exception {
        try (var in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        }
        return answer();
    }

    /** Returns all that it prints until it ends well. */
    String answer() throws Exception {
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int code = process.waitFor();
        if (code != 0) {
            fail("exit " + code + " of " + command + " after " + said);
        }
        return said;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
