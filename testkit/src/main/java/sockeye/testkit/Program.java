// SPDX-License-Identifier: Apache-2.0

package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.List;

/** A program that is not by us, with what it prints in one stream. */
public final class Program implements AutoCloseable {
    private final Process process;
    private final List<String> command;
    private final BufferedReader lines;
    private final StringBuilder said = new StringBuilder();

    private Program(List<String> command) {
        this.command = command;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException missing) {
            String message = command.getFirst() + " cannot be run: " + missing.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            System.err.println("*** skipped: " + message);
            abort(message);
            throw new AssertionError(missing);
        }
        lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    /**
     * Starts a command. What the machine lacks skips the test and says so; with {@code CI=true} it
     * fails it.
     */
    public static Program start(List<String> command) {
        return new Program(command);
    }

    /** Starts a command whose arguments have no blanks. */
    public static Program start(String command) {
        return start(List.of(command.strip().split(" +")));
    }

    /** Runs one with this input to its end, and returns all that it says. */
    public static String run(List<String> command, String input) throws Exception {
        try (var program = start(command)) {
            program.say(input);
            program.process.getOutputStream().close();
            String all = new String(program.process.getInputStream().readAllBytes(), UTF_8);
            program.process.waitFor();
            return all;
        }
    }

    /** The same for a command whose arguments have no blanks. */
    public static String run(String command, String input) throws Exception {
        return run(List.of(command.strip().split(" +")), input);
    }

    /** Writes to its standard input. */
    public void say(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(UTF_8));
        process.getOutputStream().flush();
    }

    /**
     * The next line with this in it.
     *
     * @throws IOException if it ends before
     */
    public String line(String part) throws IOException {
        for (String line; (line = lines.readLine()) != null; ) {
            said.append(line).append('\n');
            if (line.contains(part)) {
                return line;
            }
        }
        throw new IOException(command + " ended without \"" + part + "\": " + said);
    }

    /** What {@link #line} has read. */
    public String text() {
        return said.toString();
    }

    /** Ends it, and waits until it has ended. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().join();
    }
}
