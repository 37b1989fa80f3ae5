// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints lines from a thread of its own, so that a slow terminal or a full pipe holds up nobody: a
 * line that finds the queue full is counted instead of printed.
 */
final class Announcer implements AutoCloseable {
    private static final int QUEUED = 4_096;
    private static final long LAST_WORDS_MILLIS = 1_000;
    private static final String END = "";

    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(QUEUED);
    private final AtomicLong unprinted = new AtomicLong();
    private final OutputStream out;
    private final Thread printer;

    Announcer(OutputStream out) {
        this.out = out;
        this.printer = Thread.ofPlatform().name("printer").daemon().start(this::printAll);
    }

    /** Has a line printed, or counted; never waits. */
    void say(String line) {
        if (!lines.offer(line + "\n")) {
            unprinted.incrementAndGet();
        }
    }

    private void printAll() {
        var batch = new ArrayList<String>();
        try {
            for (boolean end = false; !end; batch.clear()) {
                batch.add(lines.take());
                lines.drainTo(batch);
                long missing = unprinted.getAndSet(0);
                if (missing > 0) {
                    batch.add("... " + missing + " lines are not printed\n");
                }
                end = batch.contains(END);
                out.write(String.join("", batch).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException nobodyListens) {
            swallowAll();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void swallowAll() {
        try {
            while (!lines.take().equals(END)) {}
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until all is printed, but not for one who does not read. */
    @Override
    public void close() {
        try {
            if (lines.offer(END)) {
                printer.join(LAST_WORDS_MILLIS);
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
