// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The names that administrators give to numbers in the files of iproute2, {@code
 * /etc/iproute2/rt_tables} and the like; each is read once, when it is first asked for.
 */
final class IprouteNames {
    static final IprouteNames TABLES =
            new IprouteNames(
                    "rt_tables",
                    Map.of(0L, "unspec", 253L, "default", 254L, "main", 255L, "local"));
    static final IprouteNames PROTOCOLS = new IprouteNames("rt_protos", RouteProtocol.NAMES);
    static final IprouteNames SCOPES =
            new IprouteNames(
                    "rt_scopes",
                    Map.of(
                            0L, "global", 200L, "site", 253L, "link", 254L, "host", 255L,
                            "nowhere"));
    static final IprouteNames GROUPS = new IprouteNames("group", Map.of(0L, "default"));

    private static final List<Path> DIRECTORIES =
            List.of(Path.of("/usr/share/iproute2"), Path.of("/etc/iproute2"));

    /** What administrators write fits in here many times over. */
    private static final long MOST_BYTES = 1 << 20;

    private final String file;
    private final Map<Long, String> builtIn;
    private @Nullable Map<Long, String> names; // guarded by this

    private IprouteNames(String file, Map<Long, String> builtIn) {
        this.file = file;
        this.builtIn = builtIn;
    }

    /** The name of a number, else the number. */
    String of(long number) {
        return all().getOrDefault(number, Long.toString(number));
    }

    /**
     * The number of a name; a number in digits is itself.
     *
     * @throws IllegalArgumentException if nobody gave that name
     */
    long parse(String name) {
        for (Map.Entry<Long, String> each : all().entrySet()) {
            if (each.getValue().equals(name)) {
                return each.getKey();
            }
        }
        try {
            return Integer.toUnsignedLong(Integer.parseUnsignedInt(name));
        } catch (NumberFormatException unknown) {
            throw new IllegalArgumentException(
                    "'%s' is neither a number nor a name in %s".formatted(name, file), unknown);
        }
    }

    private synchronized Map<Long, String> all() {
        Map<Long, String> known = names;
        if (known == null) {
            known = new HashMap<>(builtIn);
            for (Path each : files()) {
                known.putAll(read(each));
            }
            names = known;
        }
        return known;
    }

    private List<Path> files() {
        var files = new ArrayList<Path>();
        for (Path directory : DIRECTORIES) {
            files.add(directory.resolve(file));
            Path more = directory.resolve(file + ".d");
            if (Files.isDirectory(more)) {
                try (DirectoryStream<Path> entries = Files.newDirectoryStream(more, "*.conf")) {
                    entries.forEach(files::add);
                } catch (IOException unreadable) {
                    // Names are for people; numbers do as well.
                }
            }
        }
        return files;
    }

    private static Map<Long, String> read(Path file) {
        var names = new TreeMap<Long, String>();
        try {
            if (Files.isRegularFile(file) && Files.size(file) <= MOST_BYTES) {
                Files.readString(file).lines().forEach(line -> parseLine(line, names));
            }
        } catch (IOException unreadable) {
            // As above.
        }
        return names;
    }

    /** {@code 254 main # comment}; the number may be in hexadecimal. */
    static void parseLine(String line, Map<Long, String> names) {
        String[] words = line.replaceFirst("#.*", "").strip().split("\\s+", 3);
        if (words.length == 2) {
            try {
                names.put(Long.decode(words[0]), words[1]);
            } catch (NumberFormatException other) {
                // A line of some other kind.
            }
        }
    }
}
