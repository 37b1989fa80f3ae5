// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

/** A {@link Service} that has a socket to which others come. */
public interface ListeningService extends Service {
    /**
     * Where it is, with the port that the kernel chose if 0 was asked for; null while it does not
     * run. Any thread.
     */
    @Nullable Endpoint local();
}
