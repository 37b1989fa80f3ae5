// SPDX-License-Identifier: Apache-2.0

package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.jspecify.annotations.Nullable;

import sockeye.ChildCommand;
import sockeye.ChildProcess;
import sockeye.ChildStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.ProcessSignal;
import sockeye.StreamSocket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A server that is not by us. It can be given a listening socket, as its descriptor 3, so that no
 * port has to be guessed and no start be waited for. What the machine lacks skips the test and says
 * so; with {@code CI=true} it fails it.
 */
public final class Daemon implements AutoCloseable {
    /** How often a port that was free may be somebody else's when the server is there. */
    private static final int ATTEMPTS = 5;

    private final ChildProcess process;

    private Daemon(ChildProcess process) {
        this.process = process;
    }

    /**
     * One that takes no listener, and so was told a port.
     *
     * @param daemon listens there
     * @param endpoint of 127.0.0.1
     */
    public record Placed(Daemon daemon, InetEndpoint endpoint) implements AutoCloseable {
        /** Kills it. */
        @Override
        public void close() throws IOException {
            daemon.close();
        }
    }

    /**
     * Starts one that takes no listener, at a port of 127.0.0.1 that was free just before, and
     * waits until it listens; if it ends instead, at another.
     *
     * @param words what the program is told, by the endpoint
     */
    public static Placed startAtFreePort(String program, Function<InetEndpoint, List<String>> words)
            throws IOException {
        for (int attempt = 1; ; attempt++) {
            InetEndpoint free;
            try (var listener = Listener.stream(InetEndpoint.of("127.0.0.1", 0))) {
                free = (InetEndpoint) listener.local();
            }
            Daemon daemon = start(null, program, words.apply(free).toArray(String[]::new));
            if (attempt == ATTEMPTS || daemon.isThere(free)) {
                daemon.listensAt(free);
                return new Placed(daemon, free);
            }
            daemon.close();
        }
    }

    /** Waits until it listens, or has ended. */
    private boolean isThere(Endpoint endpoint) throws IOException {
        Task.until("it listens at " + endpoint, () -> hasEnded() || answers(endpoint));
        return !hasEnded();
    }

    private boolean hasEnded() {
        try {
            return !process.isAlive();
        } catch (IOException unknown) {
            throw new UncheckedIOException(unknown);
        }
    }

    private static boolean answers(Endpoint endpoint) {
        try (var probe = StreamSocket.connect(endpoint)) {
            return probe.isOpen();
        } catch (IOException notYet) {
            return false;
        }
    }

    /**
     * Starts one.
     *
     * @param front what it gets as its descriptor 3; null for nothing
     */
    public static Daemon start(
            @Nullable Listener<StreamSocket> front, String program, String... words)
            throws IOException {
        var command = ChildCommand.of(require(program), words);
        return new Daemon(
                (front == null ? command : command.with(3, ChildStream.of(front))).start());
    }

    /** What a program prints that ends well. */
    public static String run(String program, String... words) throws Exception {
        String[] command =
                Stream.concat(Stream.of(require(program)), Arrays.stream(words))
                        .toArray(String[]::new);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), printed);
        return printed;
    }

    private static String require(String program) {
        return Stream.of((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":", -1))
                .map(each -> Path.of(each).resolve(program))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst()
                .orElseGet(() -> missing(program + " is not installed"));
    }

    private static String missing(String what) {
        if ("true".equals(System.getenv("CI"))) {
            return fail(what);
        }
        System.err.println("*** skipped: " + what);
        return abort(what);
    }

    /** Whether it has not ended. */
    public boolean isAlive() throws IOException {
        return process.isAlive();
    }

    /** Waits until it listens at an endpoint. */
    public void listensAt(Endpoint endpoint) throws IOException {
        assertTrue(isAlive());
        Task.until("it listens at " + endpoint, () -> answers(endpoint));
    }

    /** Kills it. */
    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            process.signal(ProcessSignal.SIGKILL);
        }
        process.await(Deadline.NONE);
        process.close();
    }
}
