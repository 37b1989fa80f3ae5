// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;

/** The two streams of an {@link EndpointSocket}, with the manners of those of java.net. */
final class SocketStreams {
    private SocketStreams() {}

    /** java.net knows one exception for a socket that is closed, before a call and during it. */
    static IOException asOfSocket(IOException failed) {
        if (!(failed instanceof ClosedChannelException)) {
            return failed;
        }
        var closed = new SocketException("Socket closed");
        closed.initCause(failed);
        return closed;
    }

    /** When a wait of so many milliseconds is over; 0 for no limit. */
    static Deadline by(int millis) {
        return millis == 0 ? Deadline.NONE : Deadline.after(Duration.ofMillis(millis));
    }

    /** Straight from the socket: nothing is read ahead. */
    static final class Input extends InputStream {
        private final EndpointSocket owner;
        private final LinuxSocket socket;

        Input(EndpointSocket owner, LinuxSocket socket) {
            this.owner = owner;
            this.socket = socket;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            try {
                Deadline by = by(owner.readTimeout());
                while (!owner.isInputShutdown()) {
                    int count = socket.recvNow(bytes, offset, length);
                    if (count != LinuxSocket.WOULD_BLOCK) {
                        return count == 0 ? -1 : count;
                    }
                    if (!socket.awaitInput(by)) {
                        throw new SocketTimeoutException("Read timed out");
                    }
                }
                return -1;
            } catch (IOException failed) {
                throw asOfSocket(failed);
            }
        }

        @Override
        public int available() throws IOException {
            if (owner.isInputShutdown()) {
                return 0;
            }
            try {
                return socket.available();
            } catch (IOException failed) {
                throw asOfSocket(failed);
            }
        }

        @Override
        public void close() throws IOException {
            owner.close();
        }
    }

    /** Whole writes, which do not mix; nothing is kept back. */
    static final class Output extends OutputStream {
        private final EndpointSocket owner;
        private final StreamSocket stream;

        Output(EndpointSocket owner, StreamSocket stream) {
            this.owner = owner;
            this.stream = stream;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                stream.write(bytes, offset, length);
            } catch (IOException failed) {
                throw asOfSocket(failed);
            }
        }

        @Override
        public void close() throws IOException {
            owner.close();
        }
    }
}
