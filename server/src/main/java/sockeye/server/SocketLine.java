// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.wire.Output;
import sockeye.wire.StreamMachine;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** A connection of a server, straight on its socket. */
final class SocketLine implements Line {
    private final ServerConnection connection;
    private final LinuxSocket socket;

    SocketLine(ServerConnection connection, LinuxSocket socket) {
        this.connection = connection;
        this.socket = socket;
    }

    @Override
    public int read(byte[] bytes, int length) throws IOException {
        int count = socket.recvNow(bytes, 0, length);
        return count > 0 ? count : count == 0 ? END : NOTHING;
    }

    @Override
    public boolean drained() {
        // Of a server that stops another read is wanted: its finding nothing is the end.
        return socket.isDrained() && !connection.stopping();
    }

    @Override
    public boolean send(Output output) throws IOException {
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        if (passed == null || !passed.hasRemaining()) {
            return collected.hasRemaining() && send(socket, collected);
        }
        if (!collected.hasRemaining()) {
            return send(socket, passed);
        }
        sendBoth(collected, passed);
        return true;
    }

    /** Sends all; whether it had to wait. */
    static boolean send(LinuxSocket socket, ByteBuffer bytes) throws IOException {
        if (bytes.hasArray()) {
            int count =
                    socket.sendNow(
                            bytes.array(),
                            bytes.arrayOffset() + bytes.position(),
                            bytes.remaining());
            if (count != LinuxSocket.WOULD_BLOCK) {
                bytes.position(bytes.position() + count);
                if (!bytes.hasRemaining()) {
                    return false;
                }
            }
        }
        socket.sendAll(bytes, 0);
        return true;
    }

    private void sendBoth(ByteBuffer collected, ByteBuffer passed) throws IOException {
        ByteBuffer[] both = {collected, passed};
        while (passed.hasRemaining()) {
            if (collected.hasRemaining()) {
                socket.sendMsg(both, List.of(), 0);
            } else {
                socket.sendAll(passed, 0);
            }
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        socket.shutdown(LinuxSocket.SHUT_WR);
    }

    @Override
    public void await(long wakeAt) throws IOException {
        try {
            if (wakeAt == StreamMachine.NEVER) {
                socket.awaitInput();
            } else {
                long nanos = wakeAt - System.nanoTime();
                socket.awaitInput(Deadline.after(Duration.ofNanos(nanos)));
            }
        } catch (SocketTimeoutException cut) {
            connection.endWait(cut);
        }
    }

    @Override
    public boolean stopping() {
        return connection.stopping();
    }
}
