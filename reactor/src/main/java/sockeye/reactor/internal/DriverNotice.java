// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.DriverReport;

import java.lang.System.Logger.Level;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Tells the log which driver reactors have here, and why: each choice once in a process. What was
 * to be expected is told to who asks for details (DEBUG), a second best is told to all (INFO).
 */
final class DriverNotice {
    private static final Set<DriverReport> TOLD = ConcurrentHashMap.newKeySet();

    private DriverNotice() {}

    static KernelDriver given(KernelDriver driver, boolean expected) {
        DriverReport report = driver.report();
        if (TOLD.add(report)) {
            System.Logger log = System.getLogger("sockeye.reactor");
            log.log(expected ? Level.DEBUG : Level.INFO, () -> text(report));
        }
        return driver;
    }

    private static String text(DriverReport report) {
        String lacking =
                report.missing().isEmpty()
                        ? ""
                        : ", without " + String.join(", ", report.missing());
        return "reactors here run on " + report.kind() + ": " + report.why() + lacking;
    }
}
