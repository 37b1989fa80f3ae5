// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;

/**
 * Whole messages are written, so nothing is gained by waiting for more: TCP_NODELAY, which
 * connections inherit.
 */
final class Nagle {
    private static final int TCP_NODELAY = 1;

    private Nagle() {}

    static void off(LinuxSocket socket) throws IOException {
        if (socket.type() == SocketType.SOCK_STREAM
                && (socket.protocol() == IpProtocol.IPPROTO_TCP
                        || socket.protocol() == IpProtocol.IPPROTO_MPTCP)) {
            socket.setOption(IpProtocol.IPPROTO_TCP, TCP_NODELAY, 1);
        }
    }
}
