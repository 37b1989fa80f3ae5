// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.ModuleElement;
import javax.lang.model.element.PackageElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.DeclaredType;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.Elements;

/** The modules' public face: as agreed, documented, and free to be imported whole. */
class ApiTest {
    private static final boolean ACCEPT = Boolean.getBoolean("api.accept");

    private static Tree tree;
    private static Model model;
    private static Map<String, ModuleElement> modules;

    @BeforeAll
    static void readTheModules() throws IOException {
        tree = Tree.here();
        var directories = Tree.MODULES.stream().map(tree.root()::resolve).toList();
        model = Model.of(directories);
        modules = new HashMap<>();
        for (var name : Tree.MODULES) {
            var info = tree.root().resolve(name).resolve("src/main/java/module-info.java");
            modules.put(name, model.module(Model.name(info)));
        }
    }

    @Test
    void everyModuleHasTheFaceThatWasAgreed() throws IOException {
        var findings = new ArrayList<String>();
        for (var name : Tree.MODULES) {
            var golden = tree.root().resolve("%s/api/%s.api".formatted(name, name));
            var have = Listing.of(model, modules.get(name));
            if (ACCEPT) {
                Files.createDirectories(golden.getParent());
                Files.writeString(golden, have);
                continue;
            }
            var agreed = Files.exists(golden) ? Files.readString(golden) : "";
            var changes = changes(agreed, have);
            if (!changes.isEmpty()) {
                findings.add(tree.root().relativize(golden) + ":\n" + changes);
            }
        }
        if (!findings.isEmpty()) {
            fail(
                    "the public API changed; if that is meant, run lab/accept-api and commit:\n"
                            + String.join("\n", findings));
        }
    }

    @Test
    void everyPublicElementIsDocumented() {
        var findings = new ArrayList<String>();
        modules.values().forEach(m -> findings.addAll(undocumented(model, m)));
        assertEquals("", String.join("\n", findings));
    }

    @Test
    void noNameClashesWithJavaBaseOrBetweenOurModules() {
        var names = new HashMap<String, String>();
        Model.publicTypes(model.module("java.base"))
                .forEach(t -> names.put(t.getSimpleName().toString(), "java.base"));
        assertTrue(names.containsKey("Socket") && names.containsKey("Timestamp"));
        var findings = new ArrayList<String>();
        for (var name : Tree.MODULES) {
            findings.addAll(clashes(names, modules.get(name)));
        }
        assertEquals("", String.join("\n", findings));
    }

    @Test
    void noSignatureShowsAnInternalType() {
        var findings = new ArrayList<String>();
        modules.values().forEach(module -> findings.addAll(leaks(module)));
        assertEquals("", String.join("\n", findings));
    }

    @Test
    void aModuleThatBreaksTheRulesIsFound(@TempDir Path bad) throws IOException {
        write(bad, "module-info.java", "module bad { exports bad; }");
        write(bad, "bad/inner/Hidden.java", "package bad.inner; public class Hidden {}");
        write(
                bad,
                "bad/Socket.java",
                """
                package bad;
                /** Documented. */
                public final class Socket<T> {
                    private Socket() {}
                    public int port(String... names) throws java.io.IOException { return 0; }
                    /** Documented. */ public static final int AF_BAD = 7;
                    /** Documented. */ public bad.inner.Hidden hidden() { return null; }
                    /** Documented. */ public record Pair(int a, T b) {}
                }
                """
                        .replace("int a, T b", "int a, String b"));
        var badModel = Model.of(List.of(bad));
        var module = badModel.module("bad");

        assertEquals(
                """
                module bad
                    exports bad

                final class bad.Socket<T>
                    static final int AF_BAD = 7
                    Hidden hidden()
                    int port(String... names) throws IOException

                record bad.Socket.Pair(int a, String b)
                """,
                Listing.of(badModel, module));
        assertEquals(
                List.of("bad.Socket.port(java.lang.String...)"), undocumented(badModel, module));
        assertEquals(
                List.of("bad.Socket is also a type of java.base"),
                clashes(new HashMap<>(Map.of("Socket", "java.base")), module));
        assertEquals(List.of("bad.Socket.hidden() shows bad.inner.Hidden of bad"), leaks(module));
        assertEquals("- a\n+ c\n", changes("a\nb\n", "b\nc\n"));
    }

