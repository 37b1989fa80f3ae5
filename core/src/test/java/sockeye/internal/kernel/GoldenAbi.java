// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One file of {@code sockeye/abi}: what a C compiler said of one architecture and C library.
 *
 * @param provenance the versions of the headers it was made from
 * @param facts each fact by its name: {@code const AF_INET}, {@code sizeof struct msghdr}, {@code
 *     offsetof struct msghdr msg_iov}, {@code nr recvfrom}, {@code errno EPERM}; {@code libc} in
 *     front where the C library's view differs from the kernel's
 * @param widths the width of each member, by the name of its {@code offsetof} fact
 * @param texts the text of each errno, by its symbol
 */
public record GoldenAbi(
        List<String> provenance,
        Map<String, Long> facts,
        Map<String, Long> widths,
        Map<String, String> texts) {

    public static final List<String> TARGETS =
            List.of("x86_64-glibc", "aarch64-glibc", "x86_64-musl");

    /** The golden file of a target, or the allow-list {@code newer-than-headers}. */
    public static GoldenAbi load(String name) {
        InputStream in = GoldenAbi.class.getResourceAsStream("/sockeye/abi/" + name + ".txt");
        if (in == null) {
            throw new IllegalStateException("no golden file " + name);
        }
        try (var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return parse(reader.lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static GoldenAbi parse(List<String> lines) {
        var abi =
                new GoldenAbi(
                        new ArrayList<>(),
                        new LinkedHashMap<>(),
                        new LinkedHashMap<>(),
                        new LinkedHashMap<>());
        for (String line : lines) {
            if (line.startsWith("# Kernel headers ") || line.startsWith("# C library ")) {
                abi.provenance.add(line);
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                abi.add(line);
            }
        }
        return abi;
    }

    /** Sizes and places: the kernel's {@code sizeof} and {@code offsetof} facts, with widths. */
    Map<String, String> layouts() {
        var layouts = new LinkedHashMap<String, String>();
        facts.forEach((fact, value) -> {
            if (fact.matches("(sizeof|offsetof) .*")) {
                layouts.put(fact, value + " " + widths.get(fact));
            }
        });
        return layouts;
    }

    private void add(String line) {
        String libc = line.startsWith("libc ") ? "libc " : "";
        String fact = line.substring(libc.length());
        String kind = fact.substring(0, fact.indexOf(' '));
        switch (kind) {
            case "const", "sizeof", "nr" -> put(libc + beforeLast(fact), afterLast(fact));
            case "offsetof" -> {
                String member = beforeLast(fact);
                put(libc + beforeLast(member), afterLast(member));
                widths.put(libc + beforeLast(member), Long.valueOf(afterLast(fact)));
            }
            case "errno" -> {
                String[] words = fact.split(" ", 4);
                put(libc + "errno " + words[1], words[2]);
                texts.put(words[1], words[3]);
            }
            default -> throw new IllegalArgumentException("not a fact: " + line);
        }
    }

    private void put(String name, String value) {
        if (facts.put(name, Long.valueOf(value)) != null) {
            throw new IllegalArgumentException("twice: " + name);
        }
    }

    private static String beforeLast(String words) {
        return words.substring(0, words.lastIndexOf(' '));
    }

    private static String afterLast(String words) {
        return words.substring(words.lastIndexOf(' ') + 1);
    }
}
