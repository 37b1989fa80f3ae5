// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import com.sun.source.util.JavacTask;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import javax.lang.model.element.Element;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.ModuleElement;
import javax.lang.model.element.ModuleElement.ExportsDirective;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.util.ElementFilter;
import javax.lang.model.util.Elements;
import javax.lang.model.util.Types;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/** What the compiler knows of modules, read from their sources. */
final class Model {
    private final JavacTask task;

    private Model(JavacTask task) {
        this.task = task;
    }

    /** Reads modules; each has its sources in {@code src/main/java} of a directory of its own. */
    static Model of(List<Path> modules) throws IOException {
        var options = new ArrayList<String>();
        var files = new ArrayList<Path>();
        for (var module : modules) {
            var sources = module.resolve("src/main/java");
            options.add("--module-source-path");
            options.add(name(sources.resolve("module-info.java")) + "=" + sources);
            try (var walk = Files.walk(sources)) {
                walk.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
            }
        }
        options.addAll(List.of("-proc:none", "--module-path", libraries()));
        options.addAll(List.of("-d", System.getProperty("java.io.tmpdir"))); // never written to
        var compiler = ToolProvider.getSystemJavaCompiler();
        var diagnostics = new DiagnosticCollector<JavaFileObject>();
        var manager = compiler.getStandardFileManager(diagnostics, null, null);
        var units = manager.getJavaFileObjectsFromPaths(files);
        var task = (JavacTask) compiler.getTask(null, manager, diagnostics, options, null, units);
        task.parse();
        task.analyze();
        var errors =
                diagnostics.getDiagnostics().stream()
                        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                        .toList();
        if (!errors.isEmpty()) {
            throw new IllegalStateException(errors.toString());
        }
        return new Model(task);
    }

    static String name(Path moduleInfo) throws IOException {
        var code = Code.of(Files.readString(moduleInfo));
        return code.replaceFirst("(?s).*\\bmodule\\s+([\\w.]+)\\s*\\{.*", "$1");
    }

    /** The modular jars that our modules may require, from the class path of this test. */
    static String libraries() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(jar -> jar.matches(".*/(jspecify|junit|opentest4j|apiguardian)[^/]*\\.jar"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    Elements elements() {
        return task.getElements();
    }

    Types types() {
        return task.getTypes();
    }

    ModuleElement module(String name) {
        return elements().getModuleElement(name);
    }

    /** The packages that a module exports to everyone. */
    static Stream<PackageElement> exports(ModuleElement module) {
        return ElementFilter.exportsIn(module.getDirectives()).stream()
                .filter(exported -> exported.getTargetModules() == null)
                .map(ExportsDirective::getPackage);
    }

    /** The public types of the exported packages, without the nested ones. */
    static Stream<TypeElement> publicTypes(ModuleElement module) {
        return exports(module)
                .flatMap(exported -> ElementFilter.typesIn(exported.getEnclosedElements()).stream())
                .filter(type -> type.getModifiers().contains(Modifier.PUBLIC));
    }

    /** Whether users can call or extend the element, given that they can reach what encloses it. */
    static boolean visible(Element element) {
        var modifiers = element.getModifiers();
        if (modifiers.contains(Modifier.PUBLIC)) {
            return true;
        }
        return modifiers.contains(Modifier.PROTECTED)
                && !element.getEnclosingElement().getModifiers().contains(Modifier.FINAL);
    }
}
