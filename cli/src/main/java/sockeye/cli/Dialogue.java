// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.AttributedString;
import org.jspecify.annotations.Nullable;

import sockeye.Deadline;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;

/**
 * Talks with a person at a terminal: lines are edited and sent, and what comes is shown above the
 * line that is being edited.
 *
 * <p>This thread edits and sends, another one receives and shows. When the other end goes away, the
 * receiver says so and interrupts the editing.
 */
final class Dialogue {
    /** After this long without its end, what there is of a line is shown. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final int HISTORY_LINES = 1_000;
    private static final int INTERRUPTED = 130; // as a shell has it, 128 + SIGINT

    private final Talk talk;
    private final String server;
    private final Duration patience;
    private final ByteArrayOutputStream unshown = new ByteArrayOutputStream();
    private volatile boolean finished;
    private volatile @Nullable String gone;

    /**
     * @param server what messages call the other end
     * @param patience how long to wait for answers that are missing at the end
     */
    Dialogue(Talk talk, String server, Duration patience) {
        this.talk = talk;
        this.server = server;
        this.patience = patience;
    }

    /** Returns the exit code. */
    int run(Stdio stdio) throws IOException {
        // Else JLine interrupts this thread for a Ctrl-C that it also reads as a key, in either
        // order.
        System.setProperty(TerminalBuilder.PROP_SOFTWARE_SIGNALS, "false");
        try (Terminal terminal =
                TerminalBuilder.builder().system(true).encoding(StandardCharsets.UTF_8).build()) {
            var reader = lineReader(terminal);
            var editing = Thread.currentThread();
            var receiving =
                    Thread.ofPlatform()
                            .name("receiver")
                            .daemon()
                            .start(() -> receiveAll(reader, editing));
            int code = edit(reader);
            if (code == 0) {
                finish(receiving);
            }
            String why = gone;
            if (why == null) {
                return code;
            }
            stdio.note(why);
            return 1;
        }
    }

    private static LineReader lineReader(Terminal terminal) {
        var builder =
                LineReaderBuilder.builder()
                        .appName("sockeye")
                        .terminal(terminal)
                        .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                        .option(LineReader.Option.HISTORY_IGNORE_SPACE, true)
                        .option(LineReader.Option.INSERT_TAB, true)
                        .variable(LineReader.SECONDARY_PROMPT_PATTERN, "  ")
                        .variable(LineReader.HISTORY_SIZE, HISTORY_LINES)
                        .variable(LineReader.HISTORY_FILE_SIZE, HISTORY_LINES);
        Path history = historyFile();
        if (history != null) {
            builder.variable(LineReader.HISTORY_FILE, history);
        }
        return builder.build();
    }

    /**
     * Where lines are remembered: readable to their owner alone; null if there is no such place.
     */
    private static @Nullable Path historyFile() {
        String state = System.getenv("XDG_STATE_HOME");
        String home = System.getenv("HOME");
        if (state == null && home == null) {
            return null;
        }
        try {
            Path directory =
                    state != null ? Path.of(state) : Path.of(String.valueOf(home), ".local/state");
            Path file = directory.resolve("sockeye").resolve("history");
            if (!Files.exists(file)) {
                Files.createDirectories(file.getParent());
                Files.createFile(
                        file,
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rw-------")));
            }
            return file;
        } catch (IOException unwritable) {
            return null; // then lines are remembered until the end
        }
    }

    private int edit(LineReader reader) {
        while (gone == null) {
            try {
                String line = reader.readLine("> ");
                if (line.isEmpty()) {
                    return 0;
                }
                talk.sendLine(line.getBytes(StandardCharsets.UTF_8));
            } catch (EndOfFileException end) {
                return 0;
            } catch (UserInterruptException interrupt) {
                // JLine may hand the interrupt on as well: it would end the next line, unasked.
                Thread.interrupted();
                if (gone == null && interrupt.getPartialLine().isEmpty()) {
                    return INTERRUPTED;
                }
            } catch (IOException failed) {
                leave(failed.getMessage());
            }
        }
        return 1;
    }

    /** Ends our side, and waits for what is still to come. */
    private void finish(Thread receiving) {
        try {
            finished = true;
            talk.giveUpAt(Deadline.after(talk.hasMessages() ? PAUSE : patience));
            talk.finish();
            receiving.join();
        } catch (IOException lost) {
            // It is over for the other end as well.
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void leave(@Nullable String why) {
        if (gone == null && !finished) {
            gone = why == null ? "the connection is lost" : why;
        }
    }

    private void receiveAll(LineReader reader, Thread editing) {
        try {
            var room = ByteBuffer.allocate(Talk.LONGEST_MESSAGE);
            while (true) {
                try {
                    if (!talk.receive(room)) {
                        break;
                    }
                    show(reader, room);
                } catch (SocketTimeoutException pause) {
                    showRest(reader);
                    if (finished) {
                        return;
                    }
                    talk.giveUpAt(Deadline.NONE);
                }
            }
            showRest(reader);
            leave(server + " closed the connection");
        } catch (IOException failed) {
            showRest(reader);
            leave(failed.getMessage());
        }
        if (!finished) {
            editing.interrupt();
        }
    }

    private void show(LineReader reader, ByteBuffer came) {
        while (came.hasRemaining()) {
            byte next = came.get();
            if (next == '\n') {
                showLine(reader);
            } else {
                unshown.write(next);
            }
        }
        if (talk.hasMessages()) {
            showLine(reader);
        } else if (unshown.size() > 0 && !finished) {
            talk.giveUpAt(Deadline.after(PAUSE));
        }
    }

    private void showRest(LineReader reader) {
        if (unshown.size() > 0) {
            showLine(reader);
        }
    }

    private void showLine(LineReader reader) {
        String line = unshown.toString(StandardCharsets.UTF_8);
        unshown.reset();
        reader.printAbove(new AttributedString(printable(line)));
    }

    /** A stranger's bytes must not command the terminal: control characters as {@code ^X}. */
    static String printable(String line) {
        if (line.endsWith("\r")) {
            line = line.substring(0, line.length() - 1);
        }
        if (line.chars().noneMatch(Dialogue::isControl)) {
            return line;
        }
        var shown = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (!isControl(c)) {
                shown.append(c);
            } else if (c < 0x80) {
                shown.append('^').append((char) (c ^ 0x40));
            } else {
                shown.append('\uFFFD');
            }
        }
        return shown.toString();
    }

    private static boolean isControl(int c) {
        return Character.isISOControl(c) && c != '\t';
    }
}
