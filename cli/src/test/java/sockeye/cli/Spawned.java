// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.bouncycastle.asn1.cmp.PKIStatus;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.jline.reader.LineReader;
import org.jline.terminal.Terminal;

import picocli.CommandLine;

import sockeye.Endpoint;
import sockeye.reactor.Reactor;
import sockeye.server.Server;
import sockeye.wire.StreamService;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The command as a process of its own, on the module path as its users have it. */
final class Spawned implements AutoCloseable {
    private final Process process;
    private final BufferedReader lines;

    private Spawned(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    static Spawned start(String... args) throws IOException {
        return new Spawned(
                new ProcessBuilder(command(args))
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start());
    }

    /**
     * The same by another program, which becomes the command in the end; standard error comes among
     * the lines.
     *
     * @param by the program with its arguments
     * @param environment what is added to ours
     */
    static Spawned start(List<String> by, Map<String, String> environment, String... args)
            throws IOException {
        var all = new ArrayList<>(by);
        all.addAll(command(args));
        var builder = new ProcessBuilder(all).redirectErrorStream(true);
        builder.environment().putAll(environment);
        return new Spawned(builder.start());
    }

    /** Program and arguments that are the command. */
    static List<String> command(String... args) {
        var command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "--enable-native-access=sockeye,org.jline.terminal.ffm",
                                "--module-path",
                                modulePath(),
                                "--module",
                                "sockeye.cli/sockeye.cli.Main"));
        command.addAll(List.of(args));
        return command;
    }

    private static String modulePath() {
        try {
            var ffm = Class.forName("org.jline.terminal.impl.ffm.FfmTerminalProvider");
            var nativ = Class.forName("org.jline.nativ.OSInfo");
            return Stream.of(
                            Main.class,
                            Server.class,
                            Reactor.class,
                            StreamService.class,
                            Endpoint.class,
                            CommandLine.class,
                            LineReader.class,
                            Terminal.class,
                            nativ,
                            ffm,
                            PEMParser.class,
                            BouncyCastleProvider.class,
                            PKIStatus.class)
                    .map(Spawned::location)
                    .collect(Collectors.joining(":"));
        } catch (ClassNotFoundException missing) {
            throw new IllegalStateException(missing);
        }
    }

    private static String location(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI())
                    .toString();
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    long pid() {
        return process.pid();
    }

    /** The next line that has this in it. */
    String line(String part) throws IOException {
        for (String line; (line = lines.readLine()) != null; ) {
            if (line.contains(part)) {
                return line;
            }
        }
        throw new IOException("the command has ended without a line with " + part);
    }

    /** The rest of what it prints, and its exit code behind it. */
    String rest() throws Exception {
        String rest = lines.lines().collect(Collectors.joining("\n"));
        return rest + "\nexit " + process.waitFor();
    }

    void signal(String name) throws Exception {
        new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
    }

    /** Writes to its standard input. */
    void write(String text) throws IOException {
        process.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
