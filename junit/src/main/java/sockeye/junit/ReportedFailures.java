// SPDX-License-Identifier: Apache-2.0

package sockeye.junit;

import java.util.ArrayList;
import java.util.List;

/**
 * What the tasks, timers and handlers of a test's reactor have thrown: a parameter of tests by
 * {@link ReactorExtension}, for those that expect some. Any thread.
 */
public final class ReportedFailures {
    private final List<Throwable> failures = new ArrayList<>(); // guarded by itself

    ReportedFailures() {}

    void add(Throwable failure) {
        synchronized (failures) {
            failures.add(failure);
        }
    }

    /** Takes those reported so far, in their order: the test does not fail for them. */
    public List<Throwable> take() {
        synchronized (failures) {
            List<Throwable> taken = List.copyOf(failures);
            failures.clear();
            return taken;
        }
    }
}
