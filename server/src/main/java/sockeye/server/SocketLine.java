// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static sockeye.MessageFlag.MSG_DONTWAIT;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
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
    public boolean sendNow(Output output) throws IOException {
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        if (passed == null || !passed.hasRemaining()) {
            return sendNow(collected);
        }
        return collected.hasRemaining() ? sendNow(collected, passed) : sendNow(passed);
    }

    private boolean sendNow(ByteBuffer bytes) throws IOException {
        if (!bytes.hasRemaining()) {
            return true;
        }
        if (!bytes.hasArray()) {
            return isTaken(() -> socket.send(bytes, MSG_DONTWAIT)) && !bytes.hasRemaining();
        }
        int count =
                socket.sendNow(
                        bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
        if (count != LinuxSocket.WOULD_BLOCK) {
            bytes.position(bytes.position() + count);
        }
        return !bytes.hasRemaining();
    }

    private boolean sendNow(ByteBuffer collected, ByteBuffer passed) throws IOException {
        ByteBuffer[] both = {collected, passed};
        return isTaken(() -> socket.sendMsg(both, List.of(), MSG_DONTWAIT))
                && !passed.hasRemaining();
    }

    private interface Sending {
        int send() throws IOException;
    }

    /** Whether the kernel has taken something. */
    private static boolean isTaken(Sending sending) throws IOException {
        try {
            return sending.send() >= 0;
        } catch (IOException failed) {
            if (failed instanceof ErrnoFailure errno && errno.errno().equals(Errno.EAGAIN)) {
                return false;
            }
            throw failed;
        }
    }

    @Override
    public void send(Output output) throws IOException {
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        if (collected.hasRemaining()) {
            socket.sendAll(collected, 0);
        }
        if (passed != null && passed.hasRemaining()) {
            socket.sendAll(passed, 0);
        }
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        socket.sendAll(bytes, 0, bytes.length, 0);
    }

    @Override
    public Arrears arrears() {
        return connection.arrears();
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
