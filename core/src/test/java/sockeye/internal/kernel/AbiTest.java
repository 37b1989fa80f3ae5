// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The kernel's constants, numbers and layouts as Java has them, against what C compilers said. How
 * the golden files come about is told in {@code docs/design/abi.md}; {@code -Dabi.accept=true}
 * writes them anew.
 */
class AbiTest {
    private static final Path PROBE = Path.of("src/probe").toAbsolutePath();
    private static final GoldenAbi X86_64 = GoldenAbi.load("x86_64-glibc");
    private static final GoldenAbi AARCH64 = GoldenAbi.load("aarch64-glibc");
    private static final GoldenAbi MUSL = GoldenAbi.load("x86_64-musl");
    private static final GoldenAbi NEWER = GoldenAbi.load("newer-than-headers");

    static List<String> targets() {
        return GoldenAbi.TARGETS;
    }

    @ParameterizedTest
    @MethodSource("targets")
    void aCompilerStillSaysWhatTheGoldenFileSays(String target) throws Exception {
        needCompilers(target);
        String output = run(List.of(target));
        if (Boolean.getBoolean("abi.accept")) {
            Files.writeString(
                    PROBE.resolve("../test/resources/sockeye/abi/" + target + ".txt"), output);
            return;
        }
        GoldenAbi golden = GoldenAbi.load(target);
        GoldenAbi fresh = GoldenAbi.parse(output.lines().toList());
        assertTrue(fresh.facts().size() > 4_000, "the probe said too little");
        if (golden.provenance().equals(fresh.provenance())) {
            assertEquals(golden, fresh);
        } else {
            var changed = differing(golden.facts(), fresh.facts());
            changed.removeIf(AbiTest::mayMove);
            assertEquals(Set.of(), changed);
        }
    }

    @ParameterizedTest
    @MethodSource("targets")
    void theKernelUnderstandsTheNumbersOfTheGoldenFile(String target) throws Exception {
        needCompilers(target);
        String golden = "../test/resources/sockeye/abi/" + target + ".txt";
        String said = run(List.of("--behave", target, PROBE.resolve(golden).toString()));
        assertTrue(said.endsWith("ok\n"), said);
    }

    private static void needCompilers(String target) throws Exception {
        String missing = run(List.of("--have", target)).strip();
        if (!missing.isEmpty()) {
            String message = "ABI probe not run again for " + target + ", missing: " + missing;
            if ("true".equals(System.getenv("CI"))) {
                fail(message);
            }
            System.err.println("*** " + message);
            abort(message);
        }
    }

    /** With other versions of the headers names come and go, but what stays has its value. */
    private static boolean mayMove(String fact) {
        return fact.matches("const .*(_MAX|_LAST|_MASK|_BITS|_SUPPORTED|LIMITS)")
                || fact.matches("(sizeof|libc) .*")
                || fact.matches("offsetof .* (__|pad|resv)[^ ]*");
    }

    @ParameterizedTest
    @CsvSource({"amd64, x86_64-glibc x86_64-musl", "aarch64, aarch64-glibc"})
    void everyConstantNumberAndLayoutInJavaIsTheOneInC(String osArch, String targets)
            throws Exception {
        AbiCheck check = check(AbiCheck.rootOf(CStruct.class), osArch, targets);
        assertEquals("", String.join("\n", check.complaints("sockeye/")));
        assertTrue(check.checked() > 0, "no constant was checked");
    }

    @Test
    void theCheckFindsEachKindOfMistake() throws Exception {
        var check = check(AbiCheck.rootOf(AbiTest.class), "aarch64", "aarch64-glibc");
        String found = String.join("\n", check.complaints("sockeye/internal/kernel/AbiTest$Wrong"));
        for (String expected :
                List.of(
                        "AF_INET (const AF_INET) = 3, but C says [2]",
                        "SOCK_STREEM (const SOCK_STREEM) = 1: no golden file has that name",
                        "O_DIRECT (const O_DIRECT) = 16384, but C says [65536]",
                        "SIZEOF (sizeof struct epoll_event) = 12, but C says [16]",
                        "data (offsetof struct epoll_event data) = 4, but C says [8]",
                        "evnts (offsetof struct epoll_event evnts) = 0: no golden file")) {
            assertTrue(found.contains(expected), () -> expected + "\nis not in\n" + found);
        }
        assertEquals(6, found.lines().count(), found);
        assertEquals(9, check.checked());
    }

    /** Mistakes to be found, among what is right. */
    @SuppressWarnings("unused")
    static final class WrongConstants {
        static final int AF_INET = 3;
        static final int AF_INET6 = 10;
        static final long SOCK_STREEM = 1;
        static final int EPOLLET = 1 << 31;
        static final int O_DIRECT =
                System.getProperty("os.arch").isEmpty() ? 65536 : 16384; // not by architecture
        static final int OUR_OWN = 7;
        static final int AT_ONCE = 8; // AT_ is an English word too
        int AF_UNIX = 9;
    }

