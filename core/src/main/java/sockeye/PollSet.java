// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.StringJoiner;

/**
 * poll(2) as an object: a few descriptors, each with what is asked about it. Python's {@code
 * select.poll()}. It holds nothing open and need not be closed; every poll costs in proportion to
 * all that is registered, so for many there is {@link ReadinessSelector}.
 *
 * <pre>{@code
 * var set = new PollSet();
 * set.register(socket, PollSet.POLLIN);
 * set.register(HasDescriptor.borrowed(0), PollSet.POLLIN);
 * for (var found : set.poll(Deadline.after(Duration.ofSeconds(5)))) {
 *     ...
 * }
 * }</pre>
 *
 * <p>The answers are those of ppoll(2), to the bit. In difference to epoll, files and directories
 * are always ready for POLLIN and POLLOUT, and what is not open is told as POLLNVAL: a borrowed
 * number that is not, and a socket that is closed, be it while somebody polls.
 *
 * <p>A poll parks the thread, virtual or platform. The set itself is for one thread at a time.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/poll.2.html">poll(2)</a>
 */
public final class PollSet {
    /** A read would not wait. */
    public static final int POLLIN = 0x001;

    /** Something exceptional, such as TCP's urgent data. */
    public static final int POLLPRI = 0x002;

    /** A write would not wait. */
    public static final int POLLOUT = 0x004;

    /** Answer only: an error is pending, or nobody reads the pipe. */
    public static final int POLLERR = 0x008;

    /** Answer only: both directions have ended. */
    public static final int POLLHUP = 0x010;

    /** Answer only: it is not open. */
    public static final int POLLNVAL = 0x020;

    /** Normal data can be read; what POLLIN is on sockets. */
    public static final int POLLRDNORM = 0x040;

    /** Data of a priority band can be read; of no use on Linux. */
    public static final int POLLRDBAND = 0x080;

    /** Normal data can be written; what POLLOUT is on sockets. */
    public static final int POLLWRNORM = 0x100;

    /** Data of a priority band can be written. */
    public static final int POLLWRBAND = 0x200;

    /** The peer writes no more. */
    public static final int POLLRDHUP = 0x2000;

    private final Map<HasDescriptor, Integer> asked = new LinkedHashMap<>();

    /** An empty one. */
    public PollSet() {}

    /**
     * What was found of one descriptor.
     *
     * @param source what was registered
     * @param events bits of POLL, never 0
     */
    public record Found(HasDescriptor source, int events) {
        /** Whether {@link #POLLIN} is among them. */
        public boolean isReadable() {
            return (events & POLLIN) != 0;
        }

        /** Whether {@link #POLLOUT} is among them. */
        public boolean isWritable() {
            return (events & POLLOUT) != 0;
        }

        /** Shows the events by name. */
        @Override
        public String toString() {
            return "Found[" + source + ", " + namesOf(events) + "]";
        }
    }

    /** Asks about a descriptor from now on; if it is there already, for these events instead. */
    public void register(HasDescriptor source, int events) {
        asked.put(source, events);
    }

    /**
     * Asks about what is there already for other events.
     *
     * @throws NoSuchElementException if it is not there
     */
    public void modify(HasDescriptor source, int events) {
        if (asked.replace(source, events) == null) {
            throw new NoSuchElementException("not registered: " + source);
        }
    }

    /** Asks about it no more. Whether it was there. */
    public boolean unregister(HasDescriptor source) {
        return asked.remove(source) != null;
    }

    /** How many are registered. */
    public int size() {
        return asked.size();
    }

    /**
     * Waits until there is something to tell of any of them.
     *
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    public List<Found> poll() throws IOException {
        return poll(Deadline.NONE);
    }

    /** The same, for no longer than until a deadline; the list is empty then. */
    public List<Found> poll(Deadline until) throws IOException {
        List<Poll.Entry> entries = new ArrayList<>(asked.size());
        asked.forEach((source, events) -> {
            var entry = new Poll.Entry(source);
            entry.events = events;
            entry.wanted = 0xffff;
            entries.add(entry);
        });
        Poll.await(entries, until);
        List<Found> found = new ArrayList<>();
        for (Poll.Entry each : entries) {
            if (each.revents != 0) {
                found.add(new Found(each.source, each.revents));
            }
        }
        return found;
    }

    /**
     * The bits of a word by name, joined with {@code |}: {@code "POLLIN|POLLHUP"}, {@code "0"} for
     * none.
     */
    public static String namesOf(int events) {
        var names = new StringJoiner("|");
        names.setEmptyValue("0");
        for (int rest = events; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            names.add(
                    switch (bit) {
                        case POLLIN -> "POLLIN";
                        case POLLPRI -> "POLLPRI";
                        case POLLOUT -> "POLLOUT";
                        case POLLERR -> "POLLERR";
                        case POLLHUP -> "POLLHUP";
                        case POLLNVAL -> "POLLNVAL";
                        case POLLRDNORM -> "POLLRDNORM";
                        case POLLRDBAND -> "POLLRDBAND";
                        case POLLWRNORM -> "POLLWRNORM";
                        case POLLWRBAND -> "POLLWRBAND";
                        case POLLRDHUP -> "POLLRDHUP";
                        default -> "0x" + Integer.toHexString(bit);
                    });
        }
        return names.toString();
    }
}
