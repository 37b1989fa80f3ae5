// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClasspathRoots;
import static org.junit.platform.launcher.EngineFilter.includeEngines;

import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.reporting.legacy.xml.LegacyXmlReportGeneratingListener;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

/**
 * What runs inside the lab kernel: the tests of one suite, by JUnit's launcher.
 *
 * <pre>
 * InTheLab REPORTS CLASSES PATTERN [TAG]
 * </pre>
 *
 * <p>Ends with 0 if the tests ran to their end, whatever became of them: that is in {@code
 * REPORTS/outcomes}, beside JUnit's XML. A test that does not end is shown with every thread, and
 * ends the run. On the second of two nodes it is the {@link Agent}.
 */
final class InTheLab {
    /** The file below REPORTS, of a line per {@link Outcome}. */
    static final String OUTCOMES = "outcomes";

    private InTheLab() {}

    /** Runs the tests. */
    public static void main(String... args) throws IOException, InterruptedException {
        if ("2".equals(System.getenv("NODE"))) {
            Agent.serve(2);
            return;
        }
        Path reports = Path.of(args[0]);
        var request = request(Path.of(args[1]), args[2], args.length > 3 ? args[3] : "");
        var xml =
                new LegacyXmlReportGeneratingListener(
                        reports, new PrintWriter(System.err, true, StandardCharsets.UTF_8));
        try (var observer = new Observer(reports)) {
            LauncherFactory.create()
                    .execute(request.forExecution().listeners(observer, xml).build());
        }
        // Whatever threads the tests left: this machine is switched off next.
        Runtime.getRuntime().halt(0);
    }

    /** The tests of a directory of classes; an empty tag is every test. */
    static LauncherDiscoveryRequestBuilder request(Path classes, String pattern, String tag) {
        var request =
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClasspathRoots(Set.of(classes)))
                        // Properties are about bytes, which are the same in every kernel.
                        .filters(
                                includeEngines("junit-jupiter"), includeClassNamePatterns(pattern));
        return tag.isEmpty() ? request : request.filters(TagFilter.includeTags(tag));
    }
}
