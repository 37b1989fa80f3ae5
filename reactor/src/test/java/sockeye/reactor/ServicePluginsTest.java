// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;

/** Plug-ins on the class path and on the module path, good ones and others. */
@Timeout(120)
@Tag("D6-02")
class ServicePluginsTest {
    private static final String ECHO =
            """
            package plug;
            import sockeye.reactor.*;
            import java.util.List;
            public final class Echo implements ServicePlugin {
                static final ServiceOption<Long> TIMES =
                        ServiceOption.number("times", "how often", 1, 9).withDefault("2");
                static final ServiceOption<String> WORD =
                        ServiceOption.text("word", "what it says");
                public String name() { return "echo"; }
                public String help() { return "says what it is told"; }
                public List<ServiceOption<?>> options() { return List.of(TIMES, WORD); }
                public Service make(ServiceOptions options) {
                    if (options.get(WORD).isEmpty()) throw new IllegalStateException("no word");
                    return Service.of(
                            options.get(WORD).repeat(options.get(TIMES).intValue()),
                            context -> null, grace -> null);
                }
            }
            """;

    private static final String BROKEN =
            """
            package plug;
            import sockeye.reactor.*;
            public final class Broken implements ServicePlugin {
                public Broken() { throw new IllegalStateException("out of order"); }
                public String name() { return "broken"; }
                public String help() { return ""; }
                public Service make(ServiceOptions options) { return null; }
            }
            """;

    private static final String TWIN =
            """
            package plug;
            import sockeye.reactor.*;
            public final class Twin implements ServicePlugin {
                public String name() { return "echo"; }
                public String help() { return ""; }
                public Service make(ServiceOptions options) { return null; }
            }
            """;

    private static final String MAIN =
            """
            package plug;
            import sockeye.reactor.*;
            import java.util.Map;
            public final class Main {
                public static void main(String[] words) throws Exception {
                    ServicePlugins plugins = ServicePlugins.load();
                    System.out.println(plugins.all().size() + " " + plugins.problems().size());
                    System.out.println(plugins.make("echo", Map.of("word", "ha")).name());
                }
            }
            """;

    @TempDir private Path directory;

    /** Where the classes of a module, or what is on the class path instead of it, are. */
    private static String home(Class<?> type) {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .toString();
    }

    private static String modules() {
        return String.join(
                ":",
                home(Service.class),
                home(sockeye.Endpoint.class),
                home(sockeye.wire.EchoService.class));
    }

    private Path compiled(Map<String, String> sources, String... more) throws Exception {
        Path out = Files.createDirectories(directory.resolve("out"));
        var words = new ArrayList<String>(List.of(System.getProperty("java.home") + "/bin/javac"));
        words.addAll(List.of("-nowarn", "-proc:none", "-d", out.toString()));
        words.addAll(List.of(more));
        for (var each : sources.entrySet()) {
            Path file = directory.resolve(each.getKey() + ".java");
            words.add(Files.writeString(file, each.getValue()).toString());
        }
        Process compiler = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(compiler.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, compiler.waitFor(), said);
        return out;
    }

    /** What a loader finds whose services file has these lines. */
    private ServicePlugins found(String... lines) throws Exception {
        Path out = compiled(Map.of("Echo", ECHO, "Broken", BROKEN, "Twin", TWIN), "-cp", modules());
        Path services = Files.createDirectories(out.resolve("META-INF/services"));
        Files.write(services.resolve(ServicePlugin.class.getName()), List.of(lines));
        var urls = new URL[] {out.toUri().toURL()};
        try (var loader = new URLClassLoader(urls, Service.class.getClassLoader())) {
            return ServicePlugins.load(loader);
        }
    }

    @Test
    void aPluginOnTheClassPathIsFoundAndMakesAService() throws Exception {
        ServicePlugins plugins = found("plug.Echo");
        assertEquals(List.of(), plugins.problems());
        ServicePlugins.Found echo = plugins.find("echo");
        assertEquals("says what it is told", echo.help());
        assertEquals("[times=2, word]", echo.options().toString());
        assertEquals("hoho", plugins.make("echo", Map.of("word", "ho")).name());
        assertEquals("ho", plugins.make("echo", Map.of("word", "ho", "times", "1")).name());
    }

    @Test
    void whatCannotBeLoadedIsToldAndHidesNothing() throws Exception {
        ServicePlugins plugins = found("plug.Broken", "plug.Missing", "plug.Echo", "plug.Twin");
        assertEquals(1, plugins.all().size());
        String problems = plugins.problems().toString();
        assertEquals(3, plugins.problems().size(), problems);
        assertTrue(problems.contains("plug.Broken"), problems);
        assertTrue(problems.contains("plug.Missing"), problems);
        assertTrue(problems.contains("plug.Twin: the name echo is taken by plug.Echo"), problems);
        assertEquals("hoho", plugins.make("echo", Map.of("word", "ho")).name());
        var unknown = assertThrows(NoSuchElementException.class, () -> plugins.find("broken"));
        String message = String.valueOf(unknown.getMessage());
        assertTrue(message.startsWith("no plug-in broken; there are echo; not"), message);
        assertTrue(message.contains("plug.Broken"), message);
    }

    @Test
    void anErrorNamesTheOption() throws Exception {
        ServicePlugins plugins = found("plug.Echo");
        var wrong =
                assertThrows(
                        ServiceOptionException.class,
                        () -> plugins.make("echo", Map.of("times", "ten", "wrod", "a")));
        assertEquals(
                List.of(
                        "option times: 'ten': a number from 1 to 9",
                        "option word: must be given: what it says",
                        "option wrod: is no option; there are times, word"),
                wrong.problems().stream().map(Object::toString).toList());
    }

    @Test
    void whatAPluginThrowsIsToldWithItsName() throws Exception {
        ServicePlugins plugins = found("plug.Echo");
        var failure =
                assertThrows(ServiceFailure.class, () -> plugins.make("echo", Map.of("word", "")));
        assertEquals("echo", failure.path());
        assertInstanceOf(IllegalStateException.class, failure.getCause());
    }

    @Test
    void thereMayBeNone() throws Exception {
        ServicePlugins plugins = found();
        var unknown = assertThrows(NoSuchElementException.class, () -> plugins.find("x"));
        assertEquals("no plug-in x; there is none", unknown.getMessage());
    }

    @Test
    void aPluginOnTheModulePathIsFound() throws Exception {
        String module =
                """
                module plug {
                    requires sockeye.reactor;
                    provides sockeye.reactor.ServicePlugin with plug.Echo, plug.Broken;
                }
                """;
        Path out =
                compiled(
                        Map.of("module-info", module, "Echo", ECHO, "Broken", BROKEN, "Main", MAIN),
                        "--module-path",
                        modules());
        Process process =
                new ProcessBuilder(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:TieredStopAtLevel=1",
                                "--module-path",
                                out + ":" + modules(),
                                "-m",
                                "plug/plug.Main")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals("1 1\nhaha\n", said);
    }
}
