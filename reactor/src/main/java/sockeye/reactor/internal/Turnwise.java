// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Protocol;

/**
 * A protocol that is called only while none of its output is pending; what comes meanwhile is kept.
 * It hears when nothing more is queued, and may leave input unread without being paused if it has
 * written.
 */
interface Turnwise extends Protocol {
    /** What is to be called by turns, if this is. */
    static @Nullable Turnwise of(Protocol protocol) {
        return protocol instanceof Turnwise by && by.goesByTurns() ? by : null;
    }

    /** Whether it does now: a layer does if what is above it does. */
    default boolean goesByTurns() {
        return true;
    }

    /**
     * A read would find nothing, all that came has been shown, and all that was written is sent.
     */
    void quiet(TurnTransport transport) throws Exception;
}
