// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import java.io.IOException;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.FieldModel;
import java.lang.reflect.AccessFlag;
import java.lang.reflect.Field;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Holds compiled classes against golden files, for one architecture at a time.
 *
 * <p>The classes are loaded afresh, by a loader of their own and with {@code os.arch} set to that
 * architecture, so that what is chosen at class initialization is checked for architectures that
 * this machine is not.
 */
final class AbiCheck {
    private final Path root;
    private final String osArch;
    private final List<GoldenAbi> golden;
    private final GoldenAbi newer;
    private final List<String> prefixes;
    private final List<String> complaints = new ArrayList<>();
    private int checked;

    /**
     * @param root the directory of the classes
     * @param osArch the architecture as Java calls it
     * @param golden the files of that architecture, one for each C library
     * @param newer names that no golden file knows yet
     * @param prefixes what the kernel's constants start with
     */
    AbiCheck(
            Path root,
            String osArch,
            List<GoldenAbi> golden,
            GoldenAbi newer,
            List<String> prefixes) {
        this.root = root;
        this.osArch = osArch;
        this.golden = golden;
        this.newer = newer;
        this.prefixes = prefixes;
    }

    /** How many values were compared. */
    int checked() {
        return checked;
    }

    /** Checks all classes below the root whose path starts so; returns what is wrong. */
    List<String> complaints(String start) throws IOException {
        String before = System.getProperty("os.arch");
        System.setProperty("os.arch", osArch);
        try (var loader =
                        new URLClassLoader(
                                new URL[] {root.toUri().toURL()},
                                // The platform's loader would find the classes of our own module.
                                null);
                Stream<Path> files = Files.walk(root)) {
            for (Path file : files.sorted().toList()) {
                String name = root.relativize(file).toString();
                if (name.startsWith(start)
                        && name.endsWith(".class")
                        && !name.endsWith("-info.class")) {
                    check(ClassFile.of().parse(file), loader);
                }
            }
        } finally {
            System.setProperty("os.arch", before);
        }
        return complaints;
    }

    private void check(ClassModel model, ClassLoader loader) {
        String type = model.thisClass().asInternalName().replace('/', '.');
        String struct = structOf(model);
        for (FieldModel field : model.fields()) {
            String name = field.fieldName().stringValue();
            boolean number = "IJ".contains(field.fieldType().stringValue());
            if (!number
                    || !field.flags().has(AccessFlag.STATIC)
                    || !field.flags().has(AccessFlag.FINAL)) {
                continue;
            }
            String fact = factOf(name, struct);
            if (fact == null) {
                continue;
            }
            String where = osArch + ": " + type + "." + name + " (" + fact + ")";
            try {
                compare(where, fact, valueOf(field, type, loader));
            } catch (ReflectiveOperationException | LinkageError e) {
                complaints.add(where + " cannot be read: " + e);
            }
        }
        if (type.equals("sockeye.internal.kernel.SystemCall")) {
            checkSystemCalls(type, loader);
        }
    }

    /** The numbers of the system calls: an enum by their names with an {@code int number}. */
    private void checkSystemCalls(String type, ClassLoader loader) {
        try {
            Class<?> calls = Class.forName(type, true, loader);
            Field number = calls.getDeclaredField("number");
            number.setAccessible(true);
            for (Object call : calls.getEnumConstants()) {
                String name = ((Enum<?>) call).name();
                compare(
                        osArch + ": " + type + "." + name,
                        "nr " + name.toLowerCase(Locale.ROOT),
                        number.getInt(call));
            }
        } catch (ReflectiveOperationException | LinkageError e) {
            complaints.add(type + " cannot be read: " + e);
        }
    }

    private static String structOf(ClassModel model) {
        return model.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(all -> all.annotations().stream())
                .filter(a -> a.className().stringValue().equals(CStruct.class.descriptorString()))
                .flatMap(a -> a.elements().stream())
                .map(e -> ((AnnotationValue.OfString) e.value()).stringValue())
                .findFirst()
                .orElse(null);
    }

    /** The name of the golden fact that a field must agree with, or null if it is none. */
    private String factOf(String name, String struct) {
        if (struct != null && name.equals("SIZEOF")) {
            return "sizeof " + struct;
        }
        if (struct != null && Character.isLowerCase(name.charAt(0))) {
            return memberFact(struct, name);
        }
        String fact = "const " + name;
        boolean known = prefixes.stream().anyMatch(name::startsWith);
        return known || golden.stream().anyMatch(g -> g.facts().containsKey(fact)) ? fact : null;
    }

    /** Java's {@code msg_hdr_msg_iov} is C's {@code msg_hdr.msg_iov}. */
    private String memberFact(String struct, String name) {
        String start = "offsetof " + struct + " ";
        return Stream.concat(golden.stream(), Stream.of(newer))
                .flatMap(g -> g.facts().keySet().stream())
                .filter(f -> f.startsWith(start))
                .filter(f -> f.substring(start.length()).replace('.', '_').equals(name))
                .findFirst()
                .orElse(start + name);
    }

    private static long valueOf(FieldModel field, String type, ClassLoader loader)
            throws ReflectiveOperationException {
        var constant = field.findAttribute(Attributes.constantValue());
        if (constant.isPresent()) {
            return ((Number) constant.get().constant().constantValue()).longValue();
        }
        Field value =
                Class.forName(type, false, loader)
                        .getDeclaredField(field.fieldName().stringValue());
        value.setAccessible(true);
        return ((Number) value.get(null)).longValue();
    }

    /** The headers' word counts; but a struct may have grown, and a name may be newer. */
    private void compare(String where, String fact, long value) {
        checked++;
        List<Long> allowed =
                golden.stream()
                        .map(g -> g.facts().get(fact))
                        .filter(Objects::nonNull)
                        .distinct()
                        .toList();
        Long latest = newer.facts().get(fact);
        if (latest != null && same(latest, value)) {
            return;
        }
        if (allowed.isEmpty() && latest == null) {
            complaints.add(
                    where
                            + " = "
                            + value
                            + ": no golden file has that name. If it is newer than the headers,"
                            + " check it in the kernel's source and add it to"
                            + " newer-than-headers.txt; if it is no constant of the kernel, it must"
                            + " not be named like one");
        } else if (allowed.size() != 1 || !same(allowed.getFirst(), value)) {
            complaints.add(
                    where
                            + " = "
                            + value
                            + ", but C says "
                            + (latest == null ? "" : latest + " ")
                            + allowed);
        }
    }

    /** C's unsigned 32 bits are a negative int in Java. */
    private static boolean same(long c, long java) {
        return c == java || (c == (c & 0xffff_ffffL) && (int) c == java);
    }

    /** The directory that holds the file of a class. */
    static Path rootOf(Class<?> type) throws URISyntaxException {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = Path.of(type.getResource("/" + name).toURI());
        return file.resolve("../".repeat(name.split("/").length)).normalize();
    }
}
