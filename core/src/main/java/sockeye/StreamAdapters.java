// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Streams in the form of java.io. They stay usable after a timeout. */
final class StreamAdapters {
    private StreamAdapters() {}

    /** Reads with the stream's timeout and read deadline; what would block is EAGAIN. */
    static final class Input extends InputStream {
        private final ByteStream stream;

        Input(ByteStream stream) {
            this.stream = stream;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = stream.reader().read(bytes, offset, length);
            if (count == 0 && length > 0) {
                // Non-blocking mode, which java.io knows no result for.
                throw ErrnoFailure.of(
                        "recv", LinuxSocket.EAGAIN, null, stream.local(), stream.peer(), 0);
            }
            return count;
        }

        @Override
        public int available() throws IOException {
            return stream.reader().available();
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }

    /** Writes with the stream's timeout and write deadline. */
    static final class Output extends OutputStream {
        private final ByteStream stream;

        Output(ByteStream stream) {
            this.stream = stream;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            stream.write(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            stream.flush();
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
