// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** {@code run}: services that plug-ins make, from a file or one alone. */
@Timeout(120)
@Tag("D6-02")
class RunTest {
    private static final String PLUGIN =
            """
            package plug;
            import sockeye.reactor.*;
            import java.util.List;
            public final class Hello implements ServicePlugin {
                static final ServiceOption<String> WORD =
                        ServiceOption.text("word", "what it says");
                public String name() { return "hello"; }
                public String help() { return "says a word"; }
                public List<ServiceOption<?>> options() { return List.of(WORD); }
                public Service make(ServiceOptions options) {
                    String word = options.get(WORD);
                    return Service.of("hello",
                            context -> { System.out.println("<" + word + ">"); return null; },
                            grace -> null);
                }
            }
            """;

    @TempDir private Path directory;

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("shop.conf"), text);
    }

    /** Where a line of {@link Run} says that a service is. */
    private static String at(String line) {
        return line.substring(line.lastIndexOf(' ') + 1);
    }

    private static String ask(EndpointSpec at, String question) throws IOException {
        try (var client = StreamSocket.connect(at)) {
            client.write(question + "\n");
            return String.valueOf(client.reader().readLine());
        }
    }

    @Test
    @Tag("D6-04")
    void theServicesOfAFileStartInOrderAndStopInReverseAtASignal() throws Exception {
        Path socket = directory.resolve("s");
        Path file =
                file(
                        """
                        # a shop
                        web: serve service=echo
                             at=tcp:127.0.0.1:0   # a free port
                        serve at="unix:%s?mode=0600"
                        """
                                .formatted(socket));
        try (var program = Spawned.start("run", file.toString())) {
            String web = at(program.line("web/echo runs at "));
            program.line("timestamp runs at " + socket);
            program.line("all services run");
            assertEquals("tea", ask(EndpointSpec.parse("tcp:" + web), "tea"));
            assertTrue(ask(EndpointSpec.parse("unix:" + socket), "tea").endsWith("] tea"));
            program.signal("TERM");
            assertEquals("stopping\nstopped timestamp\nstopped web/echo\nexit 0", program.rest());
            assertTrue(Files.notExists(socket));
        }
    }

    @Test
    void onePlugInIsRunByItsNameAndItsOptions() throws Exception {
        try (var program =
                Spawned.start("run", "--driver=epoll", "serve", "service=who", "at=tcp:[::1]:0")) {
            String at = at(program.line("who runs at "));
            assertTrue(ask(EndpointSpec.parse("tcp:" + at), "").contains("::1"), at);
            program.signal("INT");
            assertTrue(program.rest().endsWith("stopped who\nexit 0"));
        }
    }

    @Test
    void aServiceThatCannotStartEndsItAndIsNamed() throws Exception {
        try (var taken = Listener.stream(InetEndpoint.loopback(0))) {
            Path file =
                    file(
                            "a: serve at=tcp:127.0.0.1:0\nb: serve service=echo at=tcp:%s\n"
                                    .formatted(taken.local()));
            try (var program = Spawned.start(List.of(), Map.of(), "run", file.toString())) {
                String rest = program.rest();
                assertTrue(rest.contains("a/timestamp runs at 127.0.0.1:"), rest);
                assertTrue(rest.contains("\nsockeye: b/echo: bind tcp:" + taken.local()), rest);
                assertTrue(rest.endsWith("\nexit 1"), rest);
            }
        }
    }

    private String compiledPlugin() throws Exception {
        Path out = Files.createDirectories(directory.resolve("out"));
        Path source = Files.writeString(directory.resolve("Hello.java"), PLUGIN);
        String modules =
                Stream.of(sockeye.reactor.Service.class, EndpointSpec.class, EchoService.class)
                        .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                        .map(each -> Path.of(each.getPath()).toString())
                        .collect(Collectors.joining(":"));
        Process compiler =
                new ProcessBuilder(
                                System.getProperty("java.home") + "/bin/javac",
                                "-nowarn",
                                "-proc:none",
                                "-cp",
                                modules,
                                "-d",
                                out.toString(),
                                source.toString())
                        .redirectErrorStream(true)
                        .start();
        String said = new String(compiler.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, compiler.waitFor(), said);
        Path services = Files.createDirectories(out.resolve("META-INF/services"));
        Files.write(
                services.resolve("sockeye.reactor.ServicePlugin"),
                List.of("plug.Missing", "plug.Hello"));
        return out.toString();
    }

    @Test
    void plugInsOfTheClassPathAreFoundAndWhatCannotBeLoadedIsSaid() throws Exception {
        var environment = Map.of("JDK_JAVA_OPTIONS", "-cp " + compiledPlugin());
        Path file = file("one: hello word=\"good \\\"day\\\"\"\nhello word=bye\n");
        try (var program = Spawned.start(List.of(), environment, "run", file.toString())) {
            assertTrue(program.line("a plug-in that cannot be loaded").contains("plug.Missing"));
            program.line("<good \"day\">");
            program.line("<bye>");
            program.line("all services run");
            program.signal("TERM");
            String rest = program.rest();
            assertTrue(rest.endsWith("stopped hello\nstopped one/hello\nexit 0"), rest);
        }
    }

    @Test
    void plugInsAreListedWithTheirOptions() {
        var result = Result.of("run", "--list");
        assertEquals(0, result.code(), result.err());
        assertTrue(result.out().startsWith("serve      serves strangers: timestamp, echo, "));
        assertTrue(result.out().contains("\n  at=...             where: "), result.out());
        assertTrue(result.out().contains("\n  service=timestamp  which service"), result.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve | shop.conf:1: option at: must be given",
                "#|no service in it",
                "' serve'|shop.conf:1: begins with a blank, after nothing",
                "serv at=tcp:7|shop.conf:1: no plug-in serv; there are serve",
                "web: | shop.conf:1: no plug-in after web:",
                "serve tcp:7|shop.conf:1: no KEY=VALUE: tcp:7",
                "serve at=tcp:7 at=tcp:8|shop.conf:1: at twice",
                "serve at=tpc:7|shop.conf:1: option at: 'tpc:7'",
                "serve at=tcp:7?nonsense=1|shop.conf:1: option at: ",
                "serve at=tcp:7 service=ecko|option service: 'ecko': one of timestamp, echo",
                "'serve at=\"tcp:7'|shop.conf:1: a quotation mark is not closed",
                "web: serve at=tcp:7\\nweb: serve at=tcp:8|shop.conf:2: web is there already"
            })
    void whatIsWrongInAFileIsSaidWithItsLine(String text, String why) throws Exception {
        Path file = file(text.replace("\\n", "\n"));
        var result = Result.of("run", file.toString());
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(why), result.err());
        assertEquals("", result.out());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | /none/shop.conf | no such file: /none/shop.conf",
                "2 | ecko | no plug-in ecko; there are serve",
                "2 | serve | option at: must be given"
            })
    void whatCannotBeRunIsSaid(int code, String what, String why) {
        var result = Result.of("run", what);
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(why), result.err());
    }

    @Test
    void oneFileIsRunAtATime() {
        var result = Result.of("run", "a.conf", "b.conf");
        assertEquals(2, result.code());
        assertTrue(result.err().contains("run: one argument too many: b.conf"), result.err());
    }
}
