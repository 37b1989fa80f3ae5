// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine.TypeConversionException;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers with a unit, as they are written behind an option. */
final class Quantity {
    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,10})([A-Za-z]*)");
    private static final Duration LONGEST = Duration.ofDays(366);

    private Quantity() {}

    /** {@code 50ms}, {@code 5s}, {@code 2m}, {@code 1h}; at most a year. */
    static Duration time(String text) {
        Matcher parts = NUMBER.matcher(text);
        if (parts.matches()) {
            long number = Long.parseLong(parts.group(1));
            Duration unit =
                    switch (parts.group(2)) {
                        case "ms" -> Duration.ofMillis(1);
                        case "s" -> Duration.ofSeconds(1);
                        case "m" -> Duration.ofMinutes(1);
                        case "h" -> Duration.ofHours(1);
                        default -> Duration.ZERO;
                    };
            Duration time = unit.multipliedBy(number);
            if (!unit.isZero() && time.compareTo(LONGEST) <= 0) {
                return time;
            }
        }
        throw new TypeConversionException(
                "'%s' is no time; write it as 50ms, 5s, 2m or 1h".formatted(text));
    }

    /** {@code 65536}, {@code 64KiB}, {@code 1MiB}, {@code 1GiB}; at most 2^30. */
    static int size(String text) {
        Matcher parts = NUMBER.matcher(text);
        if (parts.matches()) {
            int shift =
                    switch (parts.group(2)) {
                        case "", "B" -> 0;
                        case "KiB", "K", "k" -> 10;
                        case "MiB", "M" -> 20;
                        case "GiB", "G" -> 30;
                        default -> Long.SIZE;
                    };
            long number = Long.parseLong(parts.group(1));
            if (shift < Long.SIZE && number >= 1 && number <= 1L << (30 - shift)) {
                return (int) (number << shift);
            }
        }
        throw new TypeConversionException(
                "'%s' is no size; write it as 65536, 64KiB or 1MiB, at most 1GiB".formatted(text));
    }

    /** A time as a person writes it: {@code 250 ms}, {@code 3.2 s}, {@code 2 m 5 s}. */
    static String text(Duration time) {
        long millis = time.toMillis();
        if (millis < 1_000) {
            return millis + " ms";
        }
        if (millis < 60_000) {
            long tenths = millis / 100;
            return tenths / 10 + (tenths % 10 == 0 ? "" : "." + tenths % 10) + " s";
        }
        long seconds = time.toSeconds();
        return seconds < 3_600
                ? seconds / 60 + " m " + seconds % 60 + " s"
                : seconds / 3_600 + " h " + seconds / 60 % 60 + " m";
    }

    /** A whole number in decimal. */
    static int count(String text, int lowest, int highest) {
        if (text.matches("[0-9]{1,10}")) {
            long number = Long.parseLong(text);
            if (number >= lowest && number <= highest) {
                return (int) number;
            }
        }
        throw new TypeConversionException(
                "'%s' is no number from %d to %d".formatted(text, lowest, highest));
    }
}
