// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

/**
 * How fast bytes may go: so many at once, and so many more for each second that passes.
 *
 * @param perSecond bytes per second, at most 10^12; 0 means no limit
 * @param burst how many may go at once after a long silence, 1 to what a day earns
 */
public record ByteRate(long perSecond, long burst) {
    /** No limit. */
    public static final ByteRate NONE = new ByteRate(0, 1);

    private static final long FASTEST = 1_000_000_000_000L;
    private static final long DAY = 86_400;

    public ByteRate {
        if (perSecond < 0 || perSecond > FASTEST) {
            throw new IllegalArgumentException(
                    "at most 10^12 bytes per second, 0 for no limit: " + perSecond);
        }
        if (burst < 1 || (perSecond > 0 && burst > perSecond * DAY)) {
            throw new IllegalArgumentException(
                    "a burst of 1 byte to those of a day: %d at %d/s".formatted(burst, perSecond));
        }
    }

    /**
     * So many bytes per second, and as many at once.
     *
     * @throws IllegalArgumentException if it is less than 1 or more than 10^12
     */
    public static ByteRate perSecond(long bytes) {
        return new ByteRate(bytes, bytes);
    }

    /** The same with another burst, in bytes. */
    public ByteRate withBurst(long burst) {
        return new ByteRate(perSecond, burst);
    }

    /** Whether there is no limit. */
    public boolean isNone() {
        return perSecond == 0;
    }

    /** {@code none}, or how many bytes per second and how many at once. */
    @Override
    public String toString() {
        return isNone() ? "none" : perSecond + " B/s, burst " + burst;
    }
}
