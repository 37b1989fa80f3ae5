// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Deadline;
import sockeye.LinuxSocket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * The close that lets the last bytes arrive: writing is shut down, what the peer still sends is
 * read and thrown away, bounded in amount and time, until its end comes.
 */
final class Lingering {
    private Lingering() {}

    /** All but the close itself. Never throws: the connection is over. */
    static void linger(LinuxSocket socket, Duration time) {
        if (time.isZero() || !socket.isOpen()) {
            return;
        }
        try {
            socket.shutdown(LinuxSocket.SHUT_WR);
            readOn(socket, Deadline.after(time));
        } catch (IOException gone) {
            // Nobody is left to wait for.
        }
    }

    private static void readOn(LinuxSocket socket, Deadline until) throws IOException {
        int left = ServerSettings.LINGER_BYTES;
        while (left > 0) {
            int count = drain(socket, left);
            if (count < 0) {
                return;
            }
            left -= count;
            if (left > 0 && !await(socket, until)) {
                return;
            }
        }
    }

    /** Reads what is queued: how many bytes, or −1 at the end. */
    private static int drain(LinuxSocket socket, int most) throws IOException {
        Workspace space = Workspace.borrow();
        try {
            int sum = 0;
            while (sum < most) {
                int count = socket.recvNow(space.bytes, 0, Workspace.INPUT);
                if (count == LinuxSocket.WOULD_BLOCK) {
                    return sum;
                }
                if (count == 0) {
                    return -1;
                }
                sum += count;
            }
            return sum;
        } finally {
            space.giveBack();
        }
    }

    private static boolean await(LinuxSocket socket, Deadline until) throws IOException {
        try {
            return socket.awaitInput(until);
        } catch (SocketTimeoutException cut) {
            // A deadline of the handler's, or a server that stops: this has a time of its own.
            socket.readDeadline(Deadline.NONE);
            return socket.awaitInput(until);
        }
    }
}
