// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.wire.AnswerRules.Refusal;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;

import java.util.Map;

/**
 * What a {@link ServiceHost} has done so far. Reasons that did not occur are not in the maps.
 *
 * @param accepted how many connections were served
 * @param active how many there are now, those included that wait for a place
 * @param rejected how many were not served, by the reason
 * @param exceeded how many took longer than a limit allows, by the limit
 * @param messages how many datagrams came, those that were dropped here included
 * @param truncated how many of them were dropped because they were too long
 * @param denied how many because of who had sent them
 * @param undelivered how many answers the kernel did not take
 * @param refused how many answers were not sent, by the reason
 */
public record HostStatistics(
        long accepted,
        int active,
        Map<Rejection, Long> rejected,
        Map<TimeLimit, Long> exceeded,
        long messages,
        long truncated,
        long denied,
        long undelivered,
        Map<Refusal, Long> refused) {
    /** Copies the maps. */
    public HostStatistics {
        rejected = Map.copyOf(rejected);
        exceeded = Map.copyOf(exceeded);
        refused = Map.copyOf(refused);
    }
}
