// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.PollSet.POLLERR;
import static sockeye.PollSet.POLLHUP;
import static sockeye.PollSet.POLLIN;
import static sockeye.PollSet.POLLNVAL;
import static sockeye.PollSet.POLLOUT;
import static sockeye.PollSet.POLLPRI;
import static sockeye.PollSet.POLLRDBAND;
import static sockeye.PollSet.POLLRDNORM;
import static sockeye.PollSet.POLLWRBAND;
import static sockeye.PollSet.POLLWRNORM;

import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The three sets of select(2): what is to be read, what is to be written, and what may have
 * something exceptional, urgent data that is. {@link #select} takes three and gives three, as
 * Python's {@code select.select(r, w, x, timeout)} does.
 *
 * <pre>{@code
 * var ready = SelectSets.of(clients, List.of(), List.of()).select(Deadline.NONE);
 * for (var client : ready.readable()) {
 *     ...
 * }
 * }</pre>
 *
 * <p>There is no limit of 1024 descriptors. A descriptor at its end, or with an error, is readable;
 * one with an error is writable too: an operation tells. One that is in several sets is found in
 * each to which it belongs. The order is kept.
 *
 * @param <T> the common type of what is in them
 * @param readable a read, or an accept, would not wait
 * @param writable a write would not wait, or a connect has ended
 * @param exceptional there is urgent data
 * @see <a href="https://man7.org/linux/man-pages/man2/select.2.html">select(2)</a>
 */
public record SelectSets<T extends HasDescriptor>(
        List<T> readable, List<T> writable, List<T> exceptional) {
    private static final int READABLE = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR;
    private static final int WRITABLE = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR;

    /** Copies the lists. */
    public SelectSets {
        readable = List.copyOf(readable);
        writable = List.copyOf(writable);
        exceptional = List.copyOf(exceptional);
    }

    /** Three sets. */
    public static <T extends HasDescriptor> SelectSets<T> of(
            Collection<? extends T> readable,
            Collection<? extends T> writable,
            Collection<? extends T> exceptional) {
        return new SelectSets<>(
                List.copyOf(readable), List.copyOf(writable), List.copyOf(exceptional));
    }

    /** Whether there is nothing in any of them. */
    public boolean isEmpty() {
        return readable.isEmpty() && writable.isEmpty() && exceptional.isEmpty();
    }

    /**
     * Waits until any of them is ready, in the calling thread, virtual or platform; with three
     * empty sets just for the deadline.
     *
     * @return those that are ready; empty sets if the deadline has passed
     * @throws IOException EBADF if one is not open, or is closed meanwhile
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    public SelectSets<T> select(Deadline until) throws IOException {
        Map<T, Poll.Entry> entries = new LinkedHashMap<>();
        ask(entries, readable, READABLE);
        ask(entries, writable, WRITABLE);
        ask(entries, exceptional, POLLPRI);
        Poll.await(entries.values(), until);
        for (Poll.Entry each : entries.values()) {
            if ((each.revents & POLLNVAL) != 0) {
                String what = String.valueOf(each.source);
                throw ErrnoFailure.of("select", Errno.EBADF.number(), what, null, null, 0);
            }
        }
        return new SelectSets<>(
                among(entries, readable, READABLE),
                among(entries, writable, WRITABLE),
                among(entries, exceptional, POLLPRI));
    }

    private static <T extends HasDescriptor> void ask(
            Map<T, Poll.Entry> entries, List<T> set, int events) {
        for (T each : set) {
            Poll.Entry entry = entries.computeIfAbsent(each, Poll.Entry::new);
            entry.events |= events & ~(POLLERR | POLLHUP);
            entry.wanted |= events | POLLNVAL;
        }
    }

    private static <T extends HasDescriptor> List<T> among(
            Map<T, Poll.Entry> entries, List<T> set, int events) {
        return set.stream()
                .filter(each -> {
                    Poll.Entry entry = entries.get(each);
                    return entry != null && (entry.revents & events) != 0;
                })
                .toList();
    }
}
