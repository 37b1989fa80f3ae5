// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * How many bytes have come and gone through a socket.
 *
 * <p>Counted is what this object has moved, by whatever method, {@code sendfile} and {@code splice}
 * included: not what a duplicate of it did, or the process that had the connection before; no
 * headers; what was only looked at (MSG_PEEK) not; of a truncated message what was received. It
 * costs a few instructions a call, and so the counts are exact only as long as one thread at a time
 * reads and one writes: when several do so at the very same moment, a part may be missing.
 *
 * @param received bytes received, at least 0
 * @param sent bytes that the kernel has taken, at least 0; whether they arrived is another question
 */
public record SocketTraffic(long received, long sent) {
    private static final VarHandle RECEIVED;
    private static final VarHandle SENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            RECEIVED = lookup.findVarHandle(LinuxSocket.class, "bytesReceived", long.class);
            SENT = lookup.findVarHandle(LinuxSocket.class, "bytesSent", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** What it was so far; of a closed socket, what it was in the end. By any thread. */
    public static SocketTraffic of(LinuxSocket socket) {
        return new SocketTraffic((long) RECEIVED.getOpaque(socket), (long) SENT.getOpaque(socket));
    }

    static void received(LinuxSocket socket, long bytes) {
        RECEIVED.setOpaque(socket, (long) RECEIVED.getOpaque(socket) + bytes);
    }

    static void sent(LinuxSocket socket, long bytes) {
        SENT.setOpaque(socket, (long) SENT.getOpaque(socket) + bytes);
    }
}
