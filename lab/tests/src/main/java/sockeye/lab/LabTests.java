// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import org.junit.platform.launcher.core.LauncherFactory;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/**
 * Runs, in the lab kernel, the tests of what this machine's kernel lacks; see {@link #HELP}.
 *
 * <p>One boot and one JVM per {@link Suite}: a boot takes three seconds, and whatever a suite
 * breaks, the next one does not see. A kernel has one processor, so as many of them run side by
 * side as the machine has, two at most. Everything is kept in {@code lab/tests/target/lab/SUITE}:
 * what was printed, JUnit's XML, the outcomes.
 */
final class LabTests {
    private static final String HELP =
            """
            usage: lab/lab-tests [OPTION...] [SUITE...]       (without SUITE: all of them)

              --list                say which suites there are
              --classes REGEX       only test classes whose full name matches
              --families A,B        the contracts over these families alone
              --all                 every test of a suite's module, not only what needs this kernel
              --kernels N           how many kernels run side by side: 1, or 2 if the machine
                                    has two processors, the default
              --verbose             show what the tests print

            Reports are kept in lab/tests/target/lab. Where the lab kernel's packages cannot be had
            nothing is run, and this says so; with SOCKEYE_LAB=required in the environment it fails.
            """;

    /** The cluster needs two, and wants them for itself. */
    private static final int MOST_KERNELS = 2;

