// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.Reactor;

import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** Chance of a reactor's: a simulated one's comes from its seed. */
public final class Chance {
    private Chance() {}

    /** That of a reactor. */
    public static RandomGenerator of(Reactor reactor) {
        return reactor instanceof Loop loop
                ? loop.driverInUse().random()
                : ThreadLocalRandom.current();
    }
}
