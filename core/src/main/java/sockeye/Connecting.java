// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Blocking;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** Connecting to what a text names: resolve the host, try its addresses in turn. */
final class Connecting {
    private Connecting() {}

    interface Attempt<S> {
        S to(Endpoint peer) throws IOException;
    }

    static StreamSocket stream(EndpointSpec spec, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        EndpointSpec target = spec.forConnecting();
        target.requireWrappersAmong(List.of());
        target.readOptions().requireNoMore();
        if (!target.scheme().isStream()) {
            throw new IllegalArgumentException(spec + " is no stream");
        }
        int protocol = target.scheme().protocol();
        return each(
                endpoints(target),
                peer -> StreamSocket.connect(peer, protocol, null, deadline, settings));
    }

    /** All that a target may mean, in the order to try. */
    static List<Endpoint> endpoints(EndpointSpec target) throws IOException {
        if (!target.needsResolving()) {
            return List.of(target.toEndpoint());
        }
        EndpointTarget.Host host = (EndpointTarget.Host) target.target();
        List<Endpoint> found = new ArrayList<>();
        for (InetAddress address : resolve(host.name())) {
            found.add(InetEndpoint.of(IpAddress.of(address), host.port()));
        }
        return found;
    }

    private static InetAddress[] resolve(String name) throws UnknownHostException {
        try {
            return Blocking.run(() -> InetAddress.getAllByName(name));
        } catch (UnknownHostException unknown) {
            throw unknown;
        } catch (Exception unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }

    private static <S> S each(List<Endpoint> peers, Attempt<S> attempt) throws IOException {
        List<IOException> failures = new ArrayList<>();
        for (Endpoint peer : peers) {
            try {
                return attempt.to(peer);
            } catch (SocketInterruptedException cancelled) {
                throw cancelled;
            } catch (IOException failed) {
                failures.add(failed);
            }
        }
        IOException last = failures.removeLast();
        failures.forEach(last::addSuppressed);
        throw last;
    }
}
