// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.LookupThreads;

import java.io.IOException;
import java.util.List;

/** A resolver on threads of its own. */
final class ThreadedResolver implements NameResolver {
    private final NameResolver next;
    private final LookupThreads threads;

    ThreadedResolver(NameResolver next, int threads, int waiting) {
        if (threads < 1 || waiting < 0) {
            throw new IllegalArgumentException(threads + " threads, and " + waiting + " waiting");
        }
        this.next = next;
        this.threads = new LookupThreads("sockeye-resolver-", threads, waiting);
    }

    @Override
    public List<InetEndpoint> resolve(String host, int port, int family, Deadline deadline)
            throws IOException {
        return Lookups.await(
                threads, host, deadline, () -> next.resolve(host, port, family, deadline));
    }

    /** How many look-ups hold a place. */
    int taken() {
        return threads.taken();
    }
}