    private final Path tree;
    private final String target;
    private final LabKernel kernel;
    private final List<Suite> suites = new ArrayList<>();
    private boolean verbose;
    private int kernels = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, MOST_KERNELS);

    private LabTests(Path tree, String target) {
        this.tree = tree;
        this.target = target;
        this.kernel = new LabKernel(tree);
    }

    /**
     * Ends with 0 if all is well, or if there is no lab kernel; 1 if a test failed; 2 for usage.
     */
    public static void main(String... args) throws IOException, InterruptedException {
        var tree = Path.of(System.getProperty("sockeye.tree", ".")).toAbsolutePath().normalize();
        var tests = new LabTests(tree, System.getProperty("sockeye.target", "target"));
        var words = Arrays.stream(args).flatMap(each -> Stream.of(each.split(" +"))).toList();
        if (tests.understands(words.stream().filter(each -> !each.isEmpty()).toList())) {
            System.exit(tests.run());
        }
    }

    /** Reads the command line; false if it asked for nothing to be run. */
    private boolean understands(List<String> words) {
        String classes = null;
        String families = null;
        boolean all = false;
        var names = new ArrayList<String>();
        for (var rest = words.iterator(); rest.hasNext(); ) {
            var word = rest.next();
            switch (word) {
                case "--list", "--help" -> {
                    System.out.print(word.equals("--help") ? HELP : "");
                    Suite.all().forEach(each -> System.out.println(each.name()));
                    return false;
                }
                case "--verbose" -> verbose = true;
                case "--all" -> all = true;
                case "--kernels" -> kernels = rest.hasNext() ? Integer.parseInt(rest.next()) : 1;
                case "--classes" -> classes = rest.hasNext() ? rest.next() : "";
                case "--families" -> families = rest.hasNext() ? rest.next() : "";
                default -> names.add(word);
            }
        }
        for (var suite : Suite.all()) {
            if (names.isEmpty() || names.remove(suite.name())) {
                suites.add(suite.chosen(classes, families, all));
            }
        }
        if (!names.isEmpty()) {
            System.err.println("no such suite: " + String.join(", ", names) + "\n" + HELP);
            System.exit(2);
        }
        return true;
    }

    private int run() throws IOException, InterruptedException {
        int status = 0;
        for (var kind : Suite.Kernel.values()) {
            if (suites.stream().anyMatch(each -> each.kernel() == kind)) {
                var missing = kernel.missing(kind);
                if (!missing.isEmpty()) {
                    suites.removeIf(each -> each.kernel() == kind);
                    status |= withoutKernel(kind, missing);
                }
            }
        }
        var home = tree.resolve("lab/tests").resolve(target).resolve("lab");
        Files.createDirectories(home);
        var failed = Collections.synchronizedList(new ArrayList<String>());
        var report = new Report();
        // A second run in this tree waits: it would write to the same places.
        try (var lock =
                        FileChannel.open(
                                home.resolve("lock"),
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE);
                var held = lock.lock()) {
            runAll(home, report, failed);
            held.release();
        }
        if (!suites.isEmpty()) {
            report.print();
        }
        if (!failed.isEmpty()) {
            System.out.println("[lab] FAILED: " + String.join(", ", failed) + "; see " + home);
        }
        return failed.isEmpty() ? status : 1;
    }

    /** As many at a time as there may be kernels; in order, so that the last have room. */
    private void runAll(Path home, Report report, List<String> failed) throws InterruptedException {
        int most = Math.clamp(kernels, 1, MOST_KERNELS);
        var room = new Semaphore(most, true);
        var running = new ArrayList<Thread>();
        for (var suite : suites) {
            int wanted = Math.min(suite.nodes(), most);
            room.acquire(wanted);
            running.add(
                    Thread.ofPlatform()
                            .name(suite.name())
                            .start(() -> {
                                try {
                                    if (!run(suite, home.resolve(suite.name()), report)) {
                                        failed.add(suite.name());
                                    }
                                } catch (IOException | RuntimeException broken) {
                                    failed.add(suite.name() + " (" + broken + ")");
                                } catch (InterruptedException ended) {
                                    Thread.currentThread().interrupt();
                                } finally {
                                    room.release(wanted);
                                }
                            }));
        }
        for (var each : running) {
            each.join();
        }
    }

    private static int withoutKernel(Suite.Kernel kind, String why) {
        if (kind == Suite.Kernel.QEMU) {
            System.out.println(
                    """
                    [lab] NOT RUN: qemu with Debian's own kernel cannot be had here. ISO-TP was not
                    [lab]          tested. It said:
                    %s\
                    """
                            .formatted(why.indent(6).stripTrailing()));
            return isRequired() ? 1 : 0;
        }
        System.out.println(
                """
                [lab] NOT RUN: the lab kernel cannot be had here. TIPC, vsock, SCTP, UDP-Lite,
                [lab]          CAN and what else its own kernel lacks were not tested. It said:
                %s
                [lab] It is made of the Debian packages user-mode-linux and busybox-static, 42 MB.
                [lab] tipc-lab downloads them with apt-get, once, into ~/.cache/tipc-lab, or finds
                [lab] them if they are installed: apt-get install user-mode-linux busybox-static\
                """
                        .formatted(why.indent(6).stripTrailing()));
        boolean unreachable = why.contains("cannot download");
        boolean must = "true".equals(System.getenv("CI")) && !unreachable;
        return must || isRequired() ? 1 : 0;
    }

    private static boolean isRequired() {
        return "required".equals(System.getenv("SOCKEYE_LAB"));
    }

    private boolean run(Suite suite, Path reports, Report report)
            throws IOException, InterruptedException {
        empty(reports);
        if (!hasTests(suite)) {
            return true;
        }
        long started = System.nanoTime();
        int status = kernel.run(suite, reports, command(suite, reports));
        long seconds = (System.nanoTime() - started) / 1_000_000_000;
        var outcomes = new ArrayList<Outcome>();
        var file = reports.resolve(InTheLab.OUTCOMES);
        if (Files.exists(file)) {
            Files.readAllLines(file).stream().map(Outcome::of).forEach(outcomes::add);
        }
        if (verbose) {
            System.out.println(LabKernel.outputText(reports));
        }
        boolean fine = report.add(suite, outcomes, status, seconds, LabKernel.outputText(reports));
        boolean emulationEnded =
                suite.kernel() == Suite.Kernel.QEMU
                        && LabKernel.isOfTheLab(status)
                        && outcomes.stream().noneMatch(each -> each.kind() == Outcome.Kind.FAILED);
        if (!fine && emulationEnded && !isRequired()) {
            System.out.println(
                    "[lab] NOT RUN to its end: "
                            + suite.name()
                            + "; without KVM a machine may be"
                            + " too slow for it");
            return true;
        }
        return fine;
    }

    /** Looks before it boots. */
    private boolean hasTests(Suite suite) throws IOException {
        var thread = Thread.currentThread();
        var before = thread.getContextClassLoader();
        var classes = classes(suite);
        if (!Files.isDirectory(classes)) {
            return false;
        }
        try (var loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, before)) {
            thread.setContextClassLoader(loader);
            var request = InTheLab.request(classes, suite.classes(), suite.tag()).build();
            return LauncherFactory.create().discover(request).containsTests();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    private Path classes(Suite suite) {
        return tree.resolve(suite.directory()).resolve(target).resolve("test-classes");
    }

    /** The JVM of a suite; by the class path, where all is in one place. */
    private List<String> command(Suite suite, Path reports) {
        var classes = classes(suite);
        var path = new ArrayList<String>();
        path.add(classes.toString());
        path.add(System.getProperty("java.class.path"));
        var command = new ArrayList<String>();
        command.add(System.getProperty("java.home") + "/bin/java");
        // One processor, a short life.
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Duser.language=en"));
        command.add("-Dsockeye.tree=" + tree);
        suite.properties().forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-classpath", String.join(":", path), InTheLab.class.getName()));
        command.addAll(List.of(reports.toString(), classes.toString(), suite.classes()));
        if (!suite.tag().isEmpty()) {
            command.add(suite.tag());
        }
        return command;
    }

    private static void empty(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (var old = Files.walk(directory)) {
                for (var each : old.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(each);
                }
            }
        }
        Files.createDirectories(directory);
    }
}
