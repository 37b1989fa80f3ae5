// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

import sockeye.tidy.Tree.Source;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The house rules, each held against the tree and against a text that breaks it. */
class TidyTest {
    private final Tree tree = Tree.here();

    @Test
    void everySourceNamesItsLicence() {
        holds(Rules::licence, sources());
        fails(Rules::licence, "A.java", "package a;\n");
        fails(Rules::licence, "a.sh", "#!/bin/sh\necho\n");
    }

    @Test
    void noJavaLineIsWiderThanTheColumns() {
        holds(Rules::columns, tree.java());
        fails(Rules::columns, "A.java", "//" + "x".repeat(Rules.COLUMNS - 1) + "\n");
        passes(Rules::columns, "A.java", "//" + "x".repeat(Rules.COLUMNS - 2) + "\n");
        passes(Rules::columns, "A.java", "// https://example.org/" + "x".repeat(100) + "\n");
    }

    @Test
    void noFileGrowsBeyondItsRatchet() {
        holds(Rules::length, tree.java());
        fails(Rules::length, "A.java", "//\n".repeat(Rules.LINES + 1));
        passes(Rules::length, "A.java", "//\n".repeat(Rules.LINES));
    }

    @Test
    void everyTextIsPlain() {
        var texts = new ArrayList<>(sources());
        texts.addAll(tree.files(".md"));
        holds(Rules::plainText, texts);
        fails(Rules::plainText, "A.java", "a\r\n");
        fails(Rules::plainText, "A.java", "a");
        fails(Rules::plainText, "A.java", "\ta\n");
        fails(Rules::plainText, "A.java", "a \n");
    }

    @Test
    void theForeignLinkerIsUsedInItsOneFileOnly() {
        holds(Rules::linker, tree.java());
        fails(Rules::linker, "core/src/main/java/sockeye/A.java", "Linker.nativeLinker();\n");
        passes(Rules::linker, Rules.LINKER_FILE, "Linker.nativeLinker();\n");
        passes(Rules::linker, "lab/bench/peers/java/A.java", "Linker.nativeLinker();\n");
        passes(Rules::linker, "A.java", "// Linker\n/* Linker */ var a = \"Linker\";\n");
    }

    @Test
    void wireDoesNoIo() {
        holds(Rules::wireWithoutIo, tree.java());
        var file = "wire/src/main/java/sockeye/wire/A.java";
        fails(Rules::wireWithoutIo, file, "import java.net.InetSocketAddress;\n");
        fails(Rules::wireWithoutIo, file, "var s = new Socket();\n");
        fails(Rules::wireWithoutIo, file, "import java.nio.channels.ByteChannel;\n");
        fails(Rules::wireWithoutIo, file, "long t = System.nanoTime();\n");
        fails(Rules::wireWithoutIo, file, "var t = Instant.now();\n");
        fails(Rules::wireWithoutIo, file, "Thread.startVirtualThread(r);\n");
        fails(Rules::wireWithoutIo, file, "StreamSocket s;\n");
        passes(Rules::wireWithoutIo, file, "Endpoint e; ByteBuffer b; // no Thread here\n");
        passes(Rules::wireWithoutIo, "server/src/main/java/A.java", "Thread t;\n");
    }

    @Test
    void noSwitchOverEndpointsIsOutsideTheirFiles() {
        holds(Rules::familiesApart, tree.java());
        var file = "core/src/main/java/sockeye/A.java";
        fails(Rules::familiesApart, file, "case InetEndpoint inet -> 1;\n");
        fails(Rules::familiesApart, file, "case InetEndpoint(var a, var b) -> 1;\n");
        fails(Rules::familiesApart, file, "if (e instanceof UnixEndpoint) {\n");
        fails(Rules::familiesApart, file, "if (!(e instanceof UnixEndpoint unix)) {\n");
        fails(Rules::familiesApart, file, "f(((RawEndpoint) e).bytes());\n");
        passes(Rules::familiesApart, file, "InetEndpoint.of(a, 1); // case RawEndpoint raw\n");
        passes(Rules::familiesApart, file, "void f(InetEndpoint local, Endpoint peer) {\n");
        passes(Rules::familiesApart, file, "record A(UnixEndpoint endpoint) {}\n");
        var own = "core/src/main/java/sockeye/UnixPaths.java";
        passes(Rules::familiesApart, own, "if (e instanceof UnixEndpoint unix) {\n");
        fails(Rules::familiesApart, own, "if (e instanceof InetEndpoint inet) {\n");
    }

