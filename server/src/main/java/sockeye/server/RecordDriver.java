// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.MessageStream;
import sockeye.wire.MessageService;
import sockeye.wire.Output;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Answers the records of a connection by a service of {@code sockeye.wire}. */
final class RecordDriver implements MessageHandler {
    private static final int EMSGSIZE = 90;

    private final MessageService service;

    RecordDriver(MessageService service) {
        this.service = service;
    }

    @Override
    public void handle(MessageStream client) throws Exception {
        PeerFacts facts = client::peer;
        Workspace space = Workspace.borrow();
        try {
            ByteBuffer buffer = space.input;
            Message message;
            while ((message = client.receive(buffer.clear())) != null) {
                if (message.truncated()) {
                    throw tooLong(Workspace.INPUT);
                }
                space.now.reset();
                service.received(message.payload(), facts, space.now, space.output);
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
        connection.counts(0);
        return new Run(service, connection, client).toTheEnd();
    }

    private static final class Run {
        private final MessageService service;
        private final ServerConnection connection;
        private final MessageSocket client;
        private final LinuxSocket socket;
        private final PeerFacts facts;

        /** While it works. */
        private @Nullable Workspace space;

        Run(MessageService service, ServerConnection connection, MessageSocket client) {
            this.service = service;
            this.connection = connection;
            this.client = client;
            this.socket = client.socket();
            this.facts = new ConnectionFacts(connection);
        }

        /** Whether the peer has ended its sending. */
        boolean toTheEnd() throws IOException {
            while (true) {
                try {
                    socket.awaitInput();
                } catch (SocketTimeoutException cut) {
                    connection.endWait(cut);
                }
                space = Workspace.borrow();
                try {
                    int count;
                    while ((count = receive()) != LinuxSocket.WOULD_BLOCK) {
                        if (count == 0 && client.isEnded()) {
                            return true;
                        }
                        if (answer(count)) {
                            return false;
                        }
                    }
                } finally {
                    giveBack();
                }
                if (connection.stopping()) {
                    return false;
                }
            }
        }

        private Workspace space() {
            return Objects.requireNonNull(space);
        }

        private void giveBack() {
            Workspace mine = space;
            space = null;
            if (mine != null) {
                mine.giveBack();
            }
        }

        private int receive() throws IOException {
            byte[] bytes = space().bytes;
            return socket.recvNow(bytes, 0, bytes.length);
        }

        /** Whether the service closes the connection. */
        private boolean answer(int count) throws IOException {
            if (count > connection.maxMessage()) {
                throw tooLong(connection.maxMessage());
            }
            connection.countMessage();
            Workspace now = space();
            service.received(now.received(count), facts, now.now, now.output);
            boolean close = now.output.ending() == Output.Ending.CLOSE;
            ByteBuffer answer = now.answer();
            if (answer != null) {
                send(answer);
            }
            if (space != null) {
                now.output.clear();
            } else {
                space = Workspace.borrow();
            }
            return close;
        }

        private void send(ByteBuffer answer) throws IOException {
            if (!answer.hasArray()) {
                // A service's own bytes, a file's for instance.
                send(ByteBuffer.allocate(answer.remaining()).put(answer).flip());
                return;
            }
            try {
                int sent =
                        socket.sendNow(
                                answer.array(),
                                answer.arrayOffset() + answer.position(),
                                answer.remaining());
                if (sent == LinuxSocket.WOULD_BLOCK) {
                    sendWaiting(answer);
                }
            } catch (IOException failed) {
                if (!(failed instanceof ErrnoFailure errno) || errno.errno().number() != EMSGSIZE) {
                    throw failed;
                }
            }
        }

        /** As long as memory is plenty with the whole space, else with a copy of the answer. */
        private void sendWaiting(ByteBuffer answer) throws IOException {
            Arrears arrears = connection.arrears();
            if (arrears.afford(Workspace.BYTES)) {
                try {
                    socket.send(answer, 0);
                } finally {
                    arrears.free(Workspace.BYTES);
                }
                return;
            }
            byte[] copy = new byte[answer.remaining()];
            answer.get(copy);
            arrears.hold(copy.length);
            giveBack();
            try {
                socket.send(copy, 0, copy.length, 0);
            } finally {
                arrears.free(copy.length);
            }
        }
    }

    /** Ends the turn; whether the service closes the connection. */
    private static boolean done(Output output) {
        boolean close = output.ending() == Output.Ending.CLOSE;
        output.clear();
        return close;
    }

    private static IOException tooLong(int most) {
        return new IOException("a record is longer than " + most + " bytes");
    }
}
