// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import sockeye.lab.Outcome.Kind;
import sockeye.testkit.TestFamily;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What is told of a run: a line for each suite, the failures in full, who ran where. */
final class Report {
    private final Map<TestFamily, Integer> passed = new EnumMap<>(TestFamily.class);

    /** Adds and prints a suite; true if nothing is wrong with it. */
    synchronized boolean add(
            Suite suite, List<Outcome> outcomes, int status, long seconds, String output) {
        var wrong = new ArrayList<Outcome>();
        int fine = 0;
        var skipped = new TreeMap<String, Set<String>>();
        var open = new LinkedHashSet<String>();
        for (var each : outcomes) {
            if (each.kind() != Kind.BEGUN) {
                open.remove(each.name());
            }
            switch (each.kind()) {
                case BEGUN -> open.add(each.name());
                case PASSED -> {
                    fine++;
                    family(each).ifPresent(family -> passed.merge(family, 1, Integer::sum));
                }
                case SKIPPED -> {
                    if (suite.allowsNoSkips()) {
                        wrong.add(each);
                    } else {
                        skipped.computeIfAbsent(each.why(), why -> new TreeSet<>())
                                .add(each.test());
                    }
                }
                case FAILED -> wrong.add(each);
            }
        }
        for (var each : wrong) {
            System.out.printf("[lab] %s: %s%n", each.kind(), each.name());
            System.out.print(each.why().indent(6));
        }
        boolean ended = status == 0;
        if (!ended) {
            System.out.printf("[lab] %s: %s%n", suite.name(), LabKernel.meaning(status));
            open.forEach(each -> System.out.println("[lab] it was running " + each));
            System.out.print(output.indent(6));
        }
        System.out.printf(
                "[lab] %-9s %5d passed %4d skipped %3d failed %4d s%n",
                suite.name(),
                fine,
                skipped.values().stream().mapToInt(Set::size).sum(),
                wrong.size(),
                seconds);
        return ended && wrong.isEmpty() && fine > 0;
    }

    private static Optional<TestFamily> family(Outcome outcome) {
        // Copied, since a word may stand there twice.
        var words = Set.copyOf(List.of(outcome.variant().split("[ =,]+")));
        return TestFamily.all().filter(each -> words.contains(each.toString())).findFirst();
    }

    /** Prints which family was run where, and what each has declared that it cannot do. */
    void print() {
        System.out.println("[lab] family                   here  in the lab  cannot");
        for (var family : TestFamily.values()) {
            System.out.printf(
                    "[lab] %-24s %-5s %-11s %s%n",
                    family,
                    family.missing().isEmpty() ? "yes" : "no",
                    passed.containsKey(family) ? passed.get(family) + " tests" : "",
                    family.lacks().entrySet().stream()
                            .map(each -> each.getKey() + ": " + each.getValue())
                            .sorted()
                            .collect(Collectors.joining("; ")));
        }
    }
}
