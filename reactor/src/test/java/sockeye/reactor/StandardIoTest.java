// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.ChildCommand;
import sockeye.ChildStream;
import sockeye.Endpoint;
import sockeye.StreamSocket;
import sockeye.testkit.NoLeaks;
import sockeye.wire.Framer;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Standard input and output as a connection: of another JVM, with all that they can be. */
@ExtendWith(NoLeaks.class)
@Tag("D2-13")
@Tag("D3-06")
@Tag("D3-14")
@Timeout(120)
@SuppressWarnings("try") // to close is what is shown
class StandardIoTest {
    private static final String PYTHON = "/usr/bin/python3";

    /** The other process: it says what it hears in capitals, and at the end that it is one. */
    static final class Filter implements Protocol {
        private final String mode;

        private Filter(String mode) {
            this.mode = mode;
        }

        public static void main(String[] arguments) throws IOException {
            var kind = DriverKind.valueOf(arguments[0]);
            try (Reactor reactor = Reactor.open(ReactorSettings.DEFAULT.withDriver(kind))) {
                reactor.standardIo(new Filter(arguments[1]));
                reactor.run();
            }
        }

        @Override
        public void opened(Transport transport) {
            if (mode.equals("half")) {
                transport.write("first\n");
                transport.shutdownOutput();
            }
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            String said = UTF_8.decode(bytes).toString().toUpperCase(Locale.ROOT);
            switch (mode) {
                case "half" -> {
                    System.out.println("to whatever has the number now");
                    System.err.print("heard " + said);
                }
                case "once" -> transport.close();
                default -> transport.write(said);
            }
        }

        @Override
        public void ended(Transport transport) {
            transport.write("END\n");
            transport.close();
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            System.err.println("closed: " + why);
            if (!mode.equals("once")) {
                transport.reactor().stop();
            }
        }
    }

    private static String place(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private static List<String> filter(DriverKind driver, String mode) throws URISyntaxException {
        String path =
                String.join(
                        ":",
                        place(Reactor.class),
                        place(Endpoint.class),
                        place(Framer.class),
                        place(Filter.class));
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                path,
                Filter.class.getName(),
                driver.name(),
                mode);
    }

    /** What a line of a shell says in which {@code "$@"} is the filter. */
    private static String said(DriverKind driver, String line, Path directory) throws Exception {
        var command = new ArrayList<>(List.of("sh", "-c", line, "sh"));
        command.addAll(filter(driver, "capitals"));
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectError(directory.resolve("errors").toFile())
                        .start();
        try {
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            process.waitFor(); // for all of a pipeline, and what the filter says last
            return said;
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    private static String errors(Path directory) throws IOException {
        return Files.readString(directory.resolve("errors"));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void aPipeEndsAndTheLastWordIsHeard(DriverKind driver, @TempDir Path directory)
            throws Exception {
        String said = said(driver, "printf 'one\\ntwo\\n' | \"$@\" | cat", directory);
        assertEquals("ONE\nTWO\nEND\n", said);
        assertEquals("closed: null\n", errors(directory));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void aFileIsReadToItsEndAndWritten(DriverKind driver, @TempDir Path directory)
            throws Exception {
        String text = "a line of many\n".repeat(20_000);
        Files.writeString(directory.resolve("in"), text);
        assertEquals("", said(driver, "\"$@\" < in > out", directory));
        assertEquals(
                text.toUpperCase(Locale.ROOT) + "END\n",
                Files.readString(directory.resolve("out")));
        assertEquals("closed: null\n", errors(directory));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void nothingIsTheEndAtOnce(DriverKind driver, @TempDir Path directory) throws Exception {
        assertEquals("END\n", said(driver, "\"$@\" < /dev/null", directory));
        assertEquals("", said(driver, "printf 'x' | \"$@\" > /dev/null", directory));
        assertEquals("closed: null\n", errors(directory));
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void whoHasHeardEnoughEndsIt(DriverKind driver, @TempDir Path directory) throws Exception {
        assertEquals("Y\n", said(driver, "yes | \"$@\" | head -n 1", directory));
        String errors = errors(directory);
        assertTrue(errors.contains("write fd ") && errors.contains("EPIPE (32)"), errors);
    }

    private static final String TERMINAL =
            """
            import fcntl, os, subprocess, sys
            master, slave = os.openpty()
            def blocks(): return not fcntl.fcntl(slave, fcntl.F_GETFL) & os.O_NONBLOCK
            def until(word):
                heard = b''
                while word not in heard: heard += os.read(master, 1000)
            child = subprocess.Popen(sys.argv[1:], stdin=slave, stdout=slave)
            os.write(master, b'hello\\n')
            until(b'HELLO')
            during = blocks()
            os.write(master, bytes([4]))
            until(b'END')
            print(child.wait(), during, blocks())
            """;

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void aTerminalIsLeftAsItIs(DriverKind driver) throws Exception {
        var command = new ArrayList<>(List.of(PYTHON, "-c", TERMINAL));
        command.addAll(filter(driver, "capitals"));
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertEquals("0 True True\n", said);
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void theEndOfTheOutputIsSeenWhileTheProcessRuns(DriverKind driver) throws Exception {
        Process process = new ProcessBuilder(filter(driver, "half")).start();
        try (OutputStream input = process.getOutputStream()) {
            assertEquals("first\n", new String(process.getInputStream().readAllBytes(), UTF_8));
            input.write("and now?\n".getBytes(UTF_8));
            input.close();
            String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
            assertEquals("heard AND NOW?\nclosed: null\n", errors);
            assertEquals(0, process.waitFor());
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void whoWritesToAnInputThatWasClosedIsToldWhileTheProcessRuns(DriverKind driver)
            throws Exception {
        Process process = new ProcessBuilder(filter(driver, "once")).start();
        OutputStream input = process.getOutputStream();
        try {
            byte[] much = new byte[1 << 20];
            IOException broken =
                    assertThrows(
                            IOException.class,
                            () -> {
                                while (true) {
                                    input.write(much);
                                    input.flush();
                                }
                            });
            assertTrue(broken.getMessage().contains("Broken pipe"), broken.getMessage());
            assertTrue(process.isAlive());
        } finally {
            process.destroyForcibly().onExit().join();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void aSocketIsServedAsInetdHasIt(DriverKind driver) throws Exception {
        List<String> words = filter(driver, "capitals");
        ChildCommand command =
                ChildCommand.of(
                        words.getFirst(), words.subList(1, words.size()).toArray(String[]::new));
        try (StreamSocket.Pair pair = StreamSocket.pair();
                var child =
                        command.with(0, ChildStream.of(pair.right()))
                                .with(1, ChildStream.of(pair.right()))
                                .with(2, ChildStream.discarded())
                                .start()) {
            pair.right().close();
            pair.left().write("hello\n");
            assertEquals("HELLO", pair.left().reader().readLine());
            pair.left().shutdownOutput();
            assertEquals("END", pair.left().reader().readLine());
            assertTrue(pair.left().reader().isAtEnd());
            assertTrue(child.await().isSuccess());
        }
    }
}
