// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Every constant of Python's socket module has its counterpart here, or a reason why not. The page
 * {@code docs/constants.md} is made from the same; {@code -Dconstants.accept=true} writes it.
 */
@Tag("A7-11")
class ConstantsTest {
    private static final Path PAGE = Path.of("../docs/constants.md");
    private static final Path NOTES = Path.of("src/test/resources/sockeye/python-constants.txt");

    /** The newest Python whose names the notes know. */
    private static final List<Integer> KNOWN = List.of(3, 14);

    /** What a constant of ours is called and worth. */
    private record Ours(String where, long value) {}

    private static Map<String, Ours> ours() throws Exception {
        var found = new TreeMap<String, Ours>();
        Path root = Path.of(LinuxSocket.class.getResource("LinuxSocket.class").toURI()).getParent();
        List<Path> files;
        try (Stream<Path> all = Files.list(root)) {
            files = all.sorted().toList();
        }
        for (Path file : files) {
            String name = file.getFileName().toString();
            if (!name.endsWith(".class") || name.contains("-")) {
                continue;
            }
            Class<?> type =
                    Class.forName(
                            "sockeye." + name.substring(0, name.length() - ".class".length()),
                            false,
                            LinuxSocket.class.getClassLoader());
            if (isPublic(type)) {
                for (Field field : type.getDeclaredFields()) {
                    note(found, field);
                }
            }
        }
        return found;
    }

    private static boolean isPublic(Class<?> type) {
        return Modifier.isPublic(type.getModifiers())
                && (type.getDeclaringClass() == null || isPublic(type.getDeclaringClass()));
    }

    private static void note(Map<String, Ours> found, Field field) throws Exception {
        int wanted = Modifier.PUBLIC | Modifier.STATIC | Modifier.FINAL;
        if ((field.getModifiers() & wanted) != wanted) {
            return;
        }
        String where = simpleName(field.getDeclaringClass()) + "." + field.getName();
        Class<?> type = field.getType();
        if (type == int.class) {
            String prefix = field.getDeclaringClass() == CanBroadcast.class ? "CAN_BCM_" : "";
            found.putIfAbsent(prefix + field.getName(), new Ours(where, field.getInt(null)));
        } else if (type == long.class) {
            found.putIfAbsent(field.getName(), new Ours(where, field.getLong(null)));
        } else if (field.get(null) instanceof Option<?> option) {
            found.put(option.name(), new Ours(where, option.number()));
        } else if (field.get(null) instanceof Errno errno) {
            found.put(field.getName(), new Ours(where, errno.number()));
        } else if (field.get(null) instanceof EaiCode code) {
            found.put(field.getName(), new Ours(where, code.number()));
        }
    }

    private static String simpleName(Class<?> type) {
        return type.getName().substring("sockeye.".length()).replace('$', '.');
    }

    /**
     * The notes: {@code NAME = COUNTERPART} for one of another form, {@code NAME - REASON} for one
     * that is left out, {@code NAME_*} for all that start so.
     */
    private record Note(String pattern, boolean counterpart, String text) {
        boolean covers(String name) {
            return pattern.endsWith("*")
                    ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                    : name.equals(pattern);
        }
    }

    private static List<Note> notes() throws IOException {
        List<Note> notes = new ArrayList<>();
        for (String line : Files.readAllLines(NOTES)) {
            if (!line.isBlank() && !line.startsWith("#")) {
                String[] parts = line.split(" +", 3);
                assertTrue(parts.length == 3 && "=-".contains(parts[1]), line);
                notes.add(new Note(parts[0], parts[1].equals("="), parts[2]));
            }
        }
        return notes;
    }

    private static Note noteFor(List<Note> notes, String name) {
        return notes.stream().filter(note -> note.covers(name)).findFirst().orElse(null);
    }

    private static Map<String, Long> python() throws Exception {
        var all = new LinkedHashMap<String, Long>();
        for (String line :
                Python.run(
                        """
                        import socket, sys
                        print('version', sys.version_info[0] * 1000 + sys.version_info[1])
                        for name in sorted(dir(socket)):
                            if name[0] == '_' or name != name.upper() and '_' not in name:
                                continue
                            value = getattr(socket, name)
                            if isinstance(value, int):
                                print(name, int(value))
                        """,
                        List.of())) {
            String[] parts = line.split(" ");
            all.put(parts[0], Long.parseLong(parts[1]));
        }
        return all;
    }

