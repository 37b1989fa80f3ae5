// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.Assumptions;

import java.util.Map;

/** What the contracts have in common: they are told what cannot be asked for. */
public interface Suite {
    /** What is lacking here, each with the reason. */
    default Map<Ability, String> lacks() {
        return Map.of();
    }

    /** Whether this is not lacking. */
    default boolean can(Ability ability) {
        return !lacks().containsKey(ability);
    }

    /** Skips the running test, with the reason, if one of these is lacking. */
    default void need(Ability... abilities) {
        for (Ability each : abilities) {
            String why = lacks().get(each);
            Assumptions.assumeTrue(why == null, () -> "no " + each + ": " + why);
        }
    }
}
