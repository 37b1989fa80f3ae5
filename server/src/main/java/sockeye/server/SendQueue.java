// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.AddressFamily;
import sockeye.IpProtocol;
import sockeye.LinuxSocket;
import sockeye.SocketTraffic;
import sockeye.TcpInfo;
import sockeye.TcpOption;
import sockeye.server.StopReport.Delivery;

import java.io.IOException;

/** What a connection that is about to be closed has not got rid of. */
final class SendQueue {
    private SendQueue() {}

    /** Never throws: who does not tell has nothing queued. */
    static Delivery look(LinuxSocket socket) {
        long queued;
        try {
            queued = queued(socket);
        } catch (IOException doesNotTell) {
            queued = 0;
        }
        // A send that is under way is in the queue already, and not yet among what was written. Of
        // AF_UNIX the queue is counted in memory, which says nothing about bytes.
        long counted = SocketTraffic.of(socket).sent();
        long written =
                socket.family() == AddressFamily.AF_UNIX ? counted : Math.max(counted, queued);
        return new Delivery(written, written - Math.min(queued, written), queued > 0 ? 1 : 0);
    }

    private static long queued(LinuxSocket socket) throws IOException {
        long bytes = Math.max(0, socket.unsent());
        boolean tcp =
                socket.protocol() == IpProtocol.IPPROTO_TCP
                        && (socket.family() == AddressFamily.AF_INET
                                || socket.family() == AddressFamily.AF_INET6);
        return bytes > 0 && tcp && awaitsEnd(socket) ? bytes - 1 : bytes;
    }

    /** Whether the end is on its way: it has a sequence number, which is counted as a byte. */
    private static boolean awaitsEnd(LinuxSocket socket) throws IOException {
        TcpInfo.State state = socket.getOption(TcpOption.INFO).state();
        return switch (state) {
            case FIN_WAIT1, LAST_ACK, CLOSING -> true;
            default -> false;
        };
    }
}
