// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a route says about the way, for TCP above all: RTA_METRICS.
 *
 * @param values what is set; C's unsigned 32 bits
 * @param locked which of them the way itself may not change: path MTU discovery, for MTU
 * @param congestionControl TCP's algorithm by name; null for the system's
 */
public record RouteMetrics(
        Map<Metric, Long> values, Set<Metric> locked, @Nullable String congestionControl) {

    /** That nothing is set. */
    public static final RouteMetrics NONE = new RouteMetrics(Map.of(), Set.of(), null);

    private static final int RTAX_LOCK = 1;
    private static final int RTAX_CC_ALGO = 16;

    /** What can be set, with the kernel's RTAX_ number. */
    public enum Metric {
        /** The longest packet, in bytes. */
        MTU(2),
        /** The largest window that is announced, in bytes. */
        WINDOW(3),
        /** The first guess of the round trip, in eighths of a millisecond. */
        RTT(4),
        /** How much the round trip varies, in quarters of a millisecond. */
        RTTVAR(5),
        /** Where slow start ends, in segments. */
        SSTHRESH(6),
        /** The congestion window, in segments; only counts if it is locked. */
        CWND(7),
        /** The longest segment that is announced, in bytes. */
        ADVMSS(8),
        /** How many segments may be out of order. */
        REORDERING(9),
        /** The number of hops of packets. */
        HOPLIMIT(10),
        /** The first congestion window, in segments. */
        INITCWND(11),
        /** Bits: 1 explicit congestion notification, and others. */
        FEATURES(12),
        /** The shortest retransmission time-out, in milliseconds. */
        RTO_MIN(13),
        /** The first window that is announced, in segments. */
        INITRWND(14),
        /** Whether every segment is acknowledged at once. */
        QUICKACK(15),
        /** Whether Fast Open does without a cookie. */
        FASTOPEN_NO_COOKIE(17);

        private static final Metric[] ALL = values();

        private final int number;

        Metric(int number) {
            this.number = number;
        }

        private long bit() {
            return 1L << number;
        }

        private static @Nullable Metric of(int number) {
            for (Metric each : ALL) {
                if (each.number == number) {
                    return each;
                }
            }
            return null;
        }
    }

    /** Copies the collections. */
    public RouteMetrics {
        var ordered = new EnumMap<Metric, Long>(Metric.class);
        ordered.putAll(values);
        values = Collections.unmodifiableMap(ordered);
        locked = Flags.copy(Metric.class, locked);
    }

    /** One that is set, 0 if it is not. */
    public long get(Metric metric) {
        return values.getOrDefault(metric, 0L);
    }

    /** The same with one more. */
    public RouteMetrics with(Metric metric, long value) {
        var more = new EnumMap<Metric, Long>(Metric.class);
        more.putAll(values);
        more.put(metric, value);
        return new RouteMetrics(more, locked, congestionControl);
    }

    /** The same with one locked that is set. */
    public RouteMetrics withLocked(Metric metric) {
        var more = new HashSet<>(locked);
        more.add(metric);
        return new RouteMetrics(values, more, congestionControl);
    }

    /** The same with an algorithm. */
    public RouteMetrics withCongestionControl(String name) {
        return new RouteMetrics(values, locked, name);
    }

    static RouteMetrics read(AttributeReader at) {
        var values = new EnumMap<Metric, Long>(Metric.class);
        long locked = 0;
        String algorithm = null;
        while (at.next()) {
            switch (at.type()) {
                case RTAX_LOCK -> locked = at.u32();
                case RTAX_CC_ALGO -> algorithm = at.string();
                default -> {
                    Metric metric = Metric.of(at.type());
                    if (metric != null) {
                        values.put(metric, at.u32());
                    }
                }
            }
        }
        return new RouteMetrics(values, Flags.of(Metric.class, Metric::bit, locked), algorithm);
    }

    void write(AttributeWriter to) {
        if (!locked.isEmpty()) {
            to.u32(RTAX_LOCK, Flags.bits(locked, Metric::bit));
        }
        values.forEach((metric, value) -> to.u32(metric.number, value));
        if (congestionControl != null) {
            to.string(RTAX_CC_ALGO, congestionControl);
        }
    }
}
