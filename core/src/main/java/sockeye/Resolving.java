// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** From names to addresses: the JDK's resolver, on a platform thread. */
final class Resolving {
    private Resolving() {}

    /** All that a target may mean, in the order to try. */
    static List<Endpoint> endpoints(EndpointSpec target, Deadline deadline) throws IOException {
        if (!(target.target() instanceof EndpointTarget.Host(String name, int port))) {
            return List.of(target.toEndpoint());
        }
        // A name may stand in several tables with the same address.
        Set<Endpoint> found = new LinkedHashSet<>();
        for (InetAddress address : resolve(name, deadline)) {
            found.add(InetEndpoint.of(new InetSocketAddress(address, port)));
        }
        return new ArrayList<>(found);
    }

    private static InetAddress[] resolve(String name, Deadline deadline) throws IOException {
        Future<InetAddress[]> answer = Blocking.start(() -> InetAddress.getAllByName(name));
        try {
            return answer.get(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException passed) {
            throw SocketFailures.cut("resolve", name, Gate.Outcome.TIMEOUT, 0);
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw SocketFailures.cut("resolve", name, Gate.Outcome.INTERRUPT, 0);
        } catch (ExecutionException failed) {
            if (!(failed.getCause() instanceof UnknownHostException unknown)) {
                throw new IOException("resolve " + name + ": " + failed.getCause(), failed);
            }
            // The JDK's text is the name alone if it remembers the failure.
            var named = new UnknownHostException(name + ": no address is known for this name");
            named.initCause(unknown);
            throw named;
        }
    }
}
