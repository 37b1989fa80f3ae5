// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** The files of the working tree, as a clone has them: without what a build or an editor made. */
record Tree(Path root) {
    private static final Set<String> NOT_OURS = Set.of("target", "__pycache__", "node_modules");

    /**
     * The modules whose exported packages are under the golden files, in the order of their floors.
     */
    static final List<String> MODULES =
            List.of("core", "wire", "netlink", "server", "reactor", "testkit", "junit");

    static Tree here() {
        var named = System.getProperty("sockeye.tree");
        var root = named == null ? Path.of("").toAbsolutePath().getParent() : Path.of(named);
        if (!Files.exists(root.resolve("tidy/pom.xml"))) {
            throw new IllegalStateException(root + " is not the root of the tree");
        }
        return new Tree(root);
    }

    /** One file: its path from the root, with slashes, and its text. */
    record Source(String path, String text) {
        List<String> lines() {
            return text.lines().toList();
        }

        /**
         * The text with comments and the insides of literals blanked out, each line kept a line.
         */
        String code() {
            return Code.of(text);
        }
    }

    List<Source> java() {
        return files(".java");
    }

    List<Source> files(String ending) {
        var found = new TreeSet<Path>();
        try {
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path dir, BasicFileAttributes attributes) {
                            var name = dir.getFileName().toString();
                            var hidden = name.startsWith(".") && !name.equals(".ci");
                            return !dir.equals(root) && (hidden || NOT_OURS.contains(name))
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(
                                Path file, BasicFileAttributes attributes) {
                            if (attributes.isRegularFile() && file.toString().endsWith(ending)) {
                                found.add(file);
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var sources = new ArrayList<Source>();
        for (var file : found) {
            sources.add(read(root.relativize(file).toString()));
        }
        return sources;
    }

    /** Reads strictly: a file that is not UTF-8 is an error that names it. */
    Source read(String path) {
        try {
            return new Source(path, Files.readString(root.resolve(path), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": " + e, e);
        }
    }

    static List<String> findings(List<Source> sources, Function<Source, List<String>> rule) {
        return sources.stream().flatMap(source -> rule.apply(source).stream()).toList();
    }
}