    @CStruct("struct epoll_event")
    @SuppressWarnings("unused")
    static final class WrongLayout {
        static final int SIZEOF = 12;
        static final int events = 0;
        static final int evnts = 0;
        static final int data = 4;
    }

    @Test
    void theListOfNewerNamesHoldsNothingThatEveryHeaderHas() {
        var stale = new TreeSet<>(NEWER.facts().keySet());
        stale.removeIf(fact -> fact.startsWith("sizeof "));
        stale.retainAll(X86_64.facts().keySet());
        stale.retainAll(AARCH64.facts().keySet());
        assertEquals(List.of(), List.copyOf(stale));
    }

    @Test
    void theListOfNewerNamesAgreesWithTheHeadersThatHaveThem() {
        for (GoldenAbi golden : List.of(X86_64, AARCH64, MUSL)) {
            NEWER.facts()
                    .forEach((fact, value) -> {
                        Long old = golden.facts().getOrDefault(fact, value);
                        boolean grown = fact.startsWith("sizeof ") && value > old;
                        assertTrue(grown || value.equals(old), fact);
                    });
        }
    }

    @Test
    void theKernelsLayoutsDoNotDependOnTheCLibrary() {
        assertEquals(Set.of(), differing(X86_64.layouts(), MUSL.layouts()));
    }

    /**
     * The headers of glibc are a second witness for the structs that the kernel does not export.
     */
    @Test
    void glibcSpellsTheSocketStructsAsTheKernelDoes() {
        for (GoldenAbi glibc : List.of(X86_64, AARCH64)) {
            for (String struct : List.of("msghdr", "mmsghdr", "cmsghdr", "ucred", "linger")) {
                assertTrue(glibc.facts().containsKey("sizeof struct " + struct), struct);
                assertEquals(
                        List.of(),
                        glibc.facts().keySet().stream()
                                .filter(f -> f.matches("libc .* struct " + struct + "( [a-z].*)?"))
                                .toList());
            }
        }
    }

    /** musl has 32 bits and a pad where the kernel has 64: the same on a little-endian machine. */
    @Test
    void muslSpellsSomeLengthsNarrowerInTheSamePlaces() {
        var narrower = new TreeSet<String>();
        MUSL.facts()
                .forEach((fact, offset) -> {
                    String kernel = fact.replaceFirst("^libc ", "");
                    if (fact.equals(kernel) || !MUSL.widths().containsKey(kernel)) {
                        return;
                    }
                    assertEquals(MUSL.facts().get(kernel), offset, fact);
                    assertEquals(8, MUSL.widths().get(kernel), fact);
                    assertEquals(4, MUSL.widths().get(fact), fact);
                    narrower.add(kernel.substring("offsetof ".length()));
                });
        assertEquals(
                new TreeSet<>(
                        List.of(
                                "struct cmsghdr cmsg_len",
                                "struct mmsghdr msg_hdr.msg_controllen",
                                "struct mmsghdr msg_hdr.msg_iovlen",
                                "struct msghdr msg_controllen",
                                "struct msghdr msg_iovlen")),
                narrower);
    }

    @Test
    void onlyEpollEventAndStatAreLaidOutByArchitecture() {
        var structs = new TreeSet<String>();
        for (String fact : differing(X86_64.layouts(), AARCH64.layouts())) {
            structs.add(fact.split(" ")[2]);
        }
        assertEquals(Set.of("epoll_event", "stat"), structs);
    }

    /** The names that both know, with different values. */
    private static Set<String> differing(Map<String, ?> one, Map<String, ?> other) {
        var names = new TreeSet<>(one.keySet());
        names.retainAll(other.keySet());
        names.removeIf(name -> one.get(name).equals(other.get(name)));
        return names;
    }

    private static AbiCheck check(Path root, String osArch, String targets) throws IOException {
        List<String> prefixes;
        try (Stream<String> lines = Files.lines(PROBE.resolve("prefixes.txt"))) {
            prefixes = lines.filter(line -> line.matches("[A-Z].*")).toList();
        }
        List<GoldenAbi> golden = Stream.of(targets.split(" ")).map(GoldenAbi::load).toList();
        return new AbiCheck(root, osArch, golden, NEWER, prefixes);
    }

    private static String run(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("sh", PROBE.resolve("probe.sh").toString()));
        command.addAll(arguments);
        Process process =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertTrue(process.waitFor(5, TimeUnit.MINUTES), "the probe hangs");
        assertEquals(0, process.exitValue(), String.join(" ", command));
        return output;
    }
}
