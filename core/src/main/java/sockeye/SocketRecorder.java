// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.trace.SocketAcceptEvent;
import sockeye.internal.trace.SocketCloseEvent;
import sockeye.internal.trace.SocketConnectEvent;
import sockeye.internal.trace.SocketErrorEvent;
import sockeye.internal.trace.SocketEvent;
import sockeye.internal.trace.SocketReadEvent;
import sockeye.internal.trace.SocketWriteEvent;
import sockeye.internal.trace.TransferEvent;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * Does what is to be recorded, and tells Java Flight Recorder how it went. Not to be loaded before
 * {@link SocketTrace} says so: where there is no recorder, it cannot be.
 */
final class SocketRecorder {
    private SocketRecorder() {}

    /** An operation and its count, or what it has in place of one. */
    interface Call<T> {
        T make() throws IOException;
    }

    /** An operation that moves bytes; a negative count is none. */
    interface Transfer {
        long make() throws IOException;
    }

    static long read(LinuxSocket socket, String operation, Transfer transfer) throws IOException {
        return move(new SocketReadEvent(), socket, operation, transfer);
    }

    static long write(
            LinuxSocket socket, String operation, @Nullable Endpoint peer, Transfer transfer)
            throws IOException {
        var event = new SocketWriteEvent();
        event.peer = peer == null ? null : socket.describe(peer);
        return move(event, socket, operation, transfer);
    }

    private static long move(
            TransferEvent event, LinuxSocket socket, String operation, Transfer transfer)
            throws IOException {
        event.begin();
        try {
            long count = transfer.make();
            event.end();
            if (count >= 0 && event.shouldCommit()) {
                event.bytes = count;
                event.messages = socket.type == SocketType.SOCK_STREAM ? 0 : 1;
                commit(event, socket, operation);
            }
            return count;
        } catch (IOException failed) {
            fail(event, socket, operation, failed);
            throw failed;
        }
    }

    /** A message that comes with its sender. */
    static Message receive(LinuxSocket socket, Call<Message> call) throws IOException {
        var event = new SocketReadEvent();
        event.begin();
        try {
            Message message = call.make();
            event.end();
            if (event.shouldCommit()) {
                Endpoint peer = message.peer();
                event.peer = peer == null ? null : socket.describe(peer);
                event.bytes = message.length();
                event.messages = socket.type == SocketType.SOCK_STREAM ? 0 : 1;
                commit(event, socket, "recvmsg");
            }
            return message;
        } catch (IOException failed) {
            fail(event, socket, "recvmsg", failed);
            throw failed;
        }
    }

    /** Several messages at once; the call gives their number. */
    static int batch(
            boolean sending, LinuxSocket socket, MessageBatch batch, int from, Call<Integer> call)
            throws IOException {
        TransferEvent event = sending ? new SocketWriteEvent() : new SocketReadEvent();
        String operation = sending ? "sendmmsg" : "recvmmsg";
        event.begin();
        try {
            int count = call.make();
            event.end();
            if (event.shouldCommit()) {
                event.bytes = batch.bytes(from, from + count);
                event.messages = count;
                commit(event, socket, operation);
            }
            return count;
        } catch (IOException failed) {
            fail(event, socket, operation, failed);
            throw failed;
        }
    }

    static LinuxSocket.Accepted accept(LinuxSocket listener, Call<LinuxSocket.Accepted> call)
            throws IOException {
        var event = new SocketAcceptEvent();
        event.begin();
        try {
            LinuxSocket.Accepted accepted = call.make();
            event.end();
            if (event.shouldCommit()) {
                event.peer = listener.describe(accepted.peer());
                commit(event, accepted.socket(), "accept");
            }
            return accepted;
        } catch (IOException failed) {
            fail(event, listener, "accept", failed);
            throw failed;
        }
    }

    /** The call gives the error number. */
    static int connect(LinuxSocket socket, Endpoint peer, Call<Integer> call) throws IOException {
        var event = new SocketConnectEvent();
        event.peer = socket.describe(peer);
        event.begin();
        try {
            int errno = call.make();
            event.end();
            if (event.shouldCommit()) {
                if (errno != 0) {
                    event.errno = errno;
                    event.error = Errno.of(errno).symbol();
                }
                commit(event, socket, "connect");
            }
            return errno;
        } catch (IOException failed) {
            fail(event, socket, "connect", failed);
            throw failed;
        }
    }

    /** The call closes, and gives the negated error number or 0. */
    static int close(LinuxSocket socket, Call<Integer> call) throws IOException {
        var event = new SocketCloseEvent();
        if (!event.isEnabled() || !socket.isOpen()) {
            return call.make();
        }
        // Afterwards nobody knows any more.
        describe(event, socket, "close");
        event.begin();
        int result = call.make();
        event.end();
        if (event.shouldCommit()) {
            SocketTraffic traffic = SocketTraffic.of(socket);
            event.received = traffic.received();
            event.sent = traffic.sent();
            if (result < 0) {
                event.errno = -result;
                event.error = Errno.of(-result).symbol();
            }
            event.commit();
        }
        return result;
    }

    /** Something that failed, of a socket or not; what only says "later" is no failure. */
    static void failed(FailureDetails details) {
        int errno = details.errno().number();
        if (errno == Errno.EAGAIN.number() || errno == Errno.EINPROGRESS.number()) {
            return;
        }
        if (errno == Errno.ENOTCONN.number() && details.operation().equals("getpeername")) {
            // Whose peer is asked for often has none, and not least it is asked for here.
            return;
        }
        var event = new SocketErrorEvent();
        if (!event.shouldCommit()) {
            return;
        }
        event.operation = details.operation();
        event.error = details.errno().symbol();
        event.errno = errno;
        event.bytesDone = details.bytesDone();
        Endpoint local = details.local();
        Endpoint peer = details.peer();
        Endpoint known = peer != null ? peer : local;
        event.family = known == null ? null : AddressFamily.nameOf(known.family());
        event.local = local == null ? null : local.toString();
        event.peer = peer == null ? null : peer.toString();
        event.commit();
    }

    private static void fail(
            SocketEvent event, LinuxSocket socket, String operation, IOException failed) {
        event.end();
        boolean later =
                failed instanceof ErrnoFailure failure && failure.errno().equals(Errno.EAGAIN);
        if (later || !event.shouldCommit()) {
            return;
        }
        switch (failed) {
            case ErrnoFailure failure -> {
                event.errno = failure.errno().number();
                event.error = failure.errno().symbol();
            }
            case SocketTimeoutException _ -> event.error = "timeout";
            case SocketInterruptedException _ -> event.error = "interrupted";
            default -> event.error = socket.isOpen() ? failed.getClass().getName() : "closed";
        }
        commit(event, socket, operation);
    }

    private static void commit(SocketEvent event, LinuxSocket socket, String operation) {
        describe(event, socket, operation);
        event.commit();
    }

    private static void describe(SocketEvent event, LinuxSocket socket, String operation) {
        event.operation = operation;
        event.family = AddressFamily.nameOf(socket.family);
        event.descriptor = socket.fileno();
        if (event.local == null) {
            event.local = text(socket, socket.owner().local());
        }
        if (event.peer == null) {
            event.peer = text(socket, socket.owner().peer());
        }
    }

    private static @Nullable String text(LinuxSocket socket, @Nullable Endpoint endpoint) {
        return endpoint == null ? null : socket.describe(endpoint);
    }
}
