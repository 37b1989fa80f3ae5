// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.AnswerRules.Refusal;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.ObjLongConsumer;

/**
 * What a server has done since it was made: {@link Server#statistics()}. All but {@link
 * Connections#active} only grow, so that a metrics library can have them as counters. The numbers
 * of one snapshot are read one after the other, and may be a few connections apart.
 *
 * @param uptime since when
 * @param connections of servers of streams and of records
 * @param datagrams of servers of datagrams
 * @param traffic of either
 * @param failedActions how many turns of {@linkplain ServiceAction actions} threw
 * @param troubles how often accepting or receiving failed for want of descriptors or memory, each
 *     episode once
 */
public record ServerStatistics(
        Duration uptime,
        Connections connections,
        Datagrams datagrams,
        Traffic traffic,
        long failedActions,
        long troubles) {

    /**
     * @param accepted how many came
     * @param active how many there are now
     * @param finished how many their handlers have served to the end
     * @param failed how many broke, or whose handler threw
     * @param failedHandshakes how many of those before a handler had them: TLS, the PROXY header
     * @param cutOff how many the server closed under their handlers
     * @param rejected how many were not served, by the reason; every reason is there
     * @param exceeded how many took longer than a limit allows, by the limit; every limit is there
     */
    public record Connections(
            long accepted,
            int active,
            long finished,
            long failed,
            long failedHandshakes,
            long cutOff,
            Map<Rejection, Long> rejected,
            Map<TimeLimit, Long> exceeded) {
        public Connections {
            rejected = Collections.unmodifiableMap(new EnumMap<>(rejected));
            exceeded = Collections.unmodifiableMap(new EnumMap<>(exceeded));
        }
    }

    /**
     * @param received how many came, those that were dropped here included
     * @param truncated how many were dropped because they were longer than the limit
     * @param undelivered how many answers the kernel did not take
     * @param failed for how many the handler threw
     * @param denied how many were dropped because of who had sent them ({@link
     *     ServerSettings#access()})
     * @param refused how many answers were not sent, by the reason ({@link
     *     ServerLimits#answers()}); reasons that did not occur are not in it
     * @param lost how many the kernel dropped before they came here, over IP, for want of room in
     *     the socket's buffer (SO_RCVBUF) or because they were damaged: what overload costs
     */
    public record Datagrams(
            long received,
            long truncated,
            long undelivered,
            long failed,
            long denied,
            Map<Refusal, Long> refused,
            long lost) {
        public Datagrams {
            refused = Map.copyOf(refused);
        }

        /** How many answers were not sent for this reason. */
        public long refused(Refusal why) {
            return refused.getOrDefault(why, 0L);
        }

        static Datagrams failed(long count) {
            return new Datagrams(0, 0, 0, count, 0, Map.of(), 0);
        }

        /** Of two sockets together. */
        Datagrams plus(Datagrams other) {
            var sums = new EnumMap<Refusal, Long>(Refusal.class);
            sums.putAll(refused);
            other.refused.forEach((why, count) -> sums.merge(why, count, Long::sum));
            return new Datagrams(
                    received + other.received,
                    truncated + other.truncated,
                    undelivered + other.undelivered,
                    failed + other.failed,
                    denied + other.denied,
                    sums,
                    lost + other.lost);
        }
    }

    /**
     * @param received bytes that came, those of TLS and other layers included
     * @param sent bytes that the kernel has taken
     * @param messages messages that came, where services of {@code sockeye.wire} count them
     */
    public record Traffic(long received, long sent, long messages) {}

    /**
     * Gives each number with its name, {@code connections.accepted}, {@code traffic.sent}, …, in
     * the order in which they stand here: for exporters.
     */
    public void forEach(ObjLongConsumer<String> to) {
        to.accept("connections.accepted", connections.accepted);
        to.accept("connections.active", connections.active);
        to.accept("connections.finished", connections.finished);
        to.accept("connections.failed", connections.failed);
        to.accept("connections.failed-handshakes", connections.failedHandshakes);
        to.accept("connections.cut-off", connections.cutOff);
        connections.rejected.forEach(
                (why, count) -> to.accept("connections.rejected." + name(why), count));
        connections.exceeded.forEach(
                (limit, count) -> to.accept("connections.exceeded." + name(limit), count));
        to.accept("datagrams.received", datagrams.received);
        to.accept("datagrams.truncated", datagrams.truncated);
        to.accept("datagrams.undelivered", datagrams.undelivered);
        to.accept("datagrams.failed", datagrams.failed);
        to.accept("datagrams.denied", datagrams.denied);
        for (Refusal why : Refusal.values()) {
            to.accept("datagrams.refused." + name(why), datagrams.refused(why));
        }
        to.accept("datagrams.lost", datagrams.lost);
        to.accept("traffic.received", traffic.received);
        to.accept("traffic.sent", traffic.sent);
        to.accept("traffic.messages", traffic.messages);
        to.accept("failed-actions", failedActions);
        to.accept("troubles", troubles);
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