    @Test
    void everyConstantOfPythonsHasItsCounterpartOrAReason() throws Exception {
        Map<String, Long> theirs = python();
        long version = Objects.requireNonNull(theirs.remove("version"));
        Map<String, Ours> ours = ours();
        List<Note> notes = notes();
        List<String> wrong = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        theirs.forEach((name, value) -> {
            Ours own = ours.get(name);
            Note note = noteFor(notes, name);
            if (own == null && note == null) {
                missing.add(name);
            } else if (own != null
                    && own.value() != value
                    && (int) own.value() != value.intValue()) {
                wrong.add(name + ": " + own + ", Python has " + value);
            }
        });
        assertEquals(List.of(), wrong);
        if (version > KNOWN.get(0) * 1000 + KNOWN.get(1) && !missing.isEmpty()) {
            System.err.println("*** newer than the notes: " + missing);
        } else {
            assertEquals(List.of(), missing);
        }
        assertTrue(theirs.size() > 300, "too few: " + theirs.size());
    }

    /** A reason for leaving out what is there is stale. */
    @Test
    void whatIsThereIsNotCalledLeftOut() throws Exception {
        Map<String, Ours> ours = ours();
        List<String> stale = new ArrayList<>();
        for (Note note : notes()) {
            if (!note.pattern().endsWith("*") && ours.containsKey(note.pattern())) {
                stale.add(note.pattern() + ", which is " + ours.get(note.pattern()).where());
            }
        }
        assertEquals(List.of(), stale);
    }

    /** The counterparts in the notes that are names of ours: they exist. */
    @Test
    void counterpartsThatAreNamedExist() throws Exception {
        for (Note note : notes()) {
            if (note.counterpart()) {
                String[] parts = note.text().split("[.(]");
                Class<?> type = Class.forName("sockeye." + parts[0]);
                boolean found =
                        Stream.concat(
                                        Stream.of(type.getDeclaredFields()),
                                        Stream.of(type.getDeclaredMethods()))
                                .anyMatch(member -> member.getName().equals(parts[1]));
                assertTrue(
                        found
                                || Stream.of(type.getDeclaredClasses())
                                        .anyMatch(
                                                nested -> nested.getSimpleName().equals(parts[1])),
                        note.text());
            }
        }
    }

    /** The page may lag behind what was added meanwhile, but says nothing that is not so. */
    @Test
    void whatThePageSaysIsSo() throws Exception {
        Map<String, Long> theirs = python();
        long version = Objects.requireNonNull(theirs.remove("version"));
        if (Boolean.getBoolean("constants.accept")) {
            Files.writeString(PAGE, page(theirs));
        }
        List<String> written = Files.readAllLines(PAGE);
        List<String> wrong = new ArrayList<>(written);
        wrong.removeIf(line -> !line.startsWith("| `"));
        assertTrue(wrong.size() > 200, "too few: " + wrong.size());
        if (version == 3011) {
            wrong.removeAll(page(theirs).lines().toList());
            assertEquals(List.of(), wrong, "-Dconstants.accept=true writes the page");
        }
    }

    private static String page(Map<String, Long> theirs) throws Exception {
        Map<String, Ours> ours = ours();
        List<Note> notes = notes();
        var counterparts = new StringBuilder();
        var leftOut = new TreeMap<String, List<String>>();
        int found = 0;
        for (var each : theirs.entrySet()) {
            String name = each.getKey();
            Ours own = ours.get(name);
            Note note = noteFor(notes, name);
            String here =
                    own != null
                            ? own.where()
                            : note != null && note.counterpart() ? note.text() : null;
            if (here != null) {
                found++;
                counterparts.append(
                        "| `%s` | %d | `%s` |\n".formatted(name, each.getValue(), here));
            } else {
                String reason = note == null ? "?" : note.text();
                leftOut.computeIfAbsent(reason, r -> new ArrayList<>()).add("`" + name + "`");
            }
        }
        var page = new StringBuilder();
        page.append(
                """
                # Python's constants

                Every constant that the `socket` module of Python 3.11 exports on Linux, and what it
                is here. A test makes this page and compares the values. Numbers of the kernel keep
                their names, so searching for one in the javadoc finds it.

                """);
        page.append("%d of %d have a counterpart.\n\n".formatted(found, theirs.size()));
        page.append("| Python | value | here |\n|---|---|---|\n").append(counterparts);
        page.append("\n## Left out\n\n| why | which |\n|---|---|\n");
        leftOut.forEach((reason, names) ->
                page.append("| %s | %s |\n".formatted(reason, String.join(" ", names))));
        return page.toString();
    }
}
