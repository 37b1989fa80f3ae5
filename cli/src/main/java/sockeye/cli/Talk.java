// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.StreamSocket;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A connected socket, as one who talks over it sees it: lines go out, pieces come in. */
sealed interface Talk extends AutoCloseable {
    /** The longest message that is received whole: what AF_UNIX can send by default. */
    int LONGEST_MESSAGE = 256 << 10;

    /** Sends a line; its end goes along where nothing else shows it. */
    void sendLine(byte[] line) throws IOException;

    /** Waits for what comes next: bytes of a stream, a message; null at the end. */
    @Nullable ByteBuffer receive() throws IOException;

    /** Whether what is received are whole messages. */
    boolean hasMessages();

    /** Says that no more will be sent. Of datagrams nobody hears it. */
    void finish() throws IOException;

    /** When a waiting receive gives up. */
    void giveUpAt(Deadline deadline);

    @Override
    void close() throws IOException;

    /** A stream; a line is sent with its end. */
    record OfStream(StreamSocket socket, ByteBuffer room) implements Talk {
        OfStream(StreamSocket socket) {
            this(socket, ByteBuffer.allocate(64 << 10));
        }

        @Override
        public void sendLine(byte[] line) throws IOException {
            byte[] ended = new byte[line.length + 1];
            System.arraycopy(line, 0, ended, 0, line.length);
            ended[line.length] = '\n';
            socket.write(ended);
        }

        @Override
        public @Nullable ByteBuffer receive() throws IOException {
            return socket.read(room.clear()) < 0 ? null : room.flip();
        }

        @Override
        public boolean hasMessages() {
            return false;
        }

        @Override
        public void finish() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void giveUpAt(Deadline deadline) {
            socket.readDeadline(deadline);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Datagrams or records; a line is a message, and its end is not sent. */
    record OfMessages(MessageSocket socket, ByteBuffer room) implements Talk {
        OfMessages(MessageSocket socket) {
            this(socket, ByteBuffer.allocate(LONGEST_MESSAGE));
        }

        @Override
        public void sendLine(byte[] line) throws IOException {
            socket.send(ByteBuffer.wrap(line));
        }

        @Override
        public @Nullable ByteBuffer receive() throws IOException {
            var message = socket.receive(room.clear());
            return message == null ? null : message.payload();
        }

        @Override
        public boolean hasMessages() {
            return true;
        }

        /** Whether there is a connection, whose end both sides see. */
        boolean isConnection() {
            return socket.socket().type() == SocketType.SOCK_SEQPACKET;
        }

        @Override
        public void finish() throws IOException {
            if (isConnection()) {
                socket.shutdownOutput();
            }
        }

        @Override
        public void giveUpAt(Deadline deadline) {
            socket.readDeadline(deadline);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
