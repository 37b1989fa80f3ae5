// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.SocketType;

import java.io.IOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/** The ports at which this process serves datagrams over IP: none of them is a client's. */
final class OwnPorts {
    private static final Map<Integer, Integer> COUNTS = new HashMap<>(); // guarded by itself

    /** Never changed once it is here. */
    private static volatile BitSet served = new BitSet();

    private OwnPorts() {}

    /** One more, or one less, server has this port. */
    static void count(int port, int difference) {
        synchronized (COUNTS) {
            int count = COUNTS.merge(port, difference, Integer::sum);
            if (count == 0) {
                COUNTS.remove(port);
            }
            BitSet now = new BitSet();
            COUNTS.keySet().forEach(now::set);
            served = now;
        }
    }

    /** Whether one of our servers has this port, at whatever address. */
    static boolean contains(int port) {
        return served.get(port);
    }

    /**
     * Whether it is one of this machine's addresses, which is what can be bound. If it cannot be
     * found out, it is.
     */
    static boolean isHere(InetEndpoint peer) {
        try (LinuxSocket probe = LinuxSocket.socket(peer.family(), SocketType.SOCK_DGRAM)) {
            probe.bind(peer.withPort(0));
            return true;
        } catch (IOException failed) {
            return !(failed instanceof ErrnoFailure failure)
                    || !failure.errno().equals(Errno.EADDRNOTAVAIL);
        }
    }
}