    private static void write(Path module, String name, String text) throws IOException {
        var file = module.resolve("src/main/java").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    /** The lines that went and came, each with the type it belongs to. */
    private static String changes(String agreed, String have) {
        var before = agreed.lines().collect(Collectors.toCollection(ArrayList::new));
        var out = new StringBuilder();
        var after = have.lines().toList();
        var stays = new HashSet<>(after);
        var was = new HashSet<>(before);
        before.stream()
                .filter(line -> !stays.contains(line))
                .forEach(line -> out.append("- ").append(line).append('\n'));
        after.stream()
                .filter(line -> !was.contains(line))
                .forEach(line -> out.append("+ ").append(line).append('\n'));
        return out.isEmpty() && !agreed.equals(have)
                ? "the same lines in another order"
                : out.toString();
    }

    private static List<String> undocumented(Model model, ModuleElement module) {
        var findings = new ArrayList<String>();
        Model.publicTypes(module).forEach(type -> undocumented(model, type, findings));
        return findings;
    }

    private static void undocumented(Model model, Element element, List<String> findings) {
        if (!Model.visible(element) || isImplied(model, element)) {
            return;
        }
        if (model.elements().getDocComment(element) == null) {
            var where = element instanceof TypeElement ? "" : element.getEnclosingElement() + ".";
            findings.add(where + element);
        }
        if (element instanceof TypeElement) {
            element.getEnclosedElements().forEach(e -> undocumented(model, e, findings));
        }
    }

    /**
     * Whether the contract is elsewhere: in a record's or enum's head, or with what is overridden.
     */
    private static boolean isImplied(Model model, Element element) {
        if (model.elements().getOrigin(element) != Elements.Origin.EXPLICIT) {
            return true;
        }
        var owner = element.getEnclosingElement();
        if (owner.getKind() == ElementKind.RECORD
                && (element.getKind() == ElementKind.CONSTRUCTOR
                        || element.getKind() == ElementKind.RECORD_COMPONENT
                        || (element.getKind() == ElementKind.FIELD
                                && !element.getModifiers().contains(Modifier.STATIC)))) {
            return true;
        }
        return element instanceof ExecutableElement method
                && (method.getAnnotation(Override.class) != null || Listing.isSaidByHead(method));
    }

    private static List<String> clashes(Map<String, String> names, ModuleElement module) {
        var findings = new ArrayList<String>();
        Model.publicTypes(module)
                .forEach(type -> {
                    var owner = module.getQualifiedName().toString();
                    var other = names.putIfAbsent(type.getSimpleName().toString(), owner);
                    if (other != null) {
                        findings.add(type + " is also a type of " + other);
                    }
                });
        return findings;
    }

    private static List<String> leaks(ModuleElement module) {
        var findings = new ArrayList<String>();
        Model.publicTypes(module).forEach(type -> leaks(module, type, findings));
        return findings;
    }

    private static void leaks(ModuleElement module, Element element, List<String> findings) {
        if (!Model.visible(element)) {
            return;
        }
        for (var type : signature(element)) {
            if (type instanceof DeclaredType declared
                    && isHidden((TypeElement) declared.asElement())) {
                var where =
                        element instanceof TypeElement ? "" : element.getEnclosingElement() + ".";
                findings.add("%s%s shows %s of %s".formatted(where, element, declared, module));
            }
        }
        if (element instanceof TypeElement) {
            element.getEnclosedElements().forEach(e -> leaks(module, e, findings));
        }
    }

    private static List<TypeMirror> signature(Element element) {
        var types = new ArrayList<TypeMirror>();
        switch (element) {
            case TypeElement type -> types.addAll(type.getInterfaces());
            case ExecutableElement method -> {
                types.add(method.getReturnType());
                method.getParameters().forEach(p -> types.add(p.asType()));
                types.addAll(method.getThrownTypes());
            }
            default -> types.add(element.asType());
        }
        return types;
    }

    private static boolean isHidden(TypeElement type) {
        Element at = type;
        while (!(at instanceof PackageElement)) {
            if (!Model.visible(at)) {
                return true;
            }
            at = at.getEnclosingElement();
        }
        var home = (ModuleElement) at.getEnclosingElement();
        var there = at;
        return Model.exports(home).noneMatch(exported -> exported.equals(there));
    }
}
