// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.fail;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.JavaFormatterOptions.Style;
import com.google.googlejavaformat.java.RemoveUnusedImports;

import org.junit.jupiter.api.Test;

import sockeye.tidy.Tree.Source;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;

/** Every Java file reads as google-java-format (AOSP style) writes it. */
class FormatTest {
    private static final boolean APPLY = Boolean.getBoolean("format.apply");

    private final Formatter formatter =
            new Formatter(JavaFormatterOptions.builder().style(Style.AOSP).build());

    @Test
    void everyFileIsFormatted() throws Exception {
        var tree = Tree.here();
        var memory = new Memory(tree.root().resolve("tidy/target/well-formatted"));
        var findings = new ArrayList<String>();
        for (var source : tree.java()) {
            if (memory.knows(source)) {
                continue;
            }
            String wanted;
            try {
                wanted = format(source.text());
            } catch (FormatterException e) {
                findings.add(source.path() + ": cannot be parsed: " + e.getMessage());
                continue;
            }
            if (!wanted.equals(source.text())) {
                if (APPLY) {
                    Files.writeString(tree.root().resolve(source.path()), wanted);
                } else {
                    findings.add(source.path() + ":" + firstDifference(source.text(), wanted));
                    continue;
                }
            }
            memory.add(new Source(source.path(), wanted));
        }
        memory.save();
        if (!findings.isEmpty()) {
            fail("not formatted; run lab/format:\n" + String.join("\n", findings));
        }
    }

    @Test
    void aBadlyFormattedFileIsFound() throws Exception {
        var bad = "package a;\nimport java.util.List;\nclass A { int  b; }\n";
        var good = "package a;\n\nclass A {\n    int b;\n}\n";
        assertNotEquals(bad, format(bad));
        assertEquals(good, format(bad));
        assertEquals("1 has [x], wanted [y]", firstDifference("x\n", "y\n"));
    }

    @Test
    void aCompactSourceFileWithAModuleImportCanBeFormatted() throws Exception {
        var text =
                """
                import module java.base;

                void main() {
                    IO.println("hello");
                }
                """;
        assertEquals(text, format(text));
    }

    private String format(String text) throws FormatterException {
        var imports = RemoveUnusedImports.removeUnusedImports(text);
        return formatter.formatSource(ImportOrderer.reorderImports(imports, Style.AOSP));
    }

    private static String firstDifference(String have, String want) {
        var a = have.lines().toList();
        var b = want.lines().toList();
        int i = 0;
        while (i < a.size() && i < b.size() && a.get(i).equals(b.get(i))) {
            i++;
        }
        return "%d has [%s], wanted [%s]".formatted(i + 1, at(a, i), at(b, i));
    }

    private static String at(List<String> lines, int i) {
        return i < lines.size() ? lines.get(i) : "the end";
    }

    /** What was found well formatted before, by hash: formatting is the slowest of these tests. */
    private static final class Memory {
        private static final String FORMATTER =
                Formatter.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        private final Path file;
        private final HashSet<String> known = new HashSet<>();
        private final TreeSet<String> seen = new TreeSet<>();

        Memory(Path file) throws IOException {
            this.file = file;
            if (Files.exists(file)) {
                known.addAll(Files.readAllLines(file));
            }
        }

        boolean knows(Source source) {
            var hash = hash(source);
            if (known.contains(hash)) {
                seen.add(hash);
                return true;
            }
            return false;
        }

        void add(Source source) {
            seen.add(hash(source));
        }

        void save() throws IOException {
            Files.createDirectories(file.getParent());
            Files.write(file, seen);
        }

        private static String hash(Source source) {
            try {
                var digest = MessageDigest.getInstance("SHA-256");
                digest.update(FORMATTER.getBytes(UTF_8));
                return new BigInteger(1, digest.digest(source.text().getBytes(UTF_8))).toString(16);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
