// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.List;
import java.util.stream.Collectors;

/** Options that are unknown, missing or wrong. */
public final class ServiceOptionException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /**
     * What is wrong with one of them.
     *
     * @param option its name
     * @param text what is wrong
     */
    public record Problem(String option, String text) {
        @Override
        public String toString() {
            return "option " + option + ": " + text;
        }
    }

    private final transient List<Problem> problems;

    /** All problems there are, at least one. */
    public ServiceOptionException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("; ")));
        this.problems = List.copyOf(problems);
    }

    /** What a plug-in says that finds by itself that options do not go together. */
    public ServiceOptionException(ServiceOption<?> option, String text) {
        this(List.of(new Problem(option.name(), text)));
    }

    /** Each of them. */
    public List<Problem> problems() {
        return problems;
    }
}
