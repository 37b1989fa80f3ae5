// SPDX-License-Identifier: Apache-2.0

package sockeye.internal;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.LinuxSocket;
import sockeye.SocketType;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Where this process serves datagrams over IP: nothing that comes from there is a client's. */
public final class OwnPorts {
    private static final Map<InetEndpoint, Integer> COUNTS = new HashMap<>(); // guarded by itself

    /** Those of {@link #COUNTS}, by their ports; never changed once it is here. */
    private static volatile Map<Integer, List<IpAddress>> served = Map.of();

    /** Their ports, so that whoever comes from another is known without a box; never changed. */
    private static volatile BitSet ports = new BitSet();

    private OwnPorts() {}

    /** One more, or one less, server is bound there. */
    public static void count(InetEndpoint at, int difference) {
        synchronized (COUNTS) {
            var bare = InetEndpoint.of(at.address().unmapped(), at.port());
            int count = COUNTS.merge(bare, difference, Integer::sum);
            if (count == 0) {
                COUNTS.remove(bare);
            }
            served =
                    COUNTS.keySet().stream()
                            .collect(
                                    Collectors.groupingBy(
                                            InetEndpoint::port,
                                            Collectors.mapping(
                                                    InetEndpoint::address, Collectors.toList())));
            var now = new BitSet();
            served.keySet().forEach(now::set);
            ports = now;
        }
    }

    /** Whether one of our servers has this port, at whatever address. */
    public static boolean contains(int port) {
        return ports.get(port);
    }

    /** Whether it is one of our servers that sends from there. */
    public static boolean contains(InetEndpoint peer) {
        IpAddress from = peer.address().unmapped();
        for (IpAddress each : served.getOrDefault(peer.port(), List.of())) {
            // Who is bound to all addresses, or to many, sends from whichever is his.
            boolean ofOne = !each.isUnspecified() && !each.isMulticast();
            if (ofOne ? each.equals(from) : isHere(peer)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Whether it is one of this machine's addresses, which is what can be bound. If it cannot be
     * found out, it is.
     */
    public static boolean isHere(InetEndpoint peer) {
        try (LinuxSocket probe = LinuxSocket.socket(peer.family(), SocketType.SOCK_DGRAM)) {
            probe.bind(peer.withPort(0));
            return true;
        } catch (IOException failed) {
            return !(failed instanceof ErrnoFailure failure)
                    || !failure.errno().equals(Errno.EADDRNOTAVAIL);
        }
    }
}
