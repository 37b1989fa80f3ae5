// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import sockeye.Endpoint;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A program that is not by us, at the other end of a socket. What it prints is read line by line;
 * what it complains about shows in the log of the test. One that takes more than {@value #PATIENCE}
 * seconds is killed, and so its silence fails the test rather than hangs it.
 *
 * <p>A program that the machine lacks skips the test and says so; with the environment's {@code CI}
 * set to {@code true} it fails it.
 */
final class Peer implements AutoCloseable {
    static final int PATIENCE = 30;

    /** Not what a tool chain may have put before it into PATH. */
    private static final String PYTHON = "/usr/bin/python3";

    private final List<String> command;
    private final Process process;
    private final BufferedReader output;

    private Peer(List<String> command, Map<String, String> environment) throws IOException {
        this.command = command;
        var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("LC_ALL", "C");
        builder.environment().putAll(environment);
        this.process = builder.start();
        this.output = process.inputReader(StandardCharsets.UTF_8);
        CompletableFuture.delayedExecutor(PATIENCE, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
    }

    /** Starts a tool, which is looked up in PATH and where administrators have theirs. */
    static Peer start(String tool, String... arguments) throws IOException {
        return start(Map.of(), tool, arguments);
    }

    /** The same with something in the environment. */
    static Peer start(Map<String, String> environment, String tool, String... arguments)
            throws IOException {
        var command = new ArrayList<String>(List.of(require(tool)));
        command.addAll(Arrays.asList(arguments));
        return new Peer(command, environment);
    }

    /**
     * Starts a script of Python, after a few lines that all of them want; endpoints become Python's
     * addresses.
     */
    static Peer python(String script, Object... arguments) throws IOException {
        String prelude =
                """
                import array, os, select, socket, struct, sys, threading, time
                from socket import *
                from ast import literal_eval
                ARGUMENTS = [literal_eval(a) for a in sys.argv[1:]]
                def say(*what): print(*what, flush=True)
                def everything(connection):
                    parts = []
                    while part := connection.recv(65536): parts.append(part)
                    return b"".join(parts)
                """;
        var command = new ArrayList<String>(List.of(require(PYTHON), "-c", prelude + script));
        Stream.of(arguments).map(Peer::literal).forEach(command::add);
        return new Peer(command, Map.of());
    }

    private static String literal(Object argument) {
        return switch (argument) {
            case Endpoint endpoint -> Way.python(endpoint);
            case Number number -> number.toString();
            default -> "'" + argument + "'";
        };
    }

    /** The path of a tool, or the end of the test. */
    static String require(String tool) {
        return find(tool).orElseGet(() -> missing(tool + " is not installed"));
    }

    /** Skips the test, but where nothing may be missing. */
    static String missing(String what) {
        if ("true".equals(System.getenv("CI"))) {
            return fail(what);
        }
        System.err.println("*** skipped: " + what);
        return abort(what);
    }

    private static Optional<String> find(String tool) {
        String path = System.getenv("PATH") + ":/usr/sbin:/sbin";
        return Stream.of(path.split(":", -1))
                .map(directory -> Path.of(directory).resolve(tool))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** The next line that it prints. */
    String line() throws IOException {
        String line = output.readLine();
        return line == null ? fail(this + " said no more, and ended with " + status()) : line;
    }

    int number() throws IOException {
        return Integer.parseInt(line());
    }

    /** What else it prints, up to its end. */
    String rest() {
        return output.lines().collect(Collectors.joining("\n"));
    }

    /** Asserts its next line. */
    Peer says(String line) throws IOException {
        assertEquals(line, line(), toString());
        return this;
    }

    /** Writes to its standard input. */
    Peer type(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        return this;
    }

    /** Its standard input, for bytes. */
    OutputStream input() {
        return process.getOutputStream();
    }

    /** Its standard output, if that is bytes. */
    InputStream bytes() {
        return process.getInputStream();
    }

    /** Ends its standard input. */
    Peer end() throws IOException {
        process.getOutputStream().close();
        return this;
    }

    /** Waits for its end, which has to be a good one. */
    void succeeds() {
        assertEquals(0, status(), () -> this + " failed");
    }

    /** Waits for its end, and gives its exit status. */
    int status() {
        try {
            assertTrue(process.waitFor(PATIENCE + 10, TimeUnit.SECONDS), () -> this + " hangs");
            return process.exitValue();
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            return fail(this + " was waited for in vain", cancelled);
        }
    }

    /** Ends it, if it has not ended. */
    @Override
    public void close() {
        process.destroyForcibly();
        status();
    }

    @Override
    public String toString() {
        return command.getFirst() + " (" + process.pid() + ")";
    }
}
