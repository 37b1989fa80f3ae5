// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Reads the options of an {@link EndpointSpec}: a consumer takes those that it knows, and what is
 * left over at the end is an error.
 *
 * <pre>{@code
 * var options = spec.readOptions();
 * boolean reusePort = options.takeFlag("reuseport", false);
 * int backlog = options.takeInt("backlog", 0, 65_535, 4_096);
 * options.requireNoMore(); // "no such option: "backlgo" … did you mean backlog?"
 * }</pre>
 *
 * <p>Several consumers may share one reader, each taking its own, before the last of them calls
 * {@link #requireNoMore}. Not for use by several threads at once. Names are lower-case.
 */
public final class EndpointOptions {
    private final EndpointSpec spec;
    private final Set<String> known = new LinkedHashSet<>();
    private final Set<String> left;

    EndpointOptions(EndpointSpec spec) {
        this.spec = spec;
        this.left = new LinkedHashSet<>(spec.options().keySet());
    }

    /** The value of an option, as text; null if it is not there. */
    public @Nullable String take(String name) {
        known.add(name);
        left.remove(name);
        return spec.options().get(name);
    }

    /**
     * The value of a switch: {@code true}, {@code yes}, {@code on} or {@code 1}, or their
     * opposites; the name alone is true.
     *
     * @param otherwise the value if the option is not there
     * @throws EndpointSyntaxException if the value is another one
     */
    public boolean takeFlag(String name, boolean otherwise) {
        String value = take(name);
        if (value == null) {
            return otherwise;
        }
        return switch (value.toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on", "1" -> true;
            case "false", "no", "off", "0" -> false;
            default -> throw refuse(name, "expected true or false");
        };
    }

    /**
     * The value of a number in decimal.
     *
     * @param lowest the lowest that is taken, not negative
     * @param highest the highest that is taken
     * @param otherwise the value if the option is not there
     * @throws EndpointSyntaxException if it is no number, or out of the bounds
     */
    public int takeInt(String name, int lowest, int highest, int otherwise) {
        String value = take(name);
        if (value == null) {
            return otherwise;
        }
        int number = Percent.decimal(value, highest);
        if (number < lowest) {
            throw refuse(name, "expected a number, " + lowest + " to " + highest);
        }
        return number;
    }

    /**
     * The value of a file mode in octal, {@code 0660}: permission bits, 0 to 0777.
     *
     * @param otherwise the value if the option is not there
     * @throws EndpointSyntaxException if it is no such mode
     */
    public int takeMode(String name, int otherwise) {
        String value = take(name);
        if (value == null) {
            return otherwise;
        }
        boolean octal = !value.isEmpty() && value.chars().allMatch(c -> c >= '0' && c <= '7');
        if (!octal || value.length() > 4 || Integer.parseInt(value, 8) > 0777) {
            throw refuse(name, "expected permission bits in octal, 0000 to 0777");
        }
        return Integer.parseInt(value, 8);
    }

    /**
     * The value of a time with its unit: {@code 500ms}, {@code 30s}, {@code 5m}, {@code 1h}.
     *
     * @param otherwise the value if the option is not there
     * @throws EndpointSyntaxException if it is no such time, or longer than a year
     */
    public Duration takeDuration(String name, Duration otherwise) {
        String value = take(name);
        if (value == null) {
            return otherwise;
        }
        int digits = 0;
        while (digits < value.length() && Character.digit(value.charAt(digits), 10) >= 0) {
            digits++;
        }
        long number = Percent.unsigned(value.substring(0, digits), 0xFFFF_FFFFL);
        Duration unit =
                switch (value.substring(digits)) {
                    case "ms" -> Duration.ofMillis(1);
                    case "s" -> Duration.ofSeconds(1);
                    case "m" -> Duration.ofMinutes(1);
                    case "h" -> Duration.ofHours(1);
                    default -> Duration.ZERO;
                };
        Duration time = unit.multipliedBy(number);
        if (number < 0 || unit.isZero() || time.compareTo(Duration.ofDays(366)) > 0) {
            throw refuse(name, "expected a time as 500ms, 30s, 5m or 1h");
        }
        return time;
    }

    /**
     * The error for an option whose value a consumer cannot use, for the consumer to throw.
     *
     * @param name the option
     * @param hint what would do, {@code "no such user"}
     */
    public EndpointSyntaxException refuse(String name, String hint) {
        String value = spec.options().get(name);
        return new EndpointSyntaxException(
                spec.toString(),
                spec.optionPosition(name),
                "the option " + name + (value == null ? "" : " cannot be " + Percent.quote(value)),
                hint);
    }

    /**
     * Refuses what is left, once all consumers have taken theirs.
     *
     * @throws EndpointSyntaxException if an option was taken by nobody; it names the first, and
     *     what may have been meant
     */
    public void requireNoMore() {
        for (String name : left) {
            String meant = Suggestion.closest(name, known);
            String hint;
            if (meant != null) {
                hint = "did you mean " + meant + "?";
            } else if (known.isEmpty()) {
                hint = "no option can be used here";
            } else {
                hint = "known here: " + String.join(", ", known);
            }
            throw new EndpointSyntaxException(
                    spec.toString(),
                    spec.optionPosition(name),
                    "no such option: " + Percent.quote(name),
                    hint);
        }
    }
}
