// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.Protocol;

/**
 * A protocol that is called only while none of its output is pending; what comes meanwhile is kept.
 * It hears when nothing more is queued, and may leave input unread without being paused if it has
 * written.
 */
interface Turnwise extends Protocol {
    /**
     * A read would find nothing, all that came has been shown, and all that was written is sent.
     */
    void quiet(Connection connection) throws Exception;
}
