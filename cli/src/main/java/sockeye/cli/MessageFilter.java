// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Sends each line of standard input as a message, and prints each message that comes as a line.
 *
 * <p>Datagrams get lost, the first of all in queues that are full: so there are never more on the
 * way than a queue holds, and what is not answered in time is counted as lost.
 */
final class MessageFilter {
    private static final int MOST_UNANSWERED = 64;
    private static final int MOST_UNANSWERED_BYTES = 64 << 10;

    private final Talk.OfMessages talk;
    private final String server;
    private final Duration patience;

    private long sent; // guarded by this
    private long answered; // guarded by this
    private long writtenOff; // guarded by this: those that no sender waits for any more
    private boolean inputEnded; // guarded by this
    private @Nullable IOException sending; // guarded by this

    /**
     * @param server what messages call the other end
     * @param patience how long an answer may take; zero if none is wanted
     */
    MessageFilter(Talk.OfMessages talk, String server, Duration patience) {
        this.talk = talk;
        this.server = server;
        this.patience = patience;
    }

    void run(Stdio stdio) throws IOException {
        Thread.ofPlatform().name("standard input").daemon().start(() -> sendAll(stdio.in()));
        var message = ByteBuffer.allocate(Talk.LONGEST_MESSAGE);
        while (true) {
            boolean ended;
            try {
                ended = !talk.receive(message);
            } catch (SocketTimeoutException silence) {
                conclude();
                return;
            } catch (IOException failed) {
                throw first(failed);
            }
            if (ended) {
                concludeConnection();
                return;
            }
            write(stdio, message);
            if (countAnswer()) {
                return;
            }
        }
    }

    private synchronized IOException first(IOException receiving) {
        return sending != null ? sending : receiving;
    }

    /** Whether it was the last. */
    private synchronized boolean countAnswer() {
        answered++;
        notifyAll();
        if (inputEnded && !talk.endsByItself()) {
            talk.giveUpAt(Deadline.after(patience));
            return answered >= sent;
        }
        return false;
    }

    /** No answer came for as long as we wait for one, and nothing is sent any more. */
    private synchronized void conclude() throws IOException {
        if (sending != null) {
            throw sending;
        }
        if (talk.endsByItself()) {
            throw new Failure(server + " did not close within " + patience.toMillis() + "ms");
        }
        if (answered < sent && !patience.isZero()) {
            throw new Failure(
                    "%s: %d of %d messages were not answered within %s"
                            .formatted(server, sent - answered, sent, Quantity.text(patience)));
        }
    }

    private synchronized void concludeConnection() throws IOException {
        if (sending != null) {
            throw sending;
        }
        if (!inputEnded) {
            throw new Failure(server + " closed the connection before the input ended");
        }
    }

    private void sendAll(InputStream in) {
        try {
            var lines = new BufferedInputStream(in, 64 << 10);
            for (byte[] line; (line = nextLine(lines)) != null; ) {
                if (!talk.endsByItself()) {
                    awaitRoom(line.length);
                }
                synchronized (this) {
                    sent++;
                }
                talk.sendLine(line);
            }
            synchronized (this) {
                inputEnded = true;
            }
            talk.finish();
        } catch (IOException failed) {
            synchronized (this) {
                sending = failed;
            }
            talk.giveUpAt(Deadline.after(Duration.ZERO));
            return;
        }
        synchronized (this) {
            if (!talk.endsByItself()) {
                talk.giveUpAt(Deadline.after(answered < sent ? patience : Duration.ZERO));
            }
        }
    }

    /** Waits until few enough are unanswered; those that take too long count no more. */
    private synchronized void awaitRoom(int length) throws IOException {
        int most = Math.clamp(MOST_UNANSWERED_BYTES / Math.max(1, length), 1, MOST_UNANSWERED);
        while (sent - Math.max(answered, writtenOff) >= most && !patience.isZero()) {
            long before = answered;
            try {
                wait(Math.max(1, patience.toMillis()));
            } catch (InterruptedException stopped) {
                throw new IOException("interrupted", stopped);
            }
            if (answered == before) {
                writtenOff = sent;
            }
        }
    }

    /** The next line without its LF; null at the end. */
    private static byte @Nullable [] nextLine(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            return null;
        }
        var line = new ByteArrayOutputStream();
        for (; next >= 0 && next != '\n'; next = in.read()) {
            if (line.size() == Talk.LONGEST_MESSAGE) {
                throw new Failure(
                        "standard input: a line is longer than %d bytes, too long for a message"
                                .formatted(Talk.LONGEST_MESSAGE));
            }
            line.write(next);
        }
        return line.toByteArray();
    }

    private static void write(Stdio stdio, ByteBuffer message) throws IOException {
        byte[] line = new byte[message.remaining() + 1];
        message.get(line, 0, line.length - 1);
        line[line.length - 1] = '\n';
        try {
            stdio.out().write(line);
        } catch (IOException closed) {
            throw new Failure("standard output: " + closed.getMessage(), closed);
        }
    }
}
