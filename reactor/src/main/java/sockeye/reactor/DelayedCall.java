// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.time.Duration;

/** Something to be done at a time, by a reactor's thread; for that thread alone. */
public interface DelayedCall {
    /** Whether it is still to come. */
    boolean isActive();

    /** Does not do it; whether it was still to come. */
    boolean cancel();

    /** Puts it off, or does it earlier: so long from now, even if it was done or cancelled. */
    void reset(Duration delay);

    /** When it is due, a time of {@link Reactor#nanos()}; of the last time if it is not active. */
    long due();
}
