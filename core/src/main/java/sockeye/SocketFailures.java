// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;

/** Names a socket's ends in its errors; they are asked for only when something has failed. */
final class SocketFailures implements Descriptor.Owner {
    private final LinuxSocket socket;

    /** Whom it was connected to: after a reset the kernel does not know any more. */
    private volatile @Nullable Endpoint connectedTo;

    SocketFailures(LinuxSocket socket) {
        this.socket = socket;
    }

    void connectedTo(@Nullable Endpoint peer) {
        connectedTo = peer;
    }

    @Override
    public IOException failure(String operation, int errno, long done) {
        Endpoint peer = peerOrLast();
        Endpoint local = local();
        return ErrnoFailure.of(operation, errno, what(peer, local), local, peer, done);
    }

    @Override
    public IOException cut(String operation, Gate.Outcome outcome, long done) {
        return cut(operation, what(peerOrLast(), local()), outcome, done);
    }

    /** The exception for a wait that ended without an event. */
    static IOException cut(
            String operation, @Nullable String what, Gate.Outcome outcome, long done) {
        return switch (outcome) {
            case TIMEOUT -> {
                var timedOut =
                        new SocketTimeoutException(
                                operation
                                        + (what == null ? "" : " " + what)
                                        + ": timed out"
                                        + (done > 0 ? ", " + done + " bytes done" : ""));
                timedOut.bytesTransferred = (int) Math.min(done, Integer.MAX_VALUE);
                yield timedOut;
            }
            case INTERRUPT -> SocketInterruptedException.during(operation, what, done);
            case CLOSED -> new AsynchronousCloseException();
            case EVENT -> throw new IllegalArgumentException();
        };
    }

    private @Nullable String what(@Nullable Endpoint peer, @Nullable Endpoint local) {
        Endpoint named = peer != null ? peer : local;
        return named == null ? null : socket.describe(named);
    }

    private @Nullable Endpoint peerOrLast() {
        Endpoint peer = peer();
        return peer != null ? peer : connectedTo;
    }

    @Nullable Endpoint peer() {
        try {
            return socket.getPeerName();
        } catch (IOException unknown) {
            return null;
        }
    }

    @Nullable Endpoint local() {
        try {
            return socket.getSockName();
        } catch (IOException unknown) {
            return null;
        }
    }
}
