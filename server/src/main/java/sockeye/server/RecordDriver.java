// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.MessageStream;
import sockeye.wire.MessageService;
import sockeye.wire.Output;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

/** Answers the records of a connection by a service of {@code sockeye.wire}. */
final class RecordDriver implements MessageHandler {
    private static final int EMSGSIZE = 90;

    private final MessageService service;

    RecordDriver(MessageService service) {
        this.service = service;
    }

    @Override
    public void handle(MessageStream client) throws Exception {
        Workspace space = Workspace.borrow();
        try {
            ByteBuffer buffer = space.input;
            Message message;
            while ((message = client.receive(buffer.clear())) != null) {
                if (message.truncated()) {
                    throw tooLong();
                }
                space.now.reset();
                service.received(message.payload(), space.now, space.output);
                ByteBuffer answer = space.answer();
                if (answer != null) {
                    client.send(answer);
                }
                if (done(space.output)) {
                    return;
                }
            }
        } finally {
            space.giveBack();
        }
    }

    /**
     * The same for a connection just accepted, straight on its socket.
     *
     * @return whether the peer has ended its sending
     */
    boolean serve(ServerConnection connection, MessageSocket client) throws IOException {
        LinuxSocket socket = client.socket();
        connection.counts(0);
        while (true) {
            try {
                socket.awaitInput();
            } catch (SocketTimeoutException cut) {
                connection.endWait(cut);
            }
            Workspace space = Workspace.borrow();
            try {
                int count;
                while ((count = socket.recvNow(space.bytes, 0, space.bytes.length))
                        != LinuxSocket.WOULD_BLOCK) {
                    if (count == 0 && client.isEnded()) {
                        return true;
                    }
                    if (count > Workspace.INPUT) {
                        throw tooLong();
                    }
                    connection.countMessage();
                    service.received(space.received(count), space.now, space.output);
                    send(socket, space);
                    if (done(space.output)) {
                        return false;
                    }
                }
            } finally {
                space.giveBack();
            }
            if (connection.stopping()) {
                return false;
            }
        }
    }

    private static void send(LinuxSocket socket, Workspace space) throws IOException {
        ByteBuffer answer = space.answer();
        if (answer == null) {
            return;
        }
        try {
            int count =
                    socket.sendNow(
                            answer.array(),
                            answer.arrayOffset() + answer.position(),
                            answer.remaining());
            if (count == LinuxSocket.WOULD_BLOCK) {
                socket.send(answer, 0);
            }
        } catch (IOException failed) {
            if (!(failed instanceof ErrnoFailure errno) || errno.errno().number() != EMSGSIZE) {
                throw failed;
            }
        }
    }

    /** Ends the turn; whether the service closes the connection. */
    private static boolean done(Output output) {
        boolean close = output.ending() == Output.Ending.CLOSE;
        output.clear();
        return close;
    }

    private static IOException tooLong() {
        return new IOException("a record is longer than " + Workspace.INPUT + " bytes");
    }
}
