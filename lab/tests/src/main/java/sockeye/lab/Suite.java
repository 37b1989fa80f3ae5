// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Tests that run together: in one JVM, in one boot of the lab kernel.
 *
 * @param name as the command line has it; the reports' directory too
 * @param directory where the JVM runs, a module from the root of the tree; its test classes are
 *     looked through
 * @param classes which of them, a regular expression over their full names
 * @param tag only tests with this tag, or empty for all. A test with it may not be skipped here
 * @param kernel which kernel it needs
 * @param nodes how many of them, one or two
 * @param properties system properties of the JVM
 * @param limit after which the run has failed
 */
record Suite(
        String name,
        String directory,
        String classes,
        String tag,
        Kernel kernel,
        int nodes,
        Map<String, String> properties,
        Duration limit) {
    /** Marks tests that need what the lab kernel has, whatever the machine's kernel lacks. */
    static final String LAB_KERNEL = "lab-kernel";

    /** Marks tests of ISO-TP, which only the second kernel has. */
    private static final String ISOTP_KERNEL = "isotp-kernel";

    /** What can be booted. */
    enum Kernel {
        /** Debian's user-mode Linux: an ordinary process, 42 MB. */
        UML,
        /** Debian's own kernel under qemu, which has every module: 120 MB, and much slower. */
        QEMU;

        /** As {@code tipc-lab} has it. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The families that the lab kernel must have, as {@code SOCKEYE_REQUIRE_FAMILIES} takes them,
     * and over which the contracts run in it. Two that every kernel has are the smoke test of the
     * lab itself.
     */
    static final String FAMILIES =
            "tcp4,unix-path,unix-seqpacket-path,udplite,sctp,vsock,"
                    + "tipc-stream,tipc-seqpacket,tipc-rdm,tipc-dgram";

    /** Bytes; more than twice the 2 MiB that TIPC holds for a receiver. */
    private static final String MUCH = "" + (6 << 20);

    /**
     * All of them, in the order in which they are begun: the longest first, and last what wants the
     * machine for itself.
     */
    static List<Suite> all() {
        return List.of(
                roles("streams", "StreamSocket|Listener"),
                roles("messages", "MessageSocket|LinuxSocket"),
                drivers(),
                tagged("core"),
                tagged("testkit"),
                tagged("server"),
                tagged("netlink"),
                tagged("cli"),
                new Suite(
                        "examples",
                        "tidy",
                        "sockeye\\.tidy\\.ExampleRunsTest",
                        "",
                        Kernel.UML,
                        1,
                        Map.of("sockeye.examples", "needing a family"),
                        Duration.ofMinutes(5)),
                new Suite(
                        "isotp",
                        "core",
                        // One class by its name: to look through all of them takes minutes there.
                        "sockeye\\.IsoTpInTheLabTest",
                        ISOTP_KERNEL,
                        Kernel.QEMU,
                        1,
                        Map.of("sockeye.lab.patience", "300"),
                        Duration.ofMinutes(8)),
                new Suite(
                        "cluster",
                        "lab/tests",
                        ".*",
                        LAB_KERNEL,
                        Kernel.UML,
                        2,
                        Map.of(),
                        Duration.ofMinutes(5)));
    }

    /** The contracts of some roles, over every family that this kernel has. */
    private static Suite roles(String name, String roles) {
        return new Suite(
                name,
                "testkit",
                "sockeye\\.testkit\\.(" + roles + ")(UnderFaults)?Test",
                "",
                Kernel.UML,
                1,
                Map.of("sockeye.families", FAMILIES, "sockeye.much", MUCH),
                Duration.ofMinutes(10));
    }

    /**
     * The contract of the reactor's drivers, and its groups, over the same families, without
     * faults; and connections over pipes, which this kernel, older than 6.4, cannot be asked for
     * without waiting.
     */
    private static Suite drivers() {
        return new Suite(
                "reactor",
                "reactor",
                "sockeye\\.reactor\\.(StreamDriver|MessageDriver|ReactorGroup|DescriptorPair)Test",
                "",
                Kernel.UML,
                1,
                Map.of("sockeye.families", FAMILIES, "sockeye.much", MUCH),
                Duration.ofMinutes(10));
    }

    private static Suite tagged(String module) {
        return new Suite(
                module, module, ".*", LAB_KERNEL, Kernel.UML, 1, Map.of(), Duration.ofMinutes(5));
    }

    /** The same as the command line wants it; null is what it did not say. */
    Suite chosen(@Nullable String pattern, @Nullable String families, boolean all) {
        var settings = new TreeMap<>(properties);
        if (families != null && settings.containsKey("sockeye.families")) {
            settings.put("sockeye.families", families);
        }
        return new Suite(
                name,
                directory,
                pattern != null ? pattern : all ? ".*" : classes,
                all ? "" : tag,
                kernel,
                nodes,
                settings,
                all ? Duration.ofMinutes(30) : limit);
    }

    /** Whether a skipped test is a failure. */
    boolean allowsNoSkips() {
        return !properties.containsKey("sockeye.families");
    }
}
