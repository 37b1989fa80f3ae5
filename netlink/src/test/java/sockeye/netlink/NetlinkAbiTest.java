// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every kernel name in this module has the kernel's value, by the golden files that C compilers
 * made for core, of both architectures: nothing here is chosen by architecture.
 */
@Tag("H8")
class NetlinkAbiTest {
    private static final Path CORE = Path.of(System.getProperty("sockeye.tree"), "core");
    private static final Path GOLDEN = CORE.resolve("src/test/resources/sockeye/abi");

    /** By "const NAME", "sizeof struct x" and "offsetof struct x member_with_underscores". */
    private static Map<String, Long> facts(String file) throws IOException {
        Map<String, Long> facts = new HashMap<>();
        for (String line : Files.readAllLines(GOLDEN.resolve(file))) {
            String[] words = line.split(" ");
            switch (words[0]) {
                case "const" -> facts.put("const " + words[1], Long.valueOf(words[2]));
                case "sizeof" -> facts.put(fact(words, 3), Long.valueOf(words[3]));
                case "offsetof" -> {
                    words[3] = words[3].replace('.', '_');
                    facts.put(fact(words, 4), Long.valueOf(words[4]));
                }
                default -> {}
            }
        }
        return facts;
    }

    private static String fact(String[] words, int count) {
        return String.join(" ", List.of(words).subList(0, count));
    }

    private static List<String> prefixes() throws IOException {
        return Files.readAllLines(CORE.resolve("src/probe/prefixes.txt")).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#") && !line.startsWith("~"))
                .toList();
    }

    private static List<Class<?>> classes() throws Exception {
        Path root = Path.of(NetlinkSocket.class.getResource("NetlinkSocket.class").toURI());
        List<Class<?>> classes = new ArrayList<>();
        try (Stream<Path> files = Files.list(root.getParent())) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.endsWith(".class") && !name.endsWith("-info.class")) {
                    String type = "sockeye.netlink." + name.replace(".class", "");
                    classes.add(Class.forName(type, false, NetlinkSocket.class.getClassLoader()));
                }
            }
        }
        return classes;
    }

    private static List<String> complaints(Class<?> type, List<Map<String, Long>> golden)
            throws Exception {
        List<String> complaints = new ArrayList<>();
        CStruct struct = type.getAnnotation(CStruct.class);
        for (Field field : type.getDeclaredFields()) {
            boolean number = field.getType() == int.class || field.getType() == long.class;
            if (!number || !Modifier.isStatic(field.getModifiers())) {
                continue;
            }
            String name = field.getName();
            String fact = fact(struct, name, golden);
            if (fact == null) {
                continue;
            }
            field.setAccessible(true);
            long value = ((Number) field.get(null)).longValue();
            var said = new TreeSet<Long>();
            for (Map<String, Long> each : golden) {
                if (each.containsKey(fact)) {
                    said.add(each.get(fact));
                }
            }
            boolean right =
                    said.size() == 1
                            && (said.first() == value || said.first().intValue() == (int) value);
            if (!right) {
                complaints.add(type.getName() + "." + name + " = " + value + ", C says " + said);
            }
        }
        return complaints;
    }

    private static String fact(CStruct struct, String name, List<Map<String, Long>> golden)
            throws IOException {
        if (struct != null && name.equals("SIZEOF")) {
            return "sizeof " + struct.value();
        }
        if (struct != null && Character.isLowerCase(name.charAt(0))) {
            return "offsetof " + struct.value() + " " + name;
        }
        String fact = "const " + name;
        boolean known = golden.stream().anyMatch(each -> each.containsKey(fact));
        return known || prefixes().stream().anyMatch(name::startsWith) ? fact : null;
    }

    private static List<Map<String, Long>> golden() throws IOException {
        return List.of(
                facts("x86_64-glibc.txt"),
                facts("aarch64-glibc.txt"),
                facts("newer-than-headers.txt"));
    }

    @Test
    void everyConstantAndLayoutIsTheKernels() throws Exception {
        List<Map<String, Long>> golden = golden();
        var wrong = new TreeSet<String>();
        for (Class<?> type : classes()) {
            wrong.addAll(complaints(type, golden));
        }
        assertEquals("", String.join("\n", wrong));
    }

    @SuppressWarnings("unused") // by reflection
    @CStruct("struct nlmsghdr")
    private static final class Wrong {
        static final int SIZEOF = 16;
        static final int nlmsg_len = 0;
        static final int nlmsg_type = 6;
        static final int RTM_NO_SUCH = 1;

        private Wrong() {}
    }

    @Test
    void whatIsWrongIsFound() throws Exception {
        List<String> complaints = complaints(Wrong.class, golden());
        assertEquals(2, complaints.size(), complaints::toString);
        assertTrue(complaints.getFirst().contains("nlmsg_type"), complaints::toString);
    }
}
