// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The descriptors that a service manager, or whatever else started this process, has opened for it
 * and passed on: sockets that it listens at in our place (socket activation), and what a previous
 * run of this service {@linkplain ServiceManager#store stored}.
 *
 * <pre>{@code
 * var activated = ActivatedSockets.ofProcess();
 * for (Role role : activated.takeRoles("http")) {
 *     if (role instanceof Listener<?> listener) ...
 * }
 * }</pre>
 *
 * <p>The environment says which they are: {@code LISTEN_FDS} how many, from number 3 on, {@code
 * LISTEN_FDNAMES} what each is called, {@code LISTEN_PID} and {@code LISTEN_PIDFDID} for which
 * process. They are for one process, not for its children: those that are for another are not
 * looked at. All that are for us are made close-on-exec when they are found.
 *
 * <p>The descriptors of this process are found once, and each is taken once; what is taken belongs
 * to who took it. A text with {@code systemd:NAME} takes from here as well. Descriptors may be of
 * any kind: FIFOs, devices, message queues, files in memory; what is no socket makes no role, and
 * is said so.
 *
 * <p><b>Threads.</b> Any method may be called by any thread.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html">
 *     sd_listen_fds(3)</a>
 */
public final class ActivatedSockets implements AutoCloseable {
    /** The number of the first: {@code SD_LISTEN_FDS_START}. */
    public static final int FIRST = 3;

    /** What a descriptor is called for which there is no name. */
    public static final String UNKNOWN = "unknown";

    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;

    /** No process has more than that: {@code /proc/sys/fs/nr_open} can be raised to 2^30. */
    private static final int MOST = 1 << 20;

    /** Those of the process, once somebody has asked. */
    private static @Nullable ActivatedSockets own; // guarded by the class

    /**
     * One that nobody has taken yet.
     *
     * @param name what it is called; names need not differ
     * @param descriptor the descriptor, which belongs to the {@link ActivatedSockets}
     */
    public record Passed(String name, PassedDescriptor descriptor) {}

    private final List<Passed> left = new ArrayList<>(); // guarded by this

    private ActivatedSockets() {}

    /**
     * Those of this process: found by the first call, and the same object ever after.
     *
     * @throws IOException if the variables contradict each other or the descriptors: a count that
     *     is none, more or fewer names, EBADF. Nothing is found then, and the next call finds none.
     */
    public static ActivatedSockets ofProcess() throws IOException {
        synchronized (ActivatedSockets.class) {
            ActivatedSockets found = own;
            if (found == null) {
                // Before the search: what is wrong is told once.
                own = new ActivatedSockets();
                found = read(System.getenv(), FIRST);
                own = found;
            }
            return found;
        }
    }

    /** Takes a descriptor by its number if it is one of these, and nobody has taken it. */
    static void release(int number) throws IOException {
        synchronized (ActivatedSockets.class) {
            if (own != null) {
                own.detach(number);
            }
        }
    }

    private synchronized void detach(int number) throws IOException {
        for (Iterator<Passed> each = left.iterator(); each.hasNext(); ) {
            Passed one = each.next();
            if (one.descriptor.fileno() == number) {
                each.remove();
                one.descriptor.detach();
            }
        }
    }

    /** Finds what an environment says, from a number on. */
    static ActivatedSockets read(Map<String, String> environment, int first) throws IOException {
        var found = new ActivatedSockets();
        String countText = environment.get("LISTEN_FDS");
        if (countText == null || !isForUs(environment)) {
            return found;
        }
        long count = number("LISTEN_FDS", countText);
        if (count > MOST) {
            throw new IOException("LISTEN_FDS is more than a process can have: " + count);
        }
        List<String> names = names(environment.get("LISTEN_FDNAMES"), (int) count);
        Kernel kernel = Kernel.current();
        for (int i = 0; i < count; i++) {
            int flags = kernel.fcntl(first + i, F_GETFD, 0);
            int result = flags < 0 ? flags : kernel.fcntl(first + i, F_SETFD, flags | FD_CLOEXEC);
            if (result < 0) {
                String what = "fd %d (%s) of LISTEN_FDS".formatted(first + i, names.get(i));
                throw ErrnoFailure.of("fcntl", -result, what, null, null, 0);
            }
        }
        for (int i = 0; i < count; i++) {
            found.left.add(new Passed(names.get(i), PassedDescriptor.adopt(first + i)));
        }
        return found;
    }

    private static boolean isForUs(Map<String, String> environment) throws IOException {
        String pid = environment.get("LISTEN_PID");
        if (pid == null || number("LISTEN_PID", pid) != ProcessHandle.current().pid()) {
            return false;
        }
        String given = environment.get("LISTEN_PIDFDID");
        if (given == null) {
            return true;
        }
        long wanted;
        try {
            wanted = Long.parseUnsignedLong(given);
        } catch (NumberFormatException none) {
            throw new IOException("LISTEN_PIDFDID is no number: " + Percent.quote(given), none);
        }
        try (var self = ProcessDescriptor.of(ProcessHandle.current().pid())) {
            // A kernel that does not number its processes does not know better than the pid.
            OptionalLong identity = self.identity();
            return identity.isEmpty() || identity.getAsLong() == wanted;
        }
    }

    private static long number(String variable, String text) throws IOException {
        try {
            long value = Long.parseLong(text);
            if (value >= 0) {
                return value;
            }
        } catch (NumberFormatException none) {
            // Said below.
        }
        throw new IOException(variable + " is no number: " + Percent.quote(text));
    }

    private static List<String> names(@Nullable String text, int count) throws IOException {
        if (text == null) {
            return Collections.nCopies(count, UNKNOWN);
        }
        List<String> names = Arrays.asList(text.split(":", -1));
        if (names.size() != count && !(count == 0 && text.isEmpty())) {
            throw new IOException(
                    "LISTEN_FDNAMES has %d names for %d descriptors"
                            .formatted(names.size(), count));
        }
        return names;
    }

    /** What nobody has taken yet, in the order in which it was passed: a snapshot. */
    public synchronized List<Passed> left() {
        return List.copyOf(left);
    }

    /** What those are called that nobody has taken yet, each name once. */
    public synchronized List<String> names() {
        return left.stream().map(Passed::name).distinct().toList();
    }

    /** Whether there is nothing, or nothing any more. */
    public synchronized boolean isEmpty() {
        return left.isEmpty();
    }

    /** Takes all descriptors of a name, in order; none if there are none, or none any more. */
    public synchronized List<PassedDescriptor> take(String name) {
        var taken = new ArrayList<PassedDescriptor>();
        for (Passed each : left) {
            if (each.name.equals(name)) {
                taken.add(each.descriptor);
            }
        }
        left.removeIf(each -> each.name.equals(name));
        return taken;
    }

    /**
     * Takes the first socket of a name; null if there is none, or none any more.
     *
     * @throws IOException ENOTSOCK if it is something else, which is left where it is
     */
    synchronized @Nullable PassedDescriptor takeFirstSocket(String name) throws IOException {
        for (Passed each : left) {
            if (each.name.equals(name)) {
                requireSocket(each);
                left.remove(each);
                return each.descriptor;
            }
        }
        return null;
    }

    /** Takes that back. */
    synchronized void putBack(String name, PassedDescriptor descriptor) {
        left.addFirst(new Passed(name, descriptor));
    }

    /**
     * Takes all sockets of a name, each in the role that it is for.
     *
     * @throws IOException if one is no socket: ENOTSOCK, and what it is instead. None is taken then
     */
    public synchronized List<Role> takeRoles(String name) throws IOException {
        List<Passed> wanted = left.stream().filter(each -> each.name.equals(name)).toList();
        for (Passed each : wanted) {
            requireSocket(each);
        }
        var roles = new ArrayList<Role>();
        for (Passed each : wanted) {
            left.remove(each);
            roles.add(each.descriptor.asRole());
        }
        return roles;
    }

    private static void requireSocket(Passed passed) throws IOException {
        DescriptorKind kind = passed.descriptor.kind();
        if (kind != DescriptorKind.SOCKET) {
            throw ErrnoFailure.of(
                    "adopt",
                    Errno.ENOTSOCK.number(),
                    "fd %d (%s), which is of the kind %s"
                            .formatted(
                                    passed.descriptor.fileno(),
                                    passed.name,
                                    kind == DescriptorKind.PIPE ? "PIPE or FIFO" : kind),
                    null,
                    null,
                    0);
        }
    }

    /** Closes what nobody has taken. */
    @Override
    public synchronized void close() throws IOException {
        IOException failure = null;
        for (Passed each : left) {
            try {
                each.descriptor.close();
            } catch (IOException failed) {
                failure = failed;
            }
        }
        left.clear();
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public synchronized String toString() {
        return "ActivatedSockets" + left.stream().map(Passed::name).toList();
    }
}
