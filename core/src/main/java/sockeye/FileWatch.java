// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.NativePath;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/**
 * Tells what happens to files and in directories: inotify(7). The kernel's own events, with their
 * order, their cookies and their overflow, where the JDK's {@code WatchService} has three kinds and
 * a thread.
 *
 * <pre>{@code
 * try (var watch = FileWatch.open()) {
 *     watch.watch(Path.of("/etc/myservice"), FileWatch.IN_CLOSE_WRITE | FileWatch.IN_MOVED_TO);
 *     for (var event : watch.await()) {
 *         reload(event.file());
 *     }
 * }
 * }</pre>
 *
 * <p>{@link #poll()} and {@link #await()} give all the events of one read(2), at least one. A watch
 * is on the file, not on its name: what is moved is still watched. Directories are not watched with
 * what is below them. What happens on a network file system is told only as far as this machine
 * does it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/inotify.7.html">inotify(7)</a>
 */
public final class FileWatch implements EventSource<List<FileEvent>> {
    /** It was read. */
    public static final int IN_ACCESS = 0x1;

    /** It was written or truncated. */
    public static final int IN_MODIFY = 0x2;

    /** Its mode, owner, times or links changed. */
    public static final int IN_ATTRIB = 0x4;

    /** It was closed by somebody who had it open for writing. */
    public static final int IN_CLOSE_WRITE = 0x8;

    /** It was closed by somebody who had it open for reading only. */
    public static final int IN_CLOSE_NOWRITE = 0x10;

    /** It was opened. */
    public static final int IN_OPEN = 0x20;

    /** Something was moved out of the directory, or renamed: the old name. */
    public static final int IN_MOVED_FROM = 0x40;

    /** Something was moved into the directory, or renamed: the new name. */
    public static final int IN_MOVED_TO = 0x80;

    /** Something was made in the directory. */
    public static final int IN_CREATE = 0x100;

    /** Something was removed from the directory. */
    public static final int IN_DELETE = 0x200;

    /** The watched itself was removed. */
    public static final int IN_DELETE_SELF = 0x400;

    /** The watched itself was moved. */
    public static final int IN_MOVE_SELF = 0x800;

    /** Told only: its file system was unmounted. */
    public static final int IN_UNMOUNT = 0x2000;

    /** Told only: more happened than the queue can hold, and was lost. */
    public static final int IN_Q_OVERFLOW = 0x4000;

    /** Told only: the watch has ended. */
    public static final int IN_IGNORED = 0x8000;

    /** To watch: only if it is a directory, else ENOTDIR. */
    public static final int IN_ONLYDIR = 0x1000000;

    /** To watch: a symbolic link itself. */
    public static final int IN_DONT_FOLLOW = 0x2000000;

    /** To watch: not what has been unlinked from the directory and is still open. */
    public static final int IN_EXCL_UNLINK = 0x4000000;

    /** To watch: only if it is not watched yet, else EEXIST. */
    public static final int IN_MASK_CREATE = 0x10000000;

    /** To watch: these events beside those that it is watched for already. */
    public static final int IN_MASK_ADD = 0x20000000;

    /** Told only: it is about a directory. */
    public static final int IN_ISDIR = 0x40000000;

    /** To watch: for one event. */
    public static final int IN_ONESHOT = 1 << 31;

    private static final Map<Integer, String> NAMES =
            Map.ofEntries(
                    Map.entry(IN_ACCESS, "IN_ACCESS"),
                    Map.entry(IN_MODIFY, "IN_MODIFY"),
                    Map.entry(IN_ATTRIB, "IN_ATTRIB"),
                    Map.entry(IN_CLOSE_WRITE, "IN_CLOSE_WRITE"),
                    Map.entry(IN_CLOSE_NOWRITE, "IN_CLOSE_NOWRITE"),
                    Map.entry(IN_OPEN, "IN_OPEN"),
                    Map.entry(IN_MOVED_FROM, "IN_MOVED_FROM"),
                    Map.entry(IN_MOVED_TO, "IN_MOVED_TO"),
                    Map.entry(IN_CREATE, "IN_CREATE"),
                    Map.entry(IN_DELETE, "IN_DELETE"),
                    Map.entry(IN_DELETE_SELF, "IN_DELETE_SELF"),
                    Map.entry(IN_MOVE_SELF, "IN_MOVE_SELF"),
                    Map.entry(IN_UNMOUNT, "IN_UNMOUNT"),
                    Map.entry(IN_Q_OVERFLOW, "IN_Q_OVERFLOW"),
                    Map.entry(IN_IGNORED, "IN_IGNORED"),
                    Map.entry(IN_ISDIR, "IN_ISDIR"));

    /** struct inotify_event, with a name of {@code len} bytes behind it. */
    @CStruct("struct inotify_event")
    private static final class Event {
        static final int SIZEOF = 16;
        static final int wd = 0;
        static final int mask = 4;
        static final int cookie = 8;
        static final int len = 12;
    }

    private static final int IN_NONBLOCK = 0x800;
    private static final int IN_CLOEXEC = 0x80000;

    private final EventDescriptor events;
    private final Map<Integer, Path> watches = new HashMap<>(); // guarded by itself

    private FileWatch() throws IOException {
        Kernel kernel = Kernel.current();
        int fd = kernel.inotifyInit1(IN_NONBLOCK | IN_CLOEXEC);
        this.events = new EventDescriptor(this, "inotify", kernel, "inotify_init1", fd);
    }

    /**
     * One that watches nothing yet.
     *
     * @throws IOException EMFILE if the user has more than {@code
     *     /proc/sys/fs/inotify/max_user_instances}, or the process too many descriptors
     */
    public static FileWatch open() throws IOException {
        return new FileWatch();
    }

    /**
     * Watches a file or directory: inotify_add_watch(2). One that is watched already, under
     * whatever name, is from now on watched for these events under its old number.
     *
     * @param mask bits of IN_
     * @return the number of the watch
     * @throws IOException ENOENT, ENOTDIR, EACCES; EINVAL without any event; ENOSPC if the user
     *     watches more than {@code /proc/sys/fs/inotify/max_user_watches}
     */
    public int watch(Path path, int mask) throws IOException {
        // To find the file may take a disk, or a network.
        synchronized (watches) {
            try (NativePath name = NativePath.of(path)) {
                String call = "inotify_add_watch " + path;
                EventDescriptor.Attempt add =
                        (kernel, fd) -> kernel.inotifyAddWatch(fd, name.address(), mask);
                int watch = Math.toIntExact(Blocking.run(() -> events.call(call, add)));
                watches.put(watch, path);
                return watch;
            } catch (IOException | RuntimeException failed) {
                throw failed;
            } catch (Exception impossible) {
                throw new AssertionError(impossible);
            }
        }
    }

    /**
     * Ends a watch: inotify_rm_watch(2). An IN_IGNORED follows what it has told until then.
     *
     * @throws IOException EINVAL if there is none of that number
     */
    public void unwatch(int watch) throws IOException {
        events.call("inotify_rm_watch", (kernel, fd) -> kernel.inotifyRmWatch(fd, watch));
    }

    @Override
    public @Nullable List<FileEvent> poll() throws IOException {
        List<FileEvent> found = read(Descriptor.AT_ONCE);
        return found.isEmpty() ? null : found;
    }

    @Override
    public List<FileEvent> await(Deadline until) throws IOException {
        return read(until.time());
    }

    private List<FileEvent> read(long until) throws IOException {
        List<FileEvent> found = new ArrayList<>();
        events.take(
                "read",
                until,
                (kernel, fd) -> {
                    synchronized (watches) {
                        try (Scratch scratch = Scratch.take()) {
                            long address = scratch.address(Scratch.CONTROL);
                            long count = kernel.read(fd, address, Scratch.CONTROL_BYTES);
                            if (count > 0) {
                                var bytes = scratch.memory().asSlice(Scratch.CONTROL, count);
                                parse(bytes, watches, found);
                            }
                            return count;
                        }
                    }
                });
        return found;
    }

    /** Reads whole events as far as there are any; what does not fit into the bytes is none. */
    static void parse(MemorySegment bytes, Map<Integer, Path> watches, List<FileEvent> into) {
        long at = 0;
        while (bytes.byteSize() - at >= Event.SIZEOF) {
            int watch = bytes.get(JAVA_INT_UNALIGNED, at + Event.wd);
            int mask = bytes.get(JAVA_INT_UNALIGNED, at + Event.mask);
            int cookie = bytes.get(JAVA_INT_UNALIGNED, at + Event.cookie);
            long length = Integer.toUnsignedLong(bytes.get(JAVA_INT_UNALIGNED, at + Event.len));
            at += Event.SIZEOF;
            if (length > bytes.byteSize() - at) {
                return;
            }
            Path watched = watches.get(watch);
            into.add(new FileEvent(watch, watched, mask, cookie, name(bytes, at, length)));
            if ((mask & IN_IGNORED) != 0) {
                watches.remove(watch);
            }
            at += length;
        }
    }

    /** A name is padded with zeros. */
    private static @Nullable String name(MemorySegment bytes, long at, long length) {
        byte[] name = bytes.asSlice(at, length).toArray(JAVA_BYTE);
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        return end == 0 ? null : NativePath.decode(name, end);
    }

    /**
     * The bits of what happened by name, joined with {@code |}: {@code "IN_CREATE|IN_ISDIR"},
     * {@code "0"} for none.
     */
    public static String namesOf(int mask) {
        var names = new StringJoiner("|");
        names.setEmptyValue("0");
        for (int rest = mask; rest != 0; rest &= rest - 1) {
            int bit = Integer.lowestOneBit(rest);
            names.add(NAMES.getOrDefault(bit, "0x" + Integer.toHexString(bit)));
        }
        return names.toString();
    }

    @Override
    public int fileno() {
        return events.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return events.lease();
    }

    @Override
    public boolean isOpen() {
        return events.isOpen();
    }

    /** Ends all watches, and wakes who waits. */
    @Override
    public void close() throws IOException {
        events.close();
    }

    @Override
    public String toString() {
        synchronized (watches) {
            return "FileWatch[" + events + ", " + watches.values() + "]";
        }
    }
}
