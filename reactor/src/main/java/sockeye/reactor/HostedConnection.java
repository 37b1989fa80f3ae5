// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.AccessRecord;

import java.time.Duration;

/** One connection of a {@link ServiceHost}, as its observer sees it; for the reactor's thread. */
public interface HostedConnection {
    /** Its number at its host, counted from 1. */
    long id();

    /**
     * Whose it is; null if that is not known. A proxy's until it has named its client. Stays known
     * when it is closed.
     */
    @Nullable Endpoint peer();

    /** Where the host listens. */
    Endpoint local();

    /** How long it has been there, or was. */
    Duration age();

    /** How many bytes have come. */
    long received();

    /** How many bytes the kernel has taken. */
    long sent();

    /** How many messages the peer has sent; what that is, the service says. */
    long messages();

    /**
     * What an access log says of it, once it is over; before, what could be said if it were.
     *
     * @param why as {@link HostObserver#closed} is told
     */
    AccessRecord record(@Nullable Throwable why);
}
