// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import sockeye.tidy.Tree.Source;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * Every example, and every whole program that a page shows, compiles as our users will compile it.
 */
class ExamplesTest {
    private static final Pattern PROGRAM = Pattern.compile("(?ms)^```java\\n(.*?)^```");

    @TempDir private static Path out;

    private static Tree tree;

    @BeforeAll
    static void compileTheModules() throws IOException {
        tree = Tree.here();
        compileTheModules(tree, out);
    }

    /** Puts the modules that an example may import below a directory that is a module path. */
    static void compileTheModules(Tree tree, Path out) throws IOException {
        var options = new ArrayList<String>(List.of("-nowarn", "-proc:none", "-implicit:class"));
        var modules = new ArrayList<String>();
        for (var directory : List.of("core", "wire", "netlink", "server", "reactor")) {
            var sources = tree.root().resolve(directory).resolve("src/main/java");
            var module = Model.name(sources.resolve("module-info.java"));
            modules.add(module);
            options.addAll(List.of("--module-source-path", module + "=" + sources));
        }
        options.addAll(List.of("--module-path", Model.libraries(), "-d", out.toString()));
        options.addAll(List.of("--module", String.join(",", modules)));
        assertEquals(List.of(), compile(options, null));
    }

    @Test
    void everyExampleCompiles() {
        var findings =
                tree.java().stream()
                        .filter(source -> source.path().startsWith("examples/"))
                        .flatMap(example -> problems(example).stream())
                        .collect(Collectors.joining("\n"));
        assertEquals("", findings);
    }

    @Test
    void everyProgramOfThePagesCompiles() {
        var findings =
                tree.files(".md").stream()
                        .flatMap(ExamplesTest::programs)
                        .flatMap(program -> problems(program).stream())
                        .collect(Collectors.joining("\n"));
        assertEquals("", findings);
    }

    /** The course shows no fragments: what compiles there is all that there is. */
    @Test
    void everyBlockOfTheCourseIsAProgram() {
        var pages =
                tree.files(".md").stream()
                        .filter(page -> page.path().startsWith("docs/course/"))
                        .toList();
        assertTrue(pages.size() > 10);
        for (var page : pages) {
            var blocks = PROGRAM.matcher(page.text()).results().count();
            assertEquals(blocks, programs(page).count(), page.path());
        }
    }

    @Test
    void aProgramThatDoesNotCompileIsFound() {
        var page =
                """
                ```java
                import module sockeye;
                void main() { IO.println(InetEndpoint.any(7)); }
                ```
                ```java
                import module sockeye.server;
                void main() { IO.println(NoSuchEndpoint.any(7)); }
                ```
                ```java
                a.fragment();
                ```
                """;
        var programs = programs(new Source("docs/page.md", page)).toList();
        assertEquals(2, programs.size());
        assertEquals(List.of(), problems(programs.getFirst()));
        var problems = problems(programs.getLast());
        assertEquals(1, problems.size());
        assertTrue(problems.getFirst().startsWith("docs/page.md:7: "), problems.getFirst());
    }

    /** The programs of a page, each at the lines that it has there; fragments are left out. */
    private static Stream<Source> programs(Source page) {
        var matcher = PROGRAM.matcher(page.text());
        return matcher.results()
                .filter(found -> found.group(1).contains("void main("))
                .map(found -> {
                    var before = page.text().substring(0, found.start(1));
                    var lines = before.replaceAll("[^\n]", "");
                    return new Source(page.path(), lines + found.group(1));
                });
    }

    private static List<String> problems(Source program) {
        var options =
                List.of(
                        "-proc:none",
                        "-implicit:none",
                        "--module-path",
                        out.toString(),
                        "--add-modules",
                        "sockeye.server,sockeye.netlink,sockeye.reactor",
                        "-d",
                        out.resolve("programs").toString());
        try {
            Files.createDirectories(out.resolve("programs"));
            return compile(options, program);
        } catch (IOException e) {
            return List.of(program.path() + ": " + e);
        }
    }

    private static List<String> compile(List<String> options, Source source) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        try (var manager = compiler.getStandardFileManager(diagnostics, null, null)) {
            var units = source == null ? null : List.of(new Text(source));
            compiler.getTask(null, manager, diagnostics, options, null, units).call();
        }
        return diagnostics.getDiagnostics().stream()
                .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                .map(d ->
                        "%s:%d: %s"
                                .formatted(
                                        source == null ? d.getSource() : source.path(),
                                        d.getLineNumber(),
                                        d.getMessage(Locale.ENGLISH)))
                .toList();
    }

    /** A program held in memory. A page's program has no file name that a class could have. */
    private static final class Text extends SimpleJavaFileObject {
        private final String text;

        Text(Source source) {
            super(URI.create("string:///" + name(source.path())), Kind.SOURCE);
            this.text = source.text();
        }

        private static String name(String path) {
            return path.endsWith(".java") ? Path.of(path).getFileName().toString() : "Program.java";
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
