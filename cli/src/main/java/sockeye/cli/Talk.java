// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.wire.TlsMachine;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** A connected socket, as one who talks over it sees it: lines go out, pieces come in. */
sealed interface Talk extends AutoCloseable {
    /** The longest message that is received whole: what AF_UNIX can send by default. */
    int LONGEST_MESSAGE = 256 << 10;

    /** Whom this is with, as far as it is known. */
    @Nullable Endpoint peer();

    /** Sends a line; its end goes along where nothing else shows it. */
    void sendLine(byte[] line) throws IOException;

    /**
     * Waits for what comes next: bytes of a stream, a message. What came is in the room, from
     * position to limit.
     *
     * @return false at the end
     */
    boolean receive(ByteBuffer room) throws IOException;

    /** Whether what is received are whole messages. */
    boolean hasMessages();

    /** Says that no more will be sent. Of datagrams nobody hears it. */
    void finish() throws IOException;

    /** When a waiting receive gives up. */
    void giveUpAt(Deadline deadline);

    /**
     * Sends all of standard input and prints all that comes.
     *
     * @param server what messages call the other end
     * @param patience how long an answer may take; null for what is usual
     */
    void pipe(Stdio stdio, String server, @Nullable Duration patience) throws IOException;

    @Override
    void close() throws IOException;

    /**
     * Whether one direction can end while the other goes on. Where it cannot, the other end never
     * learns that all was said, and answers are waited for as those to datagrams are.
     */
    static boolean halfCloses(LinuxSocket socket) {
        return socket.family() != AddressFamily.AF_TIPC;
    }

    /** A stream; a line is sent with its end. */
    record OfStream(ByteStream stream) implements Talk {
        @Override
        public @Nullable Endpoint peer() {
            return stream.peer();
        }

        @Override
        public void sendLine(byte[] line) throws IOException {
            byte[] ended = new byte[line.length + 1];
            System.arraycopy(line, 0, ended, 0, line.length);
            ended[line.length] = '\n';
            stream.write(ended);
        }

        @Override
        public boolean receive(ByteBuffer room) throws IOException {
            int count = stream.read(room.clear());
            room.flip();
            return count >= 0;
        }

        /** Whether the other end learns that all was said, and can still answer. */
        boolean tellsTheEnd() {
            return stream.unwrap(LinuxSocket.class).map(Talk::halfCloses).orElse(true)
                    && stream.unwrap(TlsMachine.class).map(TlsMachine::halfCloses).orElse(true);
        }

        @Override
        public boolean hasMessages() {
            return false;
        }

        @Override
        public void finish() throws IOException {
            if (tellsTheEnd()) {
                stream.shutdownOutput();
            } else {
                stream.flush();
            }
        }

        @Override
        public void giveUpAt(Deadline deadline) {
            stream.readDeadline(deadline);
        }

        @Override
        public void pipe(Stdio stdio, String server, @Nullable Duration patience)
                throws IOException {
            new StreamFilter(this, server, patience).run(stdio);
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Datagrams or records; a line is a message, and its end is not sent. */
    record OfMessages(MessageSocket socket) implements Talk {
        /** How long the answer to a datagram usually may take. */
        static final Duration PATIENCE = Duration.ofSeconds(2);

        @Override
        public @Nullable Endpoint peer() {
            return socket.peer();
        }

        @Override
        public void sendLine(byte[] line) throws IOException {
            socket.send(ByteBuffer.wrap(line));
        }

        @Override
        public boolean receive(ByteBuffer room) throws IOException {
            boolean came = socket.receive(room.clear()) != null;
            room.flip();
            return came;
        }

        @Override
        public boolean hasMessages() {
            return true;
        }

        /** Whether there is a connection, whose end both sides see. */
        boolean isConnection() {
            return socket.socket().type() == SocketType.SOCK_SEQPACKET;
        }

        /** Whether the other end closes when all was said and answered. */
        boolean endsByItself() {
            return isConnection() && halfCloses(socket.socket());
        }

        @Override
        public void finish() throws IOException {
            if (isConnection() && halfCloses(socket.socket())) {
                socket.shutdownOutput();
            }
        }

        @Override
        public void giveUpAt(Deadline deadline) {
            socket.readDeadline(deadline);
        }

        @Override
        public void pipe(Stdio stdio, String server, @Nullable Duration patience)
                throws IOException {
            new MessageFilter(this, server, patience == null ? PATIENCE : patience).run(stdio);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
