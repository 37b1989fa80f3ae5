// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.OptionSetting;
import sockeye.SocketInterruptedException;
import sockeye.netlink.TableUpdate.Absent;
import sockeye.netlink.TableUpdate.Doubtful;
import sockeye.netlink.TableUpdate.Present;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * A picture of a table of the kernel's that is kept true: a snapshot, and each change to it.
 *
 * <p>It hears the notifications first and dumps the table then, so that nothing is missed between.
 * If notifications are lost (ENOBUFS) it dumps again, and tells the difference as changes: whoever
 * applies all of them to the first snapshot ends with the truth, though entries that came and went
 * meanwhile were never told. A message that is not what it should be is treated as lost, too, and
 * so is one that says that the kernel keeps something to itself ({@link TableUpdate.Doubtful}).
 *
 * <p><b>Threads.</b> One thread at a time calls {@link #next}; the others are for any. A deadline,
 * an interrupt and close work as in {@link NotificationSocket}, and after a timeout or an interrupt
 * {@code next} may be called again: nothing is lost by it.
 *
 * @param <K> what an entry is known by
 * @param <V> an entry
 */
public final class NetlinkMonitor<K, V> implements AutoCloseable {
    private static final long FIRST_PAUSE = 500_000;
    private static final long LONGEST_PAUSE = 50_000_000;

    /** How many datagrams are heard before a dump that a doubtful one asked for. */
    private static final int MOST_BEFORE_DUMP = 1_000;

    private final MonitoredTable<K, V> table;
    private final NotificationSocket events;
    private final NetlinkSocket requests;
    private final Map<K, V> current = new LinkedHashMap<>(); // guarded by itself
    private final Deque<TableChange<K, V>> pending = new ArrayDeque<>();

    /** Whether something was lost and no dump has made up for it yet. */
    private boolean torn = true;

    private long resyncs = -1; // guarded by current
    private volatile Deadline deadline = Deadline.NONE;

    private NetlinkMonitor(
            MonitoredTable<K, V> table, NotificationSocket events, NetlinkSocket requests) {
        this.table = table;
        this.events = events;
        this.requests = requests;
    }

    /**
     * Begins to watch a table; returns when the snapshot is there.
     *
     * @param settings options for the socket that hears the notifications: its receive buffer
     * @throws IOException EPERM, EINVAL if a group cannot be joined; as the dump
     */
    public static <K, V> NetlinkMonitor<K, V> open(
            MonitoredTable<K, V> table, OptionSetting<?>... settings) throws IOException {
        NotificationSocket events = NotificationSocket.open(table.protocol(), settings);
        try {
            return over(table, events, NetlinkSocket.open(table.protocol()));
        } catch (IOException | RuntimeException | Error failed) {
            events.close();
            throw failed;
        }
    }

    /**
     * The same over sockets that were made elsewhere, both in the same network namespace; they are
     * closed with this, or if it fails.
     */
    public static <K, V> NetlinkMonitor<K, V> over(
            MonitoredTable<K, V> table, NotificationSocket events, NetlinkSocket requests)
            throws IOException {
        boolean done = false;
        try {
            for (int group : table.groups()) {
                events.join(group);
            }
            NetlinkMonitor<K, V> made = new NetlinkMonitor<>(table, events, requests);
            made.mend();
            made.pending.clear();
            done = true;
            return made;
        } finally {
            if (!done) {
                try (requests) {
                    events.close();
                }
            }
        }
    }

    /** The table as all changes told so far have it; a copy, in no order that matters. */
    public Map<K, V> snapshot() {
        synchronized (current) {
            // What next() has not told yet is taken back.
            Map<K, V> told = new LinkedHashMap<>(current);
            List<TableChange<K, V>> untold = new ArrayList<>(pending);
            Collections.reverse(untold);
            for (TableChange<K, V> each : untold) {
                switch (each) {
                    case TableChange.Added<K, V> added -> told.remove(added.key());
                    case TableChange.Changed<K, V> changed ->
                            told.put(changed.key(), changed.before());
                    case TableChange.Removed<K, V> removed ->
                            told.put(removed.key(), removed.before());
                }
            }
            return Collections.unmodifiableMap(told);
        }
    }

    /** How often something was lost, or doubtful, and the table was dumped again. */
    public long resyncs() {
        synchronized (current) {
            return resyncs;
        }
    }

    /**
     * Waits for the next change.
     *
     * @throws SocketTimeoutException if the deadline has passed
     */
    public TableChange<K, V> next() throws IOException {
        while (true) {
            synchronized (current) {
                TableChange<K, V> change = pending.poll();
                if (change != null) {
                    return change;
                }
            }
            if (torn) {
                mend();
            } else {
                hear();
            }
        }
    }

    private void hear() throws IOException {
        try {
            events.receive(this::take);
            // What makes one entry doubtful seldom comes alone, and one dump is enough for all.
            for (int i = 0; torn && i < MOST_BEFORE_DUMP && events.poll(this::take); i++) {}
        } catch (NetlinkOverrunException | NetlinkDecodeException lost) {
            torn = true;
        }
    }

    private void take(NetlinkMessage message) throws IOException {
        TableUpdate<K, V> update = message.decode(table.decoder());
        if (update != null) {
            apply(update);
        }
    }

    private void apply(TableUpdate<K, V> update) {
        synchronized (current) {
            switch (update) {
                case Present<K, V>(K key, V value) -> {
                    V before = current.put(key, value);
                    if (before == null) {
                        pending.add(new TableChange.Added<>(key, value));
                    } else if (!before.equals(value)) {
                        pending.add(new TableChange.Changed<>(key, before, value));
                    }
                }
                case Absent<K, V>(K key) -> {
                    V before = current.remove(key);
                    if (before != null) {
                        pending.add(new TableChange.Removed<>(key, before));
                    }
                }
                case Doubtful<K, V>() -> torn = true;
            }
        }
    }

    /**
     * Dumps the table until it holds still for the length of a dump, and applies the difference. An
     * inconsistent dump would not do: an entry that it skipped may never be told of again.
     */
    private void mend() throws IOException {
        Map<K, V> fresh = new LinkedHashMap<>();
        long pause = FIRST_PAUSE;
        while (!dump(fresh)) {
            pause(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE);
        }
        synchronized (current) {
            Set<K> gone = new HashSet<>(current.keySet());
            gone.removeAll(fresh.keySet());
            gone.forEach(key -> apply(new Absent<>(key)));
            fresh.forEach((key, value) -> apply(new Present<>(key, value)));
            resyncs++;
        }
        torn = false;
    }

    private boolean dump(Map<K, V> into) throws IOException {
        into.clear();
        for (NetlinkRequest request : table.dumps()) {
            NetlinkSocket.DumpEnd end =
                    requests.dumpOnce(
                            request,
                            message -> {
                                if (message.decode(table.decoder())
                                        instanceof Present<K, V>(K key, V value)) {
                                    into.put(key, value);
                                }
                            });
            if (!end.consistent()) {
                return false;
            }
        }
        return true;
    }

    private void pause(long nanos) throws IOException {
        if (deadline.isPassed()) {
            throw new SocketTimeoutException(
                    requests + ": timed out, the table does not hold still");
        }
        LockSupport.parkNanos(nanos);
        if (Thread.currentThread().isInterrupted()) {
            throw SocketInterruptedException.during("dump", requests.toString(), 0);
        }
    }

    /** Sets the time by which {@link #next} has to be done; as {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline newDeadline) {
        deadline = newDeadline;
        events.deadline(newDeadline);
        requests.deadline(newDeadline);
    }

    /** The socket that hears the notifications, for its options. */
    public LinuxSocket socket() {
        return events.socket();
    }

    /** Closes both sockets, and wakes who waits. */
    @Override
    public void close() throws IOException {
        try (requests) {
            events.close();
        }
    }
}
