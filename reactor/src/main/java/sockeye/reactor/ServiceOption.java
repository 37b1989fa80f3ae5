// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.EndpointSpec;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An option of a {@link ServicePlugin}: what it is called, what it is for, and how its value is
 * read. One without a default must be given.
 *
 * @param <T> what its value is
 */
public final class ServiceOption<T> {
    /** Reads a value. */
    @FunctionalInterface
    public interface Reader<T> {
        /**
         * What a text means.
         *
         * @throws IllegalArgumentException whose message says what is wrong with it
         */
        T read(String text);
    }

    private static final Pattern TIME = Pattern.compile("([0-9]{1,10})(ms|s|m|h)");

    private final String name;
    private final String help;
    private final Reader<? extends T> reader;
    private final @Nullable String byDefault;

    private ServiceOption(
            String name, String help, Reader<? extends T> reader, @Nullable String byDefault) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an option without a name");
        }
        this.name = name;
        this.help = Objects.requireNonNull(help);
        this.reader = Objects.requireNonNull(reader);
        this.byDefault = byDefault;
    }

    /** An option whose value is read in some way; it must be given. */
    public static <T> ServiceOption<T> of(String name, String help, Reader<? extends T> reader) {
        return new ServiceOption<>(name, help, reader, null);
    }

    /** Any text. */
    public static ServiceOption<String> text(String name, String help) {
        return of(name, help, text -> text);
    }

    /** A number, from one to another. */
    public static ServiceOption<Long> number(String name, String help, long from, long to) {
        return of(
                name,
                help,
                text -> {
                    try {
                        long number = Long.parseLong(text);
                        if (number >= from && number <= to) {
                            return number;
                        }
                    } catch (NumberFormatException none) {
                        // Told below.
                    }
                    throw new IllegalArgumentException("a number from " + from + " to " + to);
                });
    }

    /** {@code true} or {@code false}, false by default. */
    public static ServiceOption<Boolean> flag(String name, String help) {
        ServiceOption<Boolean> option =
                of(
                        name,
                        help,
                        text ->
                                switch (text) {
                                    case "true" -> true;
                                    case "false" -> false;
                                    default -> throw new IllegalArgumentException("true or false");
                                });
        return option.withDefault("false");
    }

    /** A time: {@code 50ms}, {@code 5s}, {@code 2m}, {@code 1h}. */
    public static ServiceOption<Duration> time(String name, String help) {
        return of(
                name,
                help,
                text -> {
                    Matcher parts = TIME.matcher(text);
                    if (!parts.matches()) {
                        throw new IllegalArgumentException("a time, written as 50ms, 5s, 2m or 1h");
                    }
                    long number = Long.parseLong(parts.group(1));
                    return switch (parts.group(2)) {
                        case "ms" -> Duration.ofMillis(number);
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        default -> Duration.ofHours(number);
                    };
                });
    }

    /** One of several words. */
    public static ServiceOption<String> oneOf(String name, String help, List<String> words) {
        List<String> known = List.copyOf(words);
        return of(
                name,
                help,
                text -> {
                    if (!known.contains(text)) {
                        throw new IllegalArgumentException("one of " + String.join(", ", known));
                    }
                    return text;
                });
    }

    /** Where to listen, or what to connect to: {@link EndpointSpec#parse}. */
    public static ServiceOption<EndpointSpec> endpoint(String name, String help) {
        return of(name, help, EndpointSpec::parse);
    }

    /**
     * The same with a value for who gives none.
     *
     * @throws IllegalArgumentException if it cannot be read itself
     */
    public ServiceOption<T> withDefault(String text) {
        var option = new ServiceOption<T>(name, help, reader, text);
        option.read(text);
        return option;
    }

    /** What it is called. */
    public String name() {
        return name;
    }

    /** What it is for, in a line. */
    public String help() {
        return help;
    }

    /** What is read if it is not given; null if it must be. */
    public @Nullable String byDefault() {
        return byDefault;
    }

    /** What a text means; {@link IllegalArgumentException} says what is wrong. */
    T read(String text) {
        return Objects.requireNonNull(reader.read(text), "a value");
    }

    @Override
    public String toString() {
        return byDefault == null ? name : name + "=" + byDefault;
    }
}
