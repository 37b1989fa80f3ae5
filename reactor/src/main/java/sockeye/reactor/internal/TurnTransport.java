// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.Transport;

/** A transport on which a {@link Turnwise} protocol can run. */
interface TurnTransport extends Transport {
    /** The time has come to look whether there is nothing to read. */
    void lookForQuiet();

    /** Has something done, once, when it is writable again; by the loop, and not here. */
    void whenWritable(Runnable task);

    /** Whether its protocol goes by turns may have changed. */
    void turnsChanged();
}
