// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static sockeye.testkit.Ability.END;
import static sockeye.testkit.Ability.ERROR_QUEUE;
import static sockeye.testkit.Ability.HALF_CLOSE;
import static sockeye.testkit.Ability.HOLDING_BACK;
import static sockeye.testkit.Ability.NAMES;

import java.util.EnumMap;
import java.util.Map;

/** What the families lack, and why: the declarations that {@link TestFamily} is made of. */
final class FamilyLacks {
    private static final Map<Ability, String> NAMELESS =
            Map.of(NAMES, "socketpair(2) gives no names");

    /** What has no connection has no end either. */
    private static final Map<Ability, String> UNCONNECTED =
            Map.of(END, "datagrams have no end", HALF_CLOSE, "datagrams have no end");

    static final Map<Ability, String> UNIX = Map.of(ERROR_QUEUE, "AF_UNIX has no error queue");
    static final Map<Ability, String> UNIX_NAMELESS = both(UNIX, NAMELESS);
    static final Map<Ability, String> UNIX_DGRAM = both(UNIX, UNCONNECTED);
    static final Map<Ability, String> UNIX_DGRAM_NAMELESS = both(UNIX_DGRAM, NAMELESS);
    static final Map<Ability, String> UDP =
            both(UNCONNECTED, Map.of(HOLDING_BACK, "a full receiver loses datagrams"));

    private FamilyLacks() {}

    static Map<Ability, String> both(Map<Ability, String> one, Map<Ability, String> other) {
        var all = new EnumMap<>(one);
        all.putAll(other);
        return Map.copyOf(all);
    }
}