    @Test
    void noNameSaysNothing() {
        holds(Rules::names, tree.java());
        fails(Rules::names, "core/src/main/java/A.java", "final class SocketImpl {\n");
        fails(Rules::names, "core/src/main/java/A.java", "interface Constants {\n");
        passes(Rules::names, "core/src/main/java/A.java", "class Implied { // class AImpl\n");
    }

    @Test
    void noImportIsAWildcard() {
        holds(Rules::imports, tree.java());
        fails(Rules::imports, "A.java", "import java.util.*;\n");
        fails(Rules::imports, "A.java", "import static java.util.List.*;\n");
        passes(Rules::imports, "A.java", "import module java.base;\n");
    }

    @Test
    void noTestSleeps() {
        holds(Rules::sleep, tree.java());
        fails(Rules::sleep, "core/src/test/java/A.java", "Thread.sleep(10);\n");
        fails(Rules::sleep, "testkit/src/main/java/A.java", "TimeUnit.SECONDS.sleep(1);\n");
        passes(Rules::sleep, "server/src/main/java/A.java", "Thread.sleep(10);\n");
    }

    @Test
    void everyLinkOfThePagesLeadsSomewhere() {
        holds(page -> Docs.links(tree, page), tree.files(".md"));
        fails(page -> Docs.links(tree, page), "docs/A.md", "[a](nowhere.md)\n");
        fails(page -> Docs.links(tree, page), "A.md", "[a](README.md#no-such-heading)\n");
        passes(page -> Docs.links(tree, page), "A.md", "[a](README.md#sockeye), `[b](c)`\n");
    }

    @Test
    void everyQualifiedExportIsListed() {
        var page = tree.read("ARCHITECTURE.md");
        var modules =
                tree.java().stream().filter(s -> s.path().endsWith("/module-info.java")).toList();
        holds(module -> Docs.qualifiedExports(module, page), modules);
        fails(
                module -> Docs.qualifiedExports(module, page),
                "module-info.java",
                "module a { exports a.b to c,\n d; }\n");
    }

    @Test
    void everyExampleIsNamedByAPage() {
        var examples = tree.java().stream().filter(s -> s.path().startsWith("examples/")).toList();
        assertEquals(List.of(), Docs.examplesNamed(examples, tree.files(".md")));
        var dead = List.of(new Source("examples/Dead.java", ""));
        assertEquals(1, Docs.examplesNamed(dead, List.of(new Source("a.md", "Live.java"))).size());
    }

    @Test
    void theLibrariesNeedNothingAtRunTime() {
        var poms = Poms.WITHOUT_DEPENDENCIES.stream().map(m -> tree.read(m + "/pom.xml")).toList();
        holds(Poms::dependencies, poms);
        holds(Poms::dependencies, List.of(tree.read("pom.xml")));
        fails(
                Poms::dependencies,
                "pom.xml",
                "<dependency><groupId>a</groupId><artifactId>b</artifactId></dependency>");
    }

    @Test
    void commentsAndLiteralsAreNotCode() {
        assertEquals("a     \nb;", Code.of("a // b\nb;"));
        assertEquals("a     \n    b", Code.of("a /* c\n */ b"));
        assertEquals("f(      )", Code.of("f(\"a\\\"b\")"));
        assertEquals("f(   , g)", Code.of("f('\"', g)"));
        assertEquals("   \n    ;", Code.of("\"\"\"\na\"\"\";"));
    }

    private List<Source> sources() {
        var all = new ArrayList<Source>();
        for (var ending : List.of(".java", "pom.xml", ".sh", ".py", ".c", ".h", ".S")) {
            all.addAll(tree.files(ending));
        }
        for (var script : List.of("sockeye", ".ci/run", "lab/format")) {
            all.add(tree.read(script));
        }
        return all;
    }

    private static void holds(Function<Source, List<String>> rule, List<Source> sources) {
        assertFalse(sources.isEmpty(), "the rule was held against nothing");
        assertEquals("", String.join("\n", Tree.findings(sources, rule)));
    }

    private static void fails(Function<Source, List<String>> rule, String path, String text) {
        assertFalse(rule.apply(new Source(path, text)).isEmpty(), "not found: " + text);
    }

    private static void passes(Function<Source, List<String>> rule, String path, String text) {
        assertEquals(List.of(), rule.apply(new Source(path, text)));
    }
}
