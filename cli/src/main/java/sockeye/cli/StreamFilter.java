// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;

/**
 * Copies standard input to a stream and the stream to standard output, both at once: a server that
 * answers while it is asked, as pipelining has it, is never made to wait for its reader.
 *
 * <p>This thread receives. Another one sends, as a daemon: nothing can end its read of standard
 * input but the end of the process.
 */
final class StreamFilter {
    private static final int PIECE = 64 << 10;

    /** How long input that has ended may take to be found ended. */
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final Talk.OfStream talk;
    private final ByteStream stream;

    /** Whether the server learns that all was said, and so closes when all is answered. */
    private final boolean tellsTheEnd;

    private final String server;
    private final @Nullable Duration patience;
    private volatile boolean inputEnded;
    private volatile @Nullable IOException sending;

    /**
     * @param server what messages call the other end
     * @param patience how long to wait for more answers once all input is sent; null for ever
     */
    StreamFilter(Talk.OfStream talk, String server, @Nullable Duration patience) {
        this.talk = talk;
        this.stream = talk.stream();
        this.server = server;
        this.tellsTheEnd = talk.tellsTheEnd();
        this.patience = patience == null && !tellsTheEnd ? Talk.OfMessages.PATIENCE : patience;
    }

    void run(Stdio stdio) throws IOException {
        Thread sender =
                Thread.ofPlatform()
                        .name("standard input")
                        .daemon()
                        .start(() -> sendAll(stdio.in()));
        var bytes = new byte[PIECE];
        while (true) {
            int count;
            try {
                count = stream.read(bytes);
            } catch (SocketTimeoutException silence) {
                if (!tellsTheEnd && inputEnded) {
                    return;
                }
                throw first(silence);
            } catch (IOException failed) {
                throw first(failed);
            }
            if (count < 0) {
                break;
            }
            write(stdio, bytes, count);
            if (inputEnded) {
                waitForMore();
            }
        }
        if (!inputEnded && !endsNow(sender)) {
            IOException failed = sending;
            throw failed != null
                    ? failed
                    : new Failure(server + " closed the connection before the input ended");
        }
    }

    /** Who speaks first and closes may be faster than the end of an empty input. */
    private boolean endsNow(Thread sender) {
        try {
            sender.join(GRACE);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        return inputEnded;
    }

    private void sendAll(InputStream in) {
        var bytes = new byte[PIECE];
        try {
            for (int count; (count = in.read(bytes)) > 0; ) {
                stream.write(bytes, 0, count);
            }
            inputEnded = true;
            talk.finish();
            waitForMore();
        } catch (IOException failed) {
            // The receiver tells it: at the latest when what the server still had to say is told.
            sending = failed;
            inputEnded = false;
            if (!tellsTheEnd) {
                stream.readDeadline(Deadline.after(Duration.ZERO));
                return;
            }
            try {
                stream.shutdownInput();
            } catch (IOException gone) {
                // Then the receiver knows already.
            }
        }
    }

    private void waitForMore() {
        if (patience != null) {
            stream.readDeadline(Deadline.after(patience));
        }
    }

    private IOException first(IOException receiving) {
        IOException failed = sending;
        if (failed == null || failed instanceof AsynchronousCloseException) {
            return receiving;
        }
        failed.addSuppressed(receiving);
        return failed;
    }

    private static void write(Stdio stdio, byte[] bytes, int count) throws IOException {
        try {
            stdio.out().write(bytes, 0, count);
        } catch (IOException closed) {
            throw new Failure("standard output: " + closed.getMessage(), closed);
        }
    }
}
