// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What GraalVM is told of the foreign calls, against the calls that there are. */
class NativeImageMetadataTest {
    private static final String FILE =
            "META-INF/native-image/dev.sockeye/sockeye/reachability-metadata.json";

    private static String type(MemoryLayout layout) {
        return layout instanceof AddressLayout ? "void*" : "j" + carrier(layout);
    }

    private static String carrier(MemoryLayout layout) {
        return ((java.lang.foreign.ValueLayout) layout).carrier().getSimpleName();
    }

    private static String downcall(FunctionDescriptor shape, boolean critical) {
        return "{\"returnType\":\""
                + type(shape.returnLayout().orElseThrow())
                + "\",\"parameterTypes\":["
                + shape.argumentLayouts().stream()
                        .map(layout -> "\"" + type(layout) + "\"")
                        .collect(Collectors.joining(","))
                + "],\"options\":{\"captureCallState\":true,\"firstVariadicArg\":1"
                + (critical ? ",\"critical\":{\"allowHeapAccess\":true}" : "")
                + "}}";
    }

    @Test
    void everyShapeOfACallIsListedAndNoOther() throws Exception {
        String listed;
        try (var stream = LinuxKernel.class.getModule().getResourceAsStream(FILE)) {
            listed = new String(stream.readAllBytes(), UTF_8).replaceAll("\\s", "");
        }
        String expected =
                List.of(
                                downcall(LinuxKernel.PLAIN, false),
                                downcall(LinuxKernel.CRITICAL, true),
                                downcall(LinuxKernel.WideLibrary.WIDE, false))
                        .stream()
                        .collect(Collectors.joining(",", "{\"foreign\":{\"downcalls\":[", "]}}"));
        assertEquals(expected, listed);
    }

    /** A fourth shape, and a call that is linked in another way, have to be told above. */
    @Test
    void theseAreAllShapesAndAllWaysToLink() throws Exception {
        List<String> shapes = new ArrayList<>();
        List<Class<?>> classes = new ArrayList<>(List.of(LinuxKernel.class));
        classes.addAll(List.of(LinuxKernel.class.getDeclaredClasses()));
        for (Class<?> each : classes) {
            for (Field field : each.getDeclaredFields()) {
                if (field.getType() == FunctionDescriptor.class
                        && Modifier.isStatic(field.getModifiers())) {
                    shapes.add(field.getName());
                }
            }
        }
        assertEquals(List.of("PLAIN", "CRITICAL", "WIDE"), shapes);
        String source =
                Files.readString(
                        Path.of(
                                "src/main/java",
                                LinuxKernel.class.getName().replace('.', '/') + ".java"));
        assertEquals(3, source.split("\\.downcallHandle\\(|upcallStub\\(", -1).length);
        assertEquals(3, source.split("FunctionDescriptor\\.of", -1).length);
    }
}
