// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Values for the options of a {@link ServicePlugin}, all of them read and found to be well. */
public final class ServiceOptions {
    private final Map<ServiceOption<?>, Object> values;

    private ServiceOptions(Map<ServiceOption<?>, Object> values) {
        this.values = values;
    }

    /**
     * Reads the values of options.
     *
     * @param options those that there are
     * @param given what was given, by name
     * @throws ServiceOptionException that tells of each option that is unknown, missing or wrong
     */
    public static ServiceOptions read(List<ServiceOption<?>> options, Map<String, String> given) {
        var values = new HashMap<ServiceOption<?>, Object>();
        var problems = new ArrayList<ServiceOptionException.Problem>();
        var unknown = new TreeMap<>(given);
        for (ServiceOption<?> each : options) {
            String text = unknown.remove(each.name());
            if (text == null) {
                text = each.byDefault();
            }
            if (text == null) {
                problems.add(problem(each.name(), "must be given: " + each.help()));
                continue;
            }
            try {
                values.put(each, each.read(text));
            } catch (RuntimeException wrong) {
                String message = wrong.getMessage();
                problems.add(
                        problem(
                                each.name(),
                                "'" + text + "': " + (message == null ? wrong : message)));
            }
        }
        String known = options.stream().map(ServiceOption::name).collect(Collectors.joining(", "));
        for (String each : unknown.keySet()) {
            String all = known.isEmpty() ? "there is none" : "there are " + known;
            problems.add(problem(each, "is no option; " + all));
        }
        if (!problems.isEmpty()) {
            throw new ServiceOptionException(problems);
        }
        return new ServiceOptions(values);
    }

    private static ServiceOptionException.Problem problem(String option, String text) {
        return new ServiceOptionException.Problem(option, text);
    }

    /**
     * The value of an option.
     *
     * @param option the very object that the plug-in has declared
     * @throws IllegalArgumentException if it has not
     */
    public <T> T get(ServiceOption<T> option) {
        @SuppressWarnings("unchecked") // it was read by that option
        T value = (T) values.get(option);
        if (value == null) {
            throw new IllegalArgumentException(option.name() + " was not declared");
        }
        return value;
    }

    @Override
    public String toString() {
        return values.entrySet().stream()
                .map(each -> each.getKey().name() + "=" + each.getValue())
                .sorted()
                .collect(Collectors.joining(", ", "[", "]"));
    }
}
