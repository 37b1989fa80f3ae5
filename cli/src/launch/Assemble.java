// SPDX-License-Identifier: Apache-2.0

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Before this version classes carry no stack maps, and the JVM does not archive them ahead of time.
 */
static final int FIRST_WITH_STACK_MAPS = 50;

/**
 * Copies the jars of a class path into a directory, the command's module path. Classes too old to
 * be archived are brought to a version that can be: picocli is compiled for Java 5, and without
 * this its part of the start would be paid anew at every start.
 */
void main(String[] args) throws IOException {
    var image = Path.of(args[0]);
    Files.createDirectories(image);
    var entries = String.join(File.pathSeparator, args[1], args[2]);
    for (var entry : entries.split(File.pathSeparator)) {
        var jar = Path.of(entry);
        if (Files.isRegularFile(jar)) {
            copy(jar, image.resolve(jar.getFileName()));
        }
    }
}

void copy(Path from, Path to) throws IOException {
    try (var jar = new ZipFile(from.toFile());
            var out = new ZipOutputStream(Files.newOutputStream(to))) {
        var classes = classFile(jar);
        for (var entry : jar.stream().toList()) {
            var bytes = jar.getInputStream(entry).readAllBytes();
            out.putNextEntry(new ZipEntry(entry.getName()));
            out.write(entry.getName().endsWith(".class") ? modern(classes, bytes) : bytes);
            out.closeEntry();
        }
    }
}

byte[] modern(ClassFile classes, byte[] bytes) {
    var model = classes.parse(bytes);
    if (model.majorVersion() >= FIRST_WITH_STACK_MAPS) {
        return bytes;
    }
    return classes.transformClass(
            model,
            ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
                    .andThen((type, element) -> {
                        if (element instanceof ClassFileVersion) {
                            type.withVersion(ClassFile.JAVA_11_VERSION, 0);
                        } else {
                            type.with(element);
                        }
                    }));
}

/** Stack maps name the common parent of types, which may be types of the same jar. */
ClassFile classFile(ZipFile jar) {
    var resolver =
            ClassHierarchyResolver.ofResourceParsing(
                            type -> {
                                var name = type.descriptorString();
                                name = name.substring(1, name.length() - 1) + ".class";
                                try {
                                    var entry = jar.getEntry(name);
                                    return entry == null
                                            ? ClassLoader.getSystemResourceAsStream(name)
                                            : jar.getInputStream(entry);
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            })
                    .cached();
    return ClassFile.of(
            StackMapsOption.GENERATE_STACK_MAPS, ClassHierarchyResolverOption.of(resolver));
}
