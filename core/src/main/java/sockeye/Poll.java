// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * ppoll(2) without waiting: what the kernel says of some descriptors now; and the wait, by other
 * means, until it says something else.
 */
final class Poll {
    @CStruct("struct pollfd")
    static final class Pollfd {
        static final int SIZEOF = 8;
        static final int fd = 0;
        static final int events = 4;
        static final int revents = 6;

        private Pollfd() {}
    }

    static final int POLLIN = 1;
    static final int POLLOUT = 4;
    static final int POLLERR = 8;
    static final int POLLHUP = 0x10;
    static final int POLLNVAL = 0x20;
    private static final int EPERM = 1;
    private static final int EINTR = 4;
    private static final int EBADF = 9;
    private static final int EEXIST = 17;

    private static final int TIMESPEC = Scratch.INTS + Pollfd.SIZEOF;

    private Poll() {}

    /** The events among those asked for, beside POLLERR and POLLHUP. */
    static int now(LinuxSocket socket, int events) throws IOException {
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS + Pollfd.fd, socket.descriptor.fd);
            memory.set(JAVA_SHORT, Scratch.INTS + Pollfd.events, (short) events);
            memory.set(JAVA_SHORT, Scratch.INTS + Pollfd.revents, (short) 0);
            memory.set(JAVA_LONG, TIMESPEC, 0);
            memory.set(JAVA_LONG, TIMESPEC + 8, 0);
            int result =
                    socket.descriptor.kernel.ppoll(
                            scratch.address(Scratch.INTS), 1, scratch.address(TIMESPEC));
            if (result < 0) {
                throw socket.owner().failure("ppoll", -result, 0);
            }
            return memory.get(JAVA_SHORT, Scratch.INTS + Pollfd.revents);
        } finally {
            socket.descriptor.exit();
        }
    }

    /** Whether a number is readable: 1, else EAGAIN. */
    static long readable(Kernel kernel, int fd) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS + Pollfd.fd, fd);
            memory.set(JAVA_SHORT, Scratch.INTS + Pollfd.events, (short) POLLIN);
            memory.set(JAVA_LONG, TIMESPEC, 0);
            memory.set(JAVA_LONG, TIMESPEC + 8, 0);
            int result = kernel.ppoll(scratch.address(Scratch.INTS), 1, scratch.address(TIMESPEC));
            return result == 0 ? EventDescriptor.NOTHING : result;
        }
    }

    /** What is asked about one descriptor, and the answer. */
    static final class Entry {
        final HasDescriptor source;

        /** What to ask for. */
        int events;

        /** The answers that are worth to return for. */
        int wanted;

        int revents;

        Entry(HasDescriptor source) {
            this.source = source;
        }
    }

    /**
     * Asks until there is an answer that somebody wants, or the deadline has passed. Only ppoll(2)
     * is believed; in between, an edge on any of them is waited for.
     */
    static boolean await(Collection<Entry> entries, Deadline until) throws IOException {
        if (ask(entries)) {
            return true;
        }
        if (until.isPassed()) {
            return false;
        }
        try (var selector = ReadinessSelector.<@Nullable Entry>wokenByCloses()) {
            for (Entry each : entries) {
                watch(selector, each);
            }
            // What was registered already is told as an edge.
            while (!ask(entries)) {
                selector.select(until);
                if (until.isPassed()) {
                    return ask(entries);
                }
            }
            return true;
        }
    }

    private static void watch(ReadinessSelector<@Nullable Entry> selector, Entry entry)
            throws IOException {
        int interest = (entry.events & ~(POLLERR | POLLHUP | POLLNVAL)) | Readiness.EPOLLET;
        try {
            selector.register(entry.source, interest, null);
        } catch (ClosedChannelException closed) {
            selector.wakeup();
        } catch (IOException refused) {
            if (!(refused instanceof ErrnoFailure failure)) {
                throw refused;
            }
            int errno = failure.errno().number();
            if (errno == EEXIST) {
                // The same number under another name.
                selector.widen(entry.source, interest);
            } else if (errno != EPERM && errno != EBADF) {
                // EPERM: a file, which is ready now or never. EBADF: ppoll will tell.
                throw refused;
            }
        }
    }

    /** Whether there is an answer that is wanted. */
    private static boolean ask(Collection<Entry> entries) throws IOException {
        Kernel kernel = Kernel.current();
        List<HasDescriptor.Lease> leases = new ArrayList<>(entries.size());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment fds = arena.allocate((long) Pollfd.SIZEOF * (entries.size() + 1), 8);
            long at = 0;
            for (Entry each : entries) {
                fds.set(JAVA_INT, at + Pollfd.fd, number(each.source, leases));
                fds.set(JAVA_SHORT, at + Pollfd.events, (short) each.events);
                at += Pollfd.SIZEOF;
            }
            long zero = arena.allocate(16, 8).address();
            int result;
            do {
                result = kernel.ppoll(fds.address(), entries.size(), zero);
            } while (result == -EINTR);
            if (result < 0) {
                throw ErrnoFailure.of("ppoll", -result, "", null, null, 0);
            }
            boolean found = false;
            at = 0;
            for (Entry each : entries) {
                boolean closed = fds.get(JAVA_INT, at + Pollfd.fd) < 0;
                int answer = fds.get(JAVA_SHORT, at + Pollfd.revents) & 0xffff;
                each.revents = closed ? POLLNVAL : answer;
                found |= (each.revents & each.wanted) != 0;
                at += Pollfd.SIZEOF;
            }
            return found;
        } finally {
            leases.forEach(HasDescriptor.Lease::close);
        }
    }

    /** The number, or a negative one, which the kernel passes over. */
    private static int number(HasDescriptor source, List<HasDescriptor.Lease> leases) {
        try {
            HasDescriptor.Lease lease = source.lease();
            leases.add(lease);
            return lease.fileno();
        } catch (ClosedChannelException closed) {
            return -1;
        }
    }
}
