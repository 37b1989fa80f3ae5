// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.util.Locale;

/**
 * How a {@link TimestampService} and a {@link DaytimeService} write the time. In every locale the
 * same.
 */
public enum StampFormat {
    /**
     * As ctime(3) of C, without its line end: {@code Sun Nov 1 10:05:00 2026}. English names, the
     * day padded with a blank, local time of the zone, whole seconds.
     */
    CTIME,
    /**
     * ISO 8601 as in RFC 3339, local time of the zone with its offset, milliseconds: {@code
     * 2026-11-22T10:05:00.250+01:00}, {@code Z} for an offset of zero.
     */
    ISO,
    /**
     * As in the head of a letter, RFC 5322: {@code Sun, 22 Nov 2026 10:05:00 +0100}. English names,
     * local time of the zone with its offset, whole seconds.
     */
    MAIL,
    /** Whole seconds since 1970 in UTC, rounded down: {@code 1795338300}. */
    EPOCH,
    /** Nanoseconds since 1970 in UTC: {@code 1795338300250000000}. */
    EPOCH_NANOS;

    /**
     * The format of this name, as {@link #toString} gives it.
     *
     * @throws IllegalArgumentException if there is none; the message lists them
     */
    public static StampFormat of(String name) {
        return Names.find(values(), name, "time format");
    }

    /**
     * The name as a person writes it: {@code ctime}, {@code iso}, {@code mail}, {@code epoch},
     * {@code epoch-nanos}.
     */
    @Override
    public String toString() {
        return Names.of(this);
    }

    /** Names of constants as they are written on a command line. */
    static final class Names {
        private Names() {}

        static String of(Enum<?> constant) {
            return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static <E extends Enum<E>> E find(E[] values, String name, String kind) {
            StringBuilder known = new StringBuilder();
            for (E value : values) {
                if (of(value).equals(name)) {
                    return value;
                }
                known.append(known.isEmpty() ? "" : ", ").append(of(value));
            }
            throw new IllegalArgumentException(
                    "\"%s\" is no %s; there are %s".formatted(name, kind, known));
        }
    }
}
