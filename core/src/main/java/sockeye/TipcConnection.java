// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import sockeye.internal.wait.Clock;

import java.io.IOException;
import java.time.Duration;

/**
 * Where TIPC's connections differ from all others; the roles ask here and need not know. {@code
 * docs/design/tipc.md} has the whole.
 */
final class TipcConnection {
    private static final int POLLOUT = 4;
    private static final int POLLHUP = 0x10;
    private static final int ECONNRESET = 104;

    private TipcConnection() {}

    static boolean is(LinuxSocket socket) {
        return socket.family == AddressFamily.AF_TIPC
                && (socket.type == SOCK_STREAM || socket.type == SOCK_SEQPACKET);
    }

    /**
     * Whether EAGAIN of a receive means the end, which the kernel tells once: by a message that
     * says so. Who receives again would wait for ever. Nothing arrives any more then, but something
     * may have just before, so the receive is to be tried once more.
     */
    static boolean isOver(LinuxSocket socket) throws IOException {
        return is(socket) && (Poll.now(socket, 0) & POLLHUP) != 0;
    }

    /**
     * Until when a connect may wait. The kernel itself gives up only on blocking sockets, of which
     * there are none here.
     */
    static long connectLimit(LinuxSocket socket) {
        if (!is(socket)) {
            return Clock.NEVER;
        }
        try {
            Duration patience = socket.getOption(TipcOption.CONN_TIMEOUT);
            return Clock.after(Clock.nanos(patience));
        } catch (IOException closed) {
            return Clock.NEVER;
        }
    }

    /**
     * Whether an accepted connection is one whose maker gave up before: it stays in the listener's
     * queue, and nobody is at its other end.
     */
    static boolean isStale(LinuxSocket accepted) {
        if (!is(accepted) || accepted.owner().peer() != null) { // asked of the kernel
            return false;
        }
        try {
            accepted.recv(1, MessageFlag.MSG_PEEK | MessageFlag.MSG_DONTWAIT);
            return false;
        } catch (IOException reset) {
            return reset instanceof ErrnoFailure failure && failure.errno().number() == ECONNRESET;
        }
    }

    /** To a receive with room for ancillary data the kernel reports a reset as an empty message. */
    static void requireNoReset(LinuxSocket socket, Message received) throws IOException {
        if (received.length() == 0 && is(socket)) {
            var info = received.find(TipcAncillary.ErrorInfo.class);
            if (info.isPresent() && !info.get().error().equals(TipcError.CONN_SHUTDOWN)) {
                throw socket.owner().failure("recvmsg", ECONNRESET, 0);
            }
        }
    }

    /**
     * Has close shut the connection down before, without which the peer reads a reset in place of
     * the end. Not if others have the connection too: it would end for them as well.
     */
    static void endInOrder(LinuxSocket socket) {
        if (is(socket)) {
            socket.descriptor.shutDownFirst();
        }
    }

    /** Whether close waits, up to 8 seconds, for the peer or the link to take what was sent. */
    static boolean closeWaits(LinuxSocket socket) {
        try {
            return (Poll.now(socket, POLLOUT) & (POLLOUT | POLLHUP)) == 0;
        } catch (IOException closed) {
            return false;
        }
    }
}
