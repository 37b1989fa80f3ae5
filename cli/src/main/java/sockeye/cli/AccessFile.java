// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A file of lines, which a thread of its own writes: a disk that is slow, or full, holds up no
 * connection, and what finds no room in the queue is counted and told.
 *
 * <p>Before each write the name is looked at: where another file stands there, or none, since
 * somebody has moved the old one away (logrotate(8)), it is opened anew. So nobody has to send a
 * signal. Writes append, several whole lines at once: processes that follow each other, or one that
 * empties the file (copytruncate), do not get into each other's lines.
 */
final class AccessFile implements AutoCloseable {
    private static final int QUEUED = 65_536;
    private static final int BATCH = 1_024;
    private static final long LAST_WORDS_MILLIS = 5_000;

    /** No line: that there are no more. */
    private static final String END = "";

    private final Path path;
    private final Consumer<String> tell;
    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(QUEUED);
    private final AtomicLong lost = new AtomicLong();
    private final Thread writer;

    // Of the writer alone, but for the first opening.
    private @Nullable FileChannel file;
    private @Nullable Object identity;
    private boolean inMidLine;
    private boolean failing;

    /**
     * Opens it, and makes it if it is not there.
     *
     * @param tell is told when it cannot be written, and when it can again
     * @throws IOException if it cannot be opened
     */
    AccessFile(Path path, Consumer<String> tell) throws IOException {
        this.path = path;
        this.tell = tell;
        open();
        this.writer = Thread.ofPlatform().name("access log").daemon().start(this::writeAll);
    }

    /** Has a line written, or counted; never waits. */
    void say(String line) {
        if (!lines.offer(line + "\n")) {
            lost.incrementAndGet();
        }
    }

    private void writeAll() {
        var batch = new ArrayList<String>();
        try {
            for (boolean end = false; !end; batch.clear()) {
                batch.add(lines.take());
                lines.drainTo(batch, BATCH);
                end = batch.remove(END);
                write(batch);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
        shut();
    }

    private void write(List<String> batch) {
        if (batch.isEmpty()) {
            return;
        }
        String text = (inMidLine ? "\n" : "") + String.join("", batch);
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try {
            FileChannel to = follow();
            while (bytes.hasRemaining()) {
                to.write(bytes);
            }
            inMidLine = false;
            tellOfLoss();
        } catch (IOException failed) {
            inMidLine |= bytes.position() > 0;
            lost.addAndGet(batch.size());
            shut();
            if (!failing) {
                failing = true;
                tell.accept("the access log loses lines: " + TlsFiles.why(failed));
            }
        }
    }

    private void tellOfLoss() {
        failing = false;
        long missing = lost.getAndSet(0);
        if (missing > 0) {
            tell.accept("the access log has lost " + Guestbook.count(missing, "line"));
        }
    }

    /** The file that has the name now. */
    private FileChannel follow() throws IOException {
        FileChannel known = file;
        if (known != null && Objects.equals(identity, identityNow())) {
            return known;
        }
        shut();
        return open();
    }

    /** Device and inode; null if there is no such file. */
    private @Nullable Object identityNow() {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (IOException none) {
            return null;
        }
    }

    private FileChannel open() throws IOException {
        FileChannel opened = FileChannel.open(path, CREATE, WRITE, APPEND);
        file = opened;
        identity = identityNow();
        return opened;
    }

    private void shut() {
        FileChannel known = file;
        file = null;
        if (known != null) {
            try {
                known.close();
            } catch (IOException lostInTheEnd) {
                // The lines were given to the kernel, which has told what it could.
            }
        }
    }

    /** Waits until all is written, but not for ever. */
    @Override
    public void close() {
        try {
            if (lines.offer(END, LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)) {
                writer.join(LAST_WORDS_MILLIS);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
